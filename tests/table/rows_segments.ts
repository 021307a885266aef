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
    inputs: () => [matrix(), i32([[0, 1, 3], [0, 2, 2], [0, 0, 4]])],
    call: (x, offsets) => tg.segmentReduce(x, { reduce, offsets, axis: 1, initial: 0.5 }),
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
