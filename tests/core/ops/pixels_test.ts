/** Bytes and other small integers are numbers wherever a tensor is made of them, unless truth values are asked for. */
import {
  arange,
  DtypeError,
  fromArray,
  fullLike,
  type HostArray,
  linspace,
  onesLike,
  tensor,
  variable,
  zerosLike,
} from "@tapegrad/core";
import { Linear } from "@tapegrad/nn";
import { assertEquals, assertThrows } from "@std/assert";
import { backend } from "../../backend_traits.ts";

const small: readonly [HostArray, readonly number[]][] = [
  [Uint8Array.of(0, 1, 2, 255), [0, 1, 2, 255]],
  [Uint8ClampedArray.of(0, 1, 2, 300), [0, 1, 2, 255]],
  [Int8Array.of(0, 1, -2, 127), [0, 1, -2, 127]],
  [Int16Array.of(0, 1, -2, 32767), [0, 1, -2, 32767]],
  [Uint16Array.of(0, 1, 2, 65535), [0, 1, 2, 65535]],
];

for (const [data, numbers] of small) {
  const name = data.constructor.name;

  Deno.test(`${name}: i32 unless another dtype is said, of all that make tensors of it`, async () => {
    for (const make of [tensor, (x: HostArray, o = {}) => fromArray(x, [4], o)]) {
      const x = make(data);
      assertEquals([x.dtype as string, await x.array()], ["i32", numbers]);
      assertEquals(await make(data, { dtype: "bool" }).array(), [false, true, true, true]);
      assertEquals([...await make(data, { dtype: "f32" }).data()], numbers);
    }
    assertEquals([...await variable(data, { dtype: "f32" }).data()], numbers);
    assertEquals(await fromArray(data, [2, 2]).array(), [numbers.slice(0, 2), numbers.slice(2)]);
  });
}

Deno.test("truth values come back as they went where their dtype is said", async () => {
  const x = tensor([true, false, true]), again = fromArray(await x.data(), x.shape, { dtype: x.dtype });
  assertEquals([again.dtype as string, await again.array()], ["bool", [true, false, true]]);
  const state = new Linear(2, 1).stateDict();
  assertEquals(Object.values(state).map(({ dtype }) => dtype), ["f32", "f32"]);
});

Deno.test("arrays that no dtype holds are refused by name, of all that make tensors of them", () => {
  for (const data of [new BigInt64Array(1), new DataView(new ArrayBuffer(1)), new ArrayBuffer(1), [1]]) {
    const wrong = data as unknown as HostArray, found = data.constructor.name;
    if (!Array.isArray(data)) {
      assertThrows(() => tensor(wrong), TypeError, found);
      assertThrows(() => variable(wrong), TypeError, found);
    }
    assertThrows(() => fromArray(wrong, [1]), DtypeError, Array.isArray(data) ? "an array of 1" : found);
  }
  assertThrows(() => tensor([Float32Array.of(1), Float32Array.of(2)] as never), RangeError, "a Float32Array");
});

Deno.test("the count of linspace and the step of arange may come third, as in NumPy and PyTorch", async () => {
  assertEquals(await linspace(0, 4, 3).array(), [0, 2, 4]);
  assertEquals(linspace(0, 4, 30).shape, [30]);
  assertEquals(linspace(0, 4, 3, { dtype: "i32" }).dtype, "i32");
  assertEquals(await linspace(0, 4, { count: 3 }).array(), [0, 2, 4]);
  assertThrows(() => linspace(0, 4, undefined as never), RangeError, "nothing numbers from 0 to 4");
  assertThrows(() => linspace(0, 4, "f32" as never), TypeError, "as in { count: … }");
  assertEquals(await arange(0, 10, 4).array(), [0, 4, 8]);
  assertEquals(await arange(3, 0, -1, { dtype: "i32" }).array(), [3, 2, 1]);
  assertThrows(() => arange(0, 10, 0), RangeError, "by 0");
  assertEquals((await arange(3, { dtype: "i32" }).array() as number[]).length, 3);
  assertThrows(() => arange(3, [4] as never), TypeError, "Cannot make a range");
  assertThrows(() => arange(3, "4" as never), RangeError, 'to "4"');
});

Deno.test("zeros, ones and a number like a tensor take options, as in PyTorch", () => {
  const x = tensor([1, 2]), options = { dtype: "i32", requiresGrad: undefined } as const;
  for (
    const like of [zerosLike(x, options), onesLike(x, options), fullLike(x, 3, options), x.onesLike(options)]
  ) {
    assertEquals([like.dtype as string, like.shape, like.backend], ["i32", [2], backend]);
  }
  assertEquals(x.zerosLike({ dtype: undefined, requiresGrad: true }).requiresGrad, true);
});
