import { assertEquals, assertThrows } from "@std/assert";
import * as tg from "@tapegrad/core";
import "@tapegrad/backends";

const at = (...places: number[]) => tg.tensor(places, { dtype: "i32" });

Deno.test("equal extrema share the gradient with each other and with what was there", async () => {
  for (const reduce of ["amax", "amin"] as const) {
    const x = tg.variable([5, 1]), source = tg.variable([5, 5, 1, 1]);
    const y = tg.scatterReduce(x, 0, at(0, 0, 1, 1), source, { reduce });
    y.mul(tg.tensor([3, 6])).sum().backward();
    assertEquals([await x.grad!.array(), await source.grad!.array()], [[1, 2], [1, 1, 2, 2]]);
  }
});

Deno.test("gradients of products are right with zeros, to second order, beside infinities and NaN", async () => {
  const source = tg.variable([0, 5, 7]), x = tg.variable([2, 3]);
  const y = tg.scatterReduce(x, 0, at(0, 0, 1), source, { reduce: "prod" });
  y.sum().backward({});
  assertEquals([await x.grad!.array(), await source.grad!.array()], [[0, 7], [10, 0, 3]]);
  const both = (s: tg.Tensor) => tg.scatterReduce(tg.ones([1]), 0, at(0, 0, 0), s, { reduce: "prod" }).sum();
  const zeros = tg.tensor([0, 0, 3]);
  assertEquals(await tg.hessian(both)(zeros).array(), [[0, 3, 0], [3, 0, 0], [0, 0, 0]]);
  const others = tg.variable([NaN, 2, 3, Infinity, 4]);
  tg.scatterReduce(tg.ones([3]), 0, at(0, 1, 1, 0, 2), others, { reduce: "prod" }).sum().backward();
  assertEquals((await others.grad!.array() as number[]).slice(1, 3), [3, 2]);
  assertEquals((await others.grad!.array() as number[])[4], 1);
});

Deno.test("NaN is the largest and the smallest, and integers and truth values have extrema too", async () => {
  const options = { reduce: "amax", includeSelf: false } as const;
  const nan = tg.scatterReduce(tg.zeros([2]), 0, at(0, 0, 1), tg.tensor([NaN, 1, -2]), options);
  assertEquals(await nan.array(), [NaN, -2]);
  const integers = tg.tensor([-7, -5], { dtype: "i32" }), zeros = tg.zeros([2], { dtype: "i32" });
  assertEquals(await tg.scatterReduce(zeros, 0, at(0, 0), integers, options).array(), [-5, 0]);
  const truths = tg.tensor([false, false]);
  assertEquals(await tg.scatterReduce(tg.tensor([true, true]), 0, at(1, 1), truths, options).array(), [
    true,
    false,
  ]);
  const large = tg.tensor([65536, 65537], { dtype: "i32" });
  const product = tg.scatterReduce(tg.ones([1], { dtype: "i32" }), 0, at(0, 0), large, { reduce: "prod" });
  assertEquals(await product.array(), [65536]);
});

Deno.test("segments that are empty, left over or not whole", async () => {
  const x = tg.tensor([1, 2, 3, 4]), lengths = at(0, 3);
  const by = (reduce: tg.SegmentOptions["reduce"]) => tg.segmentReduce(x, { reduce, lengths }).array();
  assertEquals(await by("sum"), [0, 6]);
  assertEquals(await by("prod"), [1, 6]);
  assertEquals(await by("mean"), [NaN, 2]);
  assertEquals(await by("max"), [-Infinity, 3]);
  assertEquals(await by("min"), [Infinity, 1]);
  const nan = tg.segmentReduce(tg.tensor([NaN, 1]), { reduce: "max", lengths: at(1, 1), initial: 2 });
  assertEquals(await nan.array(), [NaN, 2]);
  assertThrows(() => tg.segmentReduce(x, { reduce: "sum" }), TypeError, "lengths or offsets");
  assertThrows(() => tg.segmentReduce(x, { reduce: "sum", lengths, axis: -2 }), Error);
});

Deno.test("a reduction that there is not is refused with those that there are", () => {
  const options = { reduce: "max" as "amax" };
  assertThrows(
    () => tg.scatterReduce(tg.zeros([2]), 0, at(0), tg.ones([1]), options),
    TypeError,
    'Cannot scatterReduce by "max": choose sum, prod, mean, amax or amin',
  );
});
