const numbers: readonly Row[] = [
  row("setItem", "spans, an index and a new axis", {
    inputs: () => [sample([2, 3, 4]), sample([2, 1, 2], { seed: 1 })],
    call: (x, value) => tg.setItem(x, [{}, -1, null, { step: 2 }], value),
  }),
  row("setItem", "positions that go together, repeated, added", {
    inputs: () => [matrix(), i32([0, 2, 0]), sample([3], { seed: 1 })],
    call: (x, at, value) => tg.setItem(x, [at, [1, 3, 1]], value, { accumulate: true }),
  }),
  row("setItem", "a mask in a tensor, values one after another", {
    inputs: () => [matrix(), bools([true, false, true, true]), sample([3], { seed: 5 })],
    call: (x, mask, value) => tg.setItem(x, [1, mask], value),
  }),
  row("getItemAsync", "so many of a mask, and an index", {
    inputs: () => [matrix(), bools([true, false, true, true])],
    call: (x, mask) => tg.getItemAsync(x, [{ start: 1 }, mask], { size: 5, fill: 0.5 }),
  }),
  row("setItem", "a mask", {
    inputs: () => [matrix(), sample([4], { seed: 1 })],
    call: (x, value) => tg.setItem(x, [[true, false, true]], value),
  }),
  row("interp", "between and beyond", {
    inputs: () => [f64([[-1, 0.3], [1.2, 9]]), f64([0, 1, 2.5]), sample([3])],
    call: (x, places, values) => tg.interp(x, places, values),
  }),
  row("interp", "of one point, with other values beyond", {
    inputs: () => [f64([-1, 2]), f64([1]), sample([1])],
    call: (x, places, values) => tg.interp(x, places, values, { left: 3 }),
  }),
  row("heaviside", "values where it is 0", {
    inputs: () => [sample([3])],
    call: (values) =>
      tg.heaviside(tg.tensor([-1, 0, 2], { dtype: values.dtype, backend: values.backend }), values),
  }),
  row("polyval", "cubic", {
    inputs: () => [sample([4]), sample([2, 3], { seed: 1 })],
    call: (c, x) => tg.polyval(c, x),
  }),
  row("unwrap", "columns", {
    inputs: () => [sample([4, 3], { low: -9, high: 9 })],
    call: (x) => tg.unwrap(x, { axis: 0 }),
  }),
  row("aminmax", "rows", { inputs: () => [matrix()], call: (x) => Object.values(tg.aminmax(x, 1)) }),
  row("bincount", "weights", {
    inputs: () => [i32([0, 2, 0]), sample([3])],
    call: (x, weights) => tg.bincount(x, { weights, size: 4 }),
  }),
  row("histogram", "weights, as a density", {
    inputs: () => [sample([5], { low: 0.5, high: 2 })],
    call: (weight) => {
      const x = tg.tensor([0, 0.3, 0.4, 0.9, 1], { dtype: weight.dtype, backend: weight.backend });
      return tg.histogram(x, 3, { weight, density: true }).hist;
    },
  }),
  row("histogramdd", "weights", {
    inputs: () => [sample([3])],
    call: (weight) => {
      const x = tg.tensor([[0, 0.3], [0.4, 0.9], [1, 0]], { dtype: weight.dtype, backend: weight.backend });
      return tg.histogramdd(x, [2, 2], { weight }).hist;
    },
  }),
  cut("searchsorted", "gives positions", () => [f64([0, 1, 2]), matrix()], (a, x) => tg.searchsorted(a, x)),
  cut("bucketize", "gives positions", () => [matrix(), f64([0, 1])], (x, a) => tg.bucketize(x, a)),
  cut("isIn", "gives truth values", () => [matrix(), f64([0, 1])], (x, a) => tg.isIn(x, a)),
  cut("isClose", "gives truth values", () => [matrix(), matrix()], (a, b) => tg.isClose(a, b)),
  cut("countNonzero", "counts", () => [matrix()], (x) => tg.countNonzero(x)),
  {
    ...cut("histc", "counts, in floats", () => [matrix()], (x) => tg.histc(x, { bins: 3 })),
  },
];

/** Rows of what meets at indices and in segments, of what is chosen by value, and of strides. */
import * as tg from "@tapegrad/core";
import { bools, cut, f64, i32, type Row, row, sample } from "./row.ts";

const matrix = (): tg.Tensor => sample([3, 4]);
const at = (): tg.Tensor => i32([[0, 2, 0], [1, 1, 1]]);
const source = (): tg.Tensor => sample([2, 3], { seed: 1 });

const meetings: readonly Row[] = (["sum", "prod", "mean", "amax", "amin"] as const).flatMap((reduce) =>
  [true, false].flatMap((includeSelf) => {
    const name = `${reduce}, ${includeSelf ? "with" : "without"} what was there`,
      options = { reduce, includeSelf };
    return [
      row("scatterReduce", name, {
        inputs: () => [matrix(), at(), source()],
        call: (x, index, s) => tg.scatterReduce(x, 1, index, s, options),
      }),
      row("indexReduce", name, {
        inputs: () => [matrix(), i32([2, 0, 2]), sample([3, 4], { seed: 1 })],
        call: (x, index, s) => tg.indexReduce(x, 0, index, s, options),
      }),
    ];
  })
);

const zeros: readonly Row[] = [
  row("scatterReduce", "a product with one zero", {
    inputs: () => [f64([2, 3]), i32([0, 0, 1]), f64([0, 5, 7])],
    call: (x, index, s) => tg.scatterReduce(x, 0, index, s, { reduce: "prod" }),
  }),
  row("scatterReduce", "a product with two zeros", {
    inputs: () => [f64([0, 3]), i32([0, 1, 0, 1, 0]), f64([0, 5, 7, 0, 2])],
    call: (x, index, s) => tg.scatterReduce(x, 0, index, s, { reduce: "prod" }),
  }),
  row("indexReduce", "a scalar", {
    inputs: () => [f64(1.5), i32([0]), f64(2.5)],
    call: (x, index, s) => tg.indexReduce(x, 0, index, s, { reduce: "prod" }),
  }),
];

const segments: readonly Row[] = (["sum", "prod", "mean", "max", "min"] as const).flatMap((reduce) => [
  row("segmentReduce", `${reduce}, by lengths`, {
    inputs: () => [matrix(), i32([1, 2])],
    call: (x, lengths) => tg.segmentReduce(x, { reduce, lengths }),
  }),
  row("segmentReduce", `${reduce}, by offsets of each row, from something on`, {
    inputs: () => [matrix()],
    call: (x) => {
      const offsets = tg.tensor([[0, 1, 3], [0, 2, 2], [0, 0, 4]], { dtype: "i32", backend: x.backend });
      return tg.segmentReduce(x, { reduce, offsets, axis: 1, initial: 0.5 });
    },
  }),
]);

/** Rows of what meets at indices and in segments, of what is chosen by value, and of strides. */
export const segmentRows: readonly Row[] = [
  ...meetings,
  ...zeros,
  ...segments,
  row("asStrided", "overlapping", {
    inputs: () => [matrix()],
    call: (x) => tg.asStrided(x, [3, 3], [2, 1], 3),
  }),
  row("asStridedScatter", "columns", {
    inputs: () => [matrix(), sample([2, 2], { seed: 1 })],
    call: (x, s) => tg.asStridedScatter(x, s, [2, 2], [1, 4], 1),
  }),
  row("sliceScatter", "steps", {
    inputs: () => [matrix(), sample([2], { seed: 1 })],
    call: (x, s) => tg.sliceScatter(x, s, -1, [0, null, 2]),
  }),
  row("maskedSelect", "so many", {
    inputs: () => [matrix(), bools([true, false, true, true])],
    call: (x, mask) => tg.maskedSelect(x, mask, { size: 11, fill: 0.5 }),
  }),
  row("gradient", "even", {
    inputs: () => [matrix()],
    call: (x) => tg.gradient(x, { spacing: 0.5 }),
  }),
  row("gradient", "at coordinates, of second order at the edges", {
    inputs: () => [sample([4, 3]), f64([0, 1, 2.5, 3])],
    call: (x, places) => tg.gradient(x, { axes: 0, spacing: [places], edgeOrder: 2 }),
  }),
  row("mode", "rows", {
    inputs: () => [f64([[1, 2, 1.5, 0.5], [3, 0, 1, 2]])],
    call: (x) => tg.mode(x).values,
  }),
  ...numbers,
  cut("nonzero", "gives positions", () => [matrix()], (x) => tg.nonzero(x, { size: 13 })),
  cut("mode", "the indices are positions", () => [matrix()], (x) => tg.mode(x, { axis: 0 }).indices),
  cut(
    "unique",
    "the inverse are positions",
    () => [matrix()],
    (x) => tg.unique(x, { size: 12 }).inverse,
  ),
  cut(
    "uniqueConsecutive",
    "counts are integers",
    () => [matrix()],
    (x) => tg.uniqueConsecutive(x, { size: 12 }).counts,
  ),
];
