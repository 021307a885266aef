/** Rows of what turns, stacks and cuts tensors. */
import * as tg from "@tapegrad/core";
import { f64, type Row, row, sample } from "./row.ts";

const vectors = (): tg.Tensor[] => [sample([2]), sample([3], { seed: 1 })];
const matrices = (): tg.Tensor[] => [sample([2, 3]), sample([2, 3], { seed: 1 })];

function one(op: string, name: string, shape: number[], call: tg.Checked): Row {
  return row(op, name, { inputs: () => [sample(shape)], call });
}

type Stack = (tensors: readonly tg.Tensor[]) => tg.Tensor;

function stacks(op: string, fn: Stack): Row[] {
  return [
    row(op, "matrices", { inputs: matrices, call: (...all) => fn(all) }),
    row(op, "vectors", { inputs: () => [sample([3]), sample([3], { seed: 1 })], call: (...all) => fn(all) }),
  ];
}

/** Rows of what turns, stacks and cuts tensors. */
export const stackingRows: readonly Row[] = [
  one("t", "matrix", [2, 3], (x) => tg.t(x)),
  one("t", "vector", [3], (x) => tg.t(x)),
  one("moveAxis", "several", [2, 3, 4], (x) => tg.moveAxis(x, [0, 2], [1, 0])),
  one("unflatten", "open", [2, 6], (x) => tg.unflatten(x, 1, [3, -1])),
  one("sumToSize", "fewer axes", [2, 3, 2], (x) => tg.sumToSize(x, [3, 1])),
  ...[-1, 1, 2].map((k) => one("rot90", `${k} times`, [2, 3], (x) => tg.rot90(x, k))),
  one("rot90", "other axes", [2, 3, 2], (x) => tg.rot90(x, 1, [2, 0])),
  one("select", "from the end", [2, 3], (x) => tg.select(x, 1, -1)),
  one("tensorSplit", "parts", [7, 2], (x) => tg.tensorSplit(x, 3)),
  one("tensorSplit", "places", [2, 5], (x) => tg.tensorSplit(x, [1, -1], 1)),
  one("hsplit", "parts", [2, 4], (x) => tg.hsplit(x, 2)),
  one("vsplit", "places", [4, 2], (x) => tg.vsplit(x, [1])),
  one("dsplit", "parts", [2, 1, 4], (x) => tg.dsplit(x, 4)),
  one("unfold", "scalar", [], (x) => tg.unfold(x, 0, 1)),
  one("repeatInterleave", "flattened", [2, 2], (x) => tg.repeatInterleave(x, 3)),
  one("repeatInterleave", "counts", [3, 2], (x) => tg.repeatInterleave(x, [2, 0, 1], 0)),
  row("atleast1d", "scalar", { inputs: () => [f64(1.5)], call: (x) => tg.atleast1d(x) }),
  row("atleast2d", "vectors", { inputs: vectors, call: (...all) => tg.atleast2d(all) }),
  row("atleast3d", "vectors", { inputs: vectors, call: (...all) => tg.atleast3d(all) }),
  ...stacks("hstack", tg.hstack),
  ...stacks("vstack", tg.vstack),
  ...stacks("dstack", tg.dstack),
  ...stacks("columnStack", tg.columnStack),
  ...stacks("blockDiag", tg.blockDiag),
  row("cartesianProd", "vectors", { inputs: vectors, call: (...all) => tg.cartesianProd(all) }),
  one("combinations", "pairs", [4], (x) => tg.combinations(x)),
  one("combinations", "again", [3], (x) => tg.combinations(x, { r: 3, withReplacement: true })),
  one("fftshift", "all axes", [3, 4], (x) => tg.fftshift(x)),
  one("ifftshift", "one axis", [2, 5], (x) => tg.ifftshift(x, 1)),
];
