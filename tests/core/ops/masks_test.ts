/** Masks in tensors as parts of keys: awaited, of a size, and set without being read, as the cpu has them at once. */
import {
  arange,
  getItem,
  getItemAsync,
  indexPut,
  type KeyPart,
  setItem,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/core";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { backend } from "../../backend_traits.ts";

type Key = (on: string) => readonly KeyPart[];
const row = [true, false, true],
  column = [false, true, true, false],
  flat = [[true, false, true, false], column, row.concat(false)];

function mask(values: Parameters<typeof tensor>[0], on: string): Tensor {
  return tensor(values, { dtype: "bool", backend: on });
}

function matrix(on: string): Tensor {
  return arange(12, undefined, { backend: on }).reshape([3, 4]);
}

const keys: Readonly<Record<string, Key>> = {
  rows: (on) => [mask(row, on)],
  columns: (on) => ["...", mask(column, on)],
  "of an index": (on) => [1, mask(column, on)],
  "before a span": (on) => [mask(row, on), { start: 1, step: 2 }],
  "before a new axis": (on) => [mask(row, on), null],
  "behind a new axis": (on) => [null, mask(row, on), -1],
  elements: (on) => [mask(flat, on)],
  none: (on) => [mask([false, false, false], on)],
};
const others: Readonly<Record<string, Key>> = {
  "with positions": (on) => [mask(row, on), [0, 1]],
  "with positions of a tensor": (
    on,
  ) => [tensor([0, 2], { dtype: "i32", backend: on }), mask([true, false, true, false], on)],
  "two masks": (on) => [mask(row, on), mask([true, false, true, false], on)],
  "of no axis": (on) => [mask(true, on)],
};

for (const [name, key] of Object.entries({ ...keys, ...others })) {
  Deno.test(`a mask in a key, awaited: ${name}`, async () => {
    const found = await getItemAsync(matrix(backend.name), key(backend.name));
    const wanted = getItem(matrix("cpu"), ...key("cpu"));
    assertEquals([found.shape, await found.array()], [wanted.shape, wanted.arraySync()]);
  });
}

for (const [name, key] of Object.entries(keys)) {
  Deno.test(`what a mask in a key takes is set: ${name}`, async () => {
    const taken = getItem(matrix("cpu"), ...key("cpu")), { shape } = taken;
    const values: readonly ((on: string) => Tensor | number)[] = [
      () => 7,
      (on) => arange(taken.size, undefined, { backend: on }).reshape(shape).mul(-1),
      (on) => tensor([[[9]]], { backend: on }),
      (on) => arange(shape.at(-1)!, undefined, { backend: on }).add(20),
    ];
    for (const value of values) {
      for (const accumulate of [false, true]) {
        const [found, wanted] = [backend.name, "cpu"].map((on) => {
          return setItem(matrix(on), key(on), value(on), { accumulate });
        });
        assertEquals(await found.array(), wanted.arraySync());
      }
    }
  });

  Deno.test(`as many as are asked for of a mask in a key: ${name}`, async () => {
    const wanted = getItem(matrix("cpu"), ...key("cpu")), all = key("cpu");
    const at = all.findIndex((part) => typeof part === "object" && part !== null && "dtype" in part);
    const axis = name === "columns" ? 1 : all.slice(0, at).filter((part) => typeof part !== "number").length;
    const count = wanted.shape[axis],
      more = getItemAsync(matrix(backend.name), key(backend.name), { size: count + 2, fill: -1 });
    assertEquals(more.shape, wanted.shape.with(axis, count + 2));
    const parts = more.unbind(axis);
    for (const [k, part] of wanted.unbind(axis).entries()) {
      assertEquals(await parts[k].array(), part.arraySync());
    }
    for (const part of parts.slice(count)) assertEquals(await part.add(1).abs().sum().item(), 0);
  });
}

Deno.test("masks that do not fit, and sizes of several, are refused", async () => {
  const x = matrix(backend.name), bad = mask([true, false], backend.name), good = mask(row, backend.name);
  await assertRejects(() => getItemAsync(x, [bad]), RangeError, "at truth values of [2]");
  assertThrows(() => setItem(x, [bad], 1), RangeError, "at truth values of [2]");
  assertThrows(() => getItemAsync(x, [good, [0, 1]], { size: 2 }), RangeError, "one mask alone");
  assertThrows(() => getItemAsync(x, [good], { size: -1 }), RangeError);
  assertThrows(() => getItemAsync(x, [good], { sise: 1 } as unknown as { size: number }), TypeError, "size");
  assertThrows(() => getItemAsync([1] as unknown as Tensor, [good], { size: 1 }), TypeError);
});

Deno.test("indexPut takes a mask for as many axes as it has, without waiting", async () => {
  const x = arange(6).reshape([2, 3]), mask = tensor([[true, false, true], [false, true, false]]);
  assertEquals(await indexPut(x, [mask], -1).array(), [[-1, 1, -1], [3, -1, 5]]);
  assertEquals(await indexPut(x, [mask], tensor([7, 8, 9]), { accumulate: true }).array(), [[7, 1, 10], [
    3,
    13,
    5,
  ]]);
  const rows = tensor([false, true]);
  assertEquals(await indexPut(x, [rows], tensor([[7, 8, 9]])).array(), [[0, 1, 2], [7, 8, 9]]);
  const [, pull] = vjp((x: Tensor, value: Tensor) => [indexPut(x, [mask], value)], x, tensor([7, 8, 9]));
  const [toX, toValue] = pull([arange(6).reshape([2, 3])]);
  assertEquals(await toX.array(), [[0, 1, 0], [3, 0, 5]]);
  assertEquals(await toValue.array(), [0, 2, 4]);
});
