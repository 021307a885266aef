/** Rows of what is placed at indices, and of diagonals. */
import * as tg from "@tapegrad/core";
import { bools, f64, i32, type Row, row, sample } from "./row.ts";

const matrix = (): tg.Tensor => sample([3, 4]);
const cube = (): tg.Tensor => sample([2, 3, 4]);

/** Rows of what is placed at indices, and of diagonals. */
export const placingRows: readonly Row[] = [
  row("indexAdd", "repeated, scaled", {
    inputs: () => [matrix(), i32([2, 0, 2]), sample([3, 4], { seed: 1 })],
    call: (x, at, source) => tg.indexAdd(x, 0, at, source, { alpha: -0.5 }),
  }),
  row("indexAdd", "scalars", {
    inputs: () => [f64(1.5), i32(0), f64(2.5)],
    call: (x, at, source) => tg.indexAdd(x, 0, at, source),
  }),
  row("indexCopy", "columns", {
    inputs: () => [matrix(), i32([3, 1]), sample([3, 2], { seed: 1 })],
    call: (x, at, source) => tg.indexCopy(x, 1, at, source),
  }),
  row("indexFill", "a tensor", {
    inputs: () => [matrix(), i32([0, 2]), f64(0.7)],
    call: (x, at, value) => tg.indexFill(x, 0, at, value),
  }),
  row("indexFill", "a number", {
    inputs: () => [matrix(), i32([1])],
    call: (x, at) => tg.indexFill(x, 1, at, 2),
  }),
  row("take", "from both ends", {
    inputs: () => [matrix(), i32([[0, -1], [5, 5]])],
    call: (x, at) => tg.take(x, at),
  }),
  row("put", "written", {
    inputs: () => [matrix(), i32([[0, -1], [5, 4]]), sample([2, 2], { seed: 1 })],
    call: (x, at, source) => tg.put(x, at, source),
  }),
  row("put", "added, repeated", {
    inputs: () => [matrix(), i32([3, 3, -1]), sample([3], { seed: 1 })],
    call: (x, at, source) => tg.put(x, at, source, { accumulate: true }),
  }),
  row("indexPut", "rows", {
    inputs: () => [matrix(), i32([2, 0]), sample([2, 4], { seed: 1 })],
    call: (x, at, values) => tg.indexPut(x, [at], values),
  }),
  row("indexPut", "pairs that broadcast, added", {
    inputs: () => [cube(), i32([[0], [-1]]), i32([2, 0]), sample([4], { seed: 1 })],
    call: (x, i, j, values) => tg.indexPut(x, [i, j], values, { accumulate: true }),
  }),
  row("maskedScatter", "broadcast", {
    inputs: () => [matrix(), bools([true, false, true, true]), sample([3, 3], { seed: 1 })],
    call: (x, mask, source) => tg.maskedScatter(x, mask, source),
  }),
  row("selectScatter", "a column", {
    inputs: () => [matrix(), sample([3], { seed: 1 })],
    call: (x, source) => tg.selectScatter(x, source, 1, -2),
  }),
  row("scatter", "of a larger source", {
    inputs: () => [matrix(), i32([[2, 0]]), sample([2, 3], { seed: 1 })],
    call: (x, at, source) => tg.scatter(x, 1, at, source),
  }),
  row("gather", "from a vector at a scalar", {
    inputs: () => [sample([3]), i32(2)],
    call: (x, at) => tg.gather(x, 0, at),
  }),
  row("indexSelect", "from a scalar", {
    inputs: () => [f64(1.5), i32([0])],
    call: (x, at) => tg.indexSelect(x, 0, at),
  }),
  row("getItem", "a view", {
    inputs: () => [cube()],
    call: (x) => tg.getItem(x, -1, { step: 2 }, null, { start: 1, stop: 3 }),
  }),
  row("getItem", "positions that go together", {
    inputs: () => [cube(), i32([0, -1])],
    call: (x, at) => tg.getItem(x, at, "...", [[0], [3]]),
  }),
  row("getItem", "a mask and an index", {
    inputs: () => [cube(), i32(1)],
    call: (x, at) => tg.getItem(x, at, [true, false, true]),
  }),
  row("diagonal", "of other axes", {
    inputs: () => [cube()],
    call: (x) => tg.diagonal(x, 1, { axis1: 2, axis2: 0 }),
  }),
  row("diagEmbed", "above", { inputs: () => [matrix()], call: (x) => tg.diagEmbed(x, 1) }),
  row("diagEmbed", "of other axes", {
    inputs: () => [matrix()],
    call: (x) => tg.diagEmbed(x, -1, { axis1: 0, axis2: 2 }),
  }),
  row("diagflat", "matrix", { inputs: () => [sample([2, 2])], call: (x) => tg.diagflat(x) }),
  row("diagonalScatter", "above", {
    inputs: () => [cube(), sample([2, 3], { seed: 1 })],
    call: (x, source) => tg.diagonalScatter(x, source, 1),
  }),
  row("diagonalScatter", "of other axes", {
    inputs: () => [cube(), sample([4, 2], { seed: 1 })],
    call: (x, source) => tg.diagonalScatter(x, source, 0, { axis1: 0, axis2: 1 }),
  }),
];
