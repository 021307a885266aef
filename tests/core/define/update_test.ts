import {
  defineUpdate,
  defineUpdates,
  type DType,
  e,
  ShapeError,
  TapeError,
  tensor,
  variable,
} from "@tapegrad/core";
import { backend, testWith } from "../../backend_traits.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

const numbers = (n: number, seed: number) =>
  Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i) / 3);

const first = (v: Parameters<typeof e.mul>[0], g: Parameters<typeof e.mul>[0]) =>
  e.add(e.mul(0.9, v), e.mul(1 / 3, g));
const quicken = defineUpdate("quicken", (v, g) => first(v, g));
const follow = defineUpdate("follow", (x, v) => e.sub(x, e.mul(0.123, v)));
const both = defineUpdates("both", (v, x, g) => {
  const faster = first(v, g);
  return [faster, e.sub(x, e.mul(0.123, faster))];
});

const pairs: readonly (readonly [DType, DType])[] = [
  ["f32", "f32"],
  ["f64", "f64"],
  ["f16", "f16"],
  ["f16", "f32"],
  ["f32", "f16"],
  ["f32", "f64"],
];

for (const [ofV, ofX] of pairs.filter((pair) => pair.every((dtype) => backend.dtypes.has(dtype)))) {
  for (const n of [1, 257]) {
    Deno.test(`two changes together are to the bit one after the other: ${n} of ${ofV} and ${ofX}`, async () => {
      const made = () => ({
        v: tensor(numbers(n, 1), { dtype: ofV }),
        x: tensor(numbers(n, 2), { dtype: ofX }),
        g: tensor(numbers(n, 3), { dtype: ofX }),
      });
      const a = made(), b = made();
      for (let i = 0; i < 3; i++) {
        quicken(a.v, a.g);
        follow(a.x, a.v);
        both([b.v, b.x], b.g);
      }
      assertEquals(await b.v.array(), await a.v.array());
      assertEquals(await b.x.array(), await a.x.array());
    });
  }
}

Deno.test("tensors that change together read each other's elements of before", async () => {
  const exchange = defineUpdates("exchange", (x, y) => [y, x]);
  const x = tensor([[1, 2], [3, 4]]), y = tensor([[5, 6], [7, 8]]).transpose();
  exchange([x, y]);
  assertEquals([await x.array(), await y.array()], [[[5, 7], [6, 8]], [[1, 2], [3, 4]]]);
});

Deno.test("how many inputs there are is told where the parameters do not tell", async () => {
  const add = defineUpdates("add", (x, ...others) => [others.reduce((sum, y) => e.add(sum, y), x)], 3);
  const x = tensor([1, 2]);
  add([x], tensor([10, 20]), 100);
  assertEquals(await x.array(), [111, 122]);
});

Deno.test("an operand that lies otherwise in the memory of a target is read before that changes", async () => {
  const shift = defineUpdates("shift", (x, y, by) => [e.add(x, by), e.sub(y, by)]);
  const x = tensor([1, 2, 3]), y = tensor([1, 1, 1]);
  shift([x, y], x.flip(0));
  assertEquals([await x.array(), await y.array()], [[4, 4, 4], [-2, -1, 0]]);
  shift([x, y], y.flip(0));
  assertEquals([await x.array(), await y.array()], [[4, 3, 2], [-2, 0, 2]]);
});

Deno.test("what cannot change together is refused, and nothing changes", async () => {
  const x = tensor([1, 2]), w = variable([3, 4]);
  assertThrows(() => both([x], 1), TypeError, "Cannot both 1 tensors: it changes 2 together");
  assertThrows(() => both([x, tensor([[1, 2]])], 1), ShapeError, "shapes [2] and [1, 2] together");
  assertThrows(() => both([x, x], 1), TapeError, "that share memory together");
  assertThrows(() => both([x, x.flip(0)], 1), TapeError, "that share memory together");
  assertThrows(() => both([x, w], 1), TapeError, "on the tape");
  assertThrows(() => both([x, tensor([0, 0])], tensor([1, 2, 3])), ShapeError, "Cannot both [3] to [2]");
  assertThrows(() => defineUpdates("none", () => []), TypeError, 'update "none": it changes nothing');
  assertEquals([await x.array(), await w.array()], [[1, 2], [3, 4]]);
});

Deno.test("tensors that changed together are seen to have changed", () => {
  const w = variable([1, 2]), v = tensor([0, 0]), y = w.square();
  w.requiresGrad = false;
  assert(y.requiresGrad);
  both([v, w], 1);
  assertThrows(() => y.sum().backward(), TapeError, "was changed in place since");
});

testWith({ synchronous: true }, "a cast to f32 rounds what was computed in f32", () => {
  const third = defineUpdate("third", (x) => e.mul(3, e.cast(e.div(x, 3), "f32")));
  const x = tensor(numbers(64, 1)), before = [...x.dataSync()];
  third(x);
  assertEquals([...x.dataSync()], before.map((value) => Math.fround(3 * Math.fround(value / 3))));
});

Deno.test("a row of a target, of the same strides, is read before the target changes", async () => {
  const shift = defineUpdate("shift", (x, by) => e.add(e.mul(x, 10), by));
  const x = tensor([[1, 2], [3, 4], [5, 6]]);
  shift(x, x.slice([0, 1]));
  assertEquals(await x.array(), [[11, 22], [31, 42], [51, 62]]);
});
