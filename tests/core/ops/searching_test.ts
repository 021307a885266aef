/** Searching, counting and their kin, against what PyTorch 1.13 and NumPy say. */
import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tg from "@tapegrad/core";
import "@tapegrad/backends";

const x = () => tg.tensor([-3, -1, -0.5, 0, 0.25, 1, 1, 2.9, 3, 7]);

Deno.test("searchsorted takes rows of its own, equals on either side, NaN last, and a sorter", async () => {
  const sorted = tg.tensor([[1, 2, 2, 5], [0, 0, 1, 9]]), values = tg.tensor([[2, 0, 6], [0, 1, NaN]]);
  assertEquals(await tg.searchsorted(sorted, values).array(), [[1, 0, 4], [0, 2, 4]]);
  assertEquals(await tg.searchsorted(sorted, values, { right: true }).array(), [[3, 0, 4], [2, 3, 4]]);
  const sorter = tg.tensor([1, 2, 0], { dtype: "i32" });
  assertEquals(await tg.searchsorted(tg.tensor([5, 1, 3]), tg.tensor([3, 4]), { sorter }).array(), [1, 2]);
  assertEquals(await tg.searchsorted(tg.tensor([1, 3]), 2).item(), 1);
  assertEquals(await tg.searchsorted(tg.zeros([0]), tg.tensor([1, 2])).array(), [0, 0]);
  const many = tg.arange(1000), at = tg.tensor([0, 1, 511, 512, 998, 999, 1000]);
  assertEquals(await tg.searchsorted(many, at).array(), [0, 1, 511, 512, 998, 999, 1000]);
  const nan = tg.tensor([1, NaN, NaN]);
  assertEquals(await tg.searchsorted(nan, tg.tensor([1, 2, NaN])).array(), [0, 1, 1]);
  assertEquals(await tg.searchsorted(nan, tg.tensor([1, 2, NaN]), { right: true }).array(), [1, 1, 3]);
  const mixed = tg.searchsorted(tg.tensor([1, 3], { dtype: "i32" }), tg.tensor([1.5]));
  assertEquals(await mixed.array(), [1]);
  assertThrows(() => tg.searchsorted(sorted, tg.zeros([3, 2])), tg.ShapeError, "[3, 2]");
});

Deno.test("histc counts within a range or that of the elements, also of one value", async () => {
  assertEquals(await tg.histc(x(), { bins: 6, min: -3, max: 3 }).array(), [1, 0, 2, 2, 2, 2]);
  assertEquals(await tg.histc(x(), { bins: 4 }).array(), [2, 5, 2, 1]);
  assertEquals(await tg.histc(tg.full([3], 2), { bins: 2 }).array(), [0, 3]);
  assertEquals(await tg.histc(tg.tensor([NaN, 1, Infinity]), { bins: 2, min: 0, max: 2 }).array(), [0, 1]);
  assertThrows(() => tg.histc(x(), { bins: 0 }), RangeError, "bins");
});

Deno.test("histograms between edges, by weight, as densities, of one value and of points", async () => {
  const even = tg.histogram(x(), 4);
  assertEquals([await even.hist.array(), await even.edges.array()], [[2, 5, 2, 1], [-3, -0.5, 2, 4.5, 7]]);
  const edges = tg.tensor([-1, 0, 1, 3]);
  const { hist } = tg.histogram(x(), edges, { weight: tg.arange(10), density: true });
  const expected = [0.0833333358168602, 0.1944444477558136, 0.3611111044883728];
  (await hist.array() as number[]).forEach((found, i) => assertAlmostEquals(found, expected[i], 1e-6));
  const point = tg.histogram(tg.full([3], 2), 2);
  assertEquals([await point.hist.array(), await point.edges.array()], [[0, 3], [1.5, 2, 2.5]]);
  const points = tg.tensor([[0, 1], [1, 0], [2, 0], [2, 2]]);
  const density = await tg.histogramdd(points, [3, 2], { density: true }).hist.array() as number[][];
  assertEquals(density.map((row) => row.map((v) => Math.round(v * 1e6))), [[0, 375000], [375000, 0], [
    375000,
    375000,
  ]]);
  assertThrows(() => tg.histogramdd(points, [3]), tg.ShapeError);
});

Deno.test("bincount counts up to the largest, at least so many, or a size", async () => {
  const places = tg.tensor([1, 3, 1], { dtype: "i32" });
  assertEquals(await (await tg.bincount(places, { minLength: 6 })).array(), [0, 2, 0, 1, 0, 0]);
  assertEquals(await tg.bincount(places, { size: 3 }).array(), [0, 2, 0]);
  assertEquals((await tg.bincount(tg.zeros([0], { dtype: "i32" }))).shape, [0]);
  const signed = tg.tensor([2, -3, 1], { dtype: "i32" });
  await assertRejects(
    () => tg.bincount(signed),
    RangeError,
    "Cannot bincount negative integers: -3 is among them",
  );
  assertEquals(await tg.bincount(signed, { size: 3 }).array(), [0, 1, 1]);
});

Deno.test("isIn, isClose and their kin take integers, infinities and NaN as PyTorch does", async () => {
  const integers = tg.tensor([1, 2, 3], { dtype: "i32" });
  assertEquals(await tg.isIn(integers, tg.tensor([1.5, 3])).array(), [false, false, true]);
  assertEquals(await tg.isIn(tg.tensor([NaN, 1]), tg.tensor([NaN, 1]), { invert: true }).array(), [
    true,
    false,
  ]);
  assertEquals(await tg.isIn(integers, tg.zeros([0])).array(), [false, false, false]);
  const a = tg.tensor([1, Infinity, Infinity, 0]), b = tg.tensor([1 + 1e-6, Infinity, -Infinity, 1e-9]);
  assertEquals(await tg.isClose(a, b).array(), [true, true, false, true]);
  assertEquals(await tg.allEqual(a, a.slice([0, 2])), false);
  assertEquals(await tg.allClose(tg.zeros([0]), tg.zeros([0])), true);
});

Deno.test("unwrap, geomspace and logspace are NumPy's and PyTorch's", async () => {
  const steps = tg.unwrap(tg.tensor([0, 3, 6, 1, 4]), { period: 6, discontinuity: 2 });
  assertEquals(await steps.array(), [0, 3, 6, 7, 10]);
  assertEquals(await tg.geomspace(-1, -1000, 4).array(), [-1, -10, -100, -1000]);
  assertEquals(await tg.logspace(0, 3, 4, { base: 2 }).array(), [1, 2, 4, 8]);
  assertEquals(await tg.logspace(1, 3, 1).array(), [10]);
  assertThrows(() => tg.geomspace(-1, 1, 3), RangeError, "of one sign");
});

Deno.test("setItem writes where PyTorch does, for keys of all kinds", async () => {
  const cube = tg.arange(24).reshape([2, 3, 4]);
  const changed = async (key: tg.KeyPart[], value: tg.Tensor | number) => {
    const before = await cube.flatten().array() as number[];
    const after = await tg.setItem(cube, key, value).flatten().array() as number[];
    return after.flatMap((v, i) => v === before[i] ? [] : [[i, v]]);
  };
  const i32 = (values: number[]) => tg.tensor(values, { dtype: "i32" });
  assertEquals(await changed([1, { step: 2 }, { start: 1, stop: 3 }], tg.tensor([-1, -2])), [[13, -1], [
    14,
    -2,
  ], [
    21,
    -1,
  ], [22, -2]]);
  assertEquals(await changed(["...", [0, 2], null, 0], -1), [[0, -1], [8, -1], [12, -1], [20, -1]]);
  const together = await changed([i32([0, 1]), { start: 1 }, i32([3, 0])], tg.tensor([[-1, -2], [-3, -4]]));
  assertEquals(together, [[7, -1], [11, -2], [16, -3], [20, -4]]);
  const rows = await changed([[[true, false, true], [false, false, true]]], tg.tensor([[[-1, -2, -3, -4]]]));
  assertEquals(rows.map(([i]) => i), [0, 1, 2, 3, 8, 9, 10, 11, 20, 21, 22, 23]);
  assertEquals(await changed([{}, [true, false, true], -1], -5), [[3, -5], [11, -5], [15, -5], [23, -5]]);
  assertThrows(() => tg.setItem(cube, [0], tg.zeros([2, 4])), tg.ShapeError);
});

Deno.test("interp is straight between points, and NaN where x is", async () => {
  const at = tg.tensor([NaN, 0, 3, 3.5]);
  const y = await tg.interp(at, tg.tensor([0, 1, 3]), tg.tensor([2, 4, 8])).array();
  assertEquals(y, [NaN, 2, 8, 8]);
});
