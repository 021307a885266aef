/** Rows of products, norms of matrices and covariances. */
import * as tg from "@tapegrad/core";
import { f64, i32, type Row, row, sample } from "./row.ts";

function several(op: string, name: string, shapes: readonly number[][], call: tg.Checked): Row {
  return row(op, name, { inputs: () => shapes.map((shape, seed) => sample(shape, { seed })), call });
}

function added(op: string, fn: tg.AddedProductOp, ...shapes: number[][]): Row[] {
  return [
    several(op, "plain", shapes, (x, a, b) => fn(x, a, b)),
    several(op, "with factors", shapes, (x, a, b) => fn(x, a, b, { beta: 0.3, alpha: -2 })),
    several(op, "without the tensor", shapes, (x, a, b) => fn(x.mul(0), a, b, { beta: 0 })),
  ];
}

/** Rows of products, norms of matrices and covariances. */
export const productRows: readonly Row[] = [
  ...added("addmm", tg.addmm, [4], [2, 3], [3, 4]),
  ...added("addmv", tg.addmv, [2], [2, 3], [3]),
  ...added("addr", tg.addr, [2, 3], [2], [3]),
  ...added("baddbmm", tg.baddbmm, [2, 1], [3, 2, 2], [3, 2, 2]),
  ...added("addbmm", tg.addbmm, [2, 2], [3, 2, 2], [3, 2, 2]),
  several("inner", "matrices", [[2, 3], [4, 3]], (a, b) => tg.inner(a, b)),
  several("inner", "scalar", [[], [2, 3]], (a, b) => tg.inner(a, b)),
  several("kron", "other ranks", [[2], [2, 3]], (a, b) => tg.kron(a, b)),
  several("cross", "broadcast", [[2, 3], [3]], (a, b) => tg.cross(a, b)),
  several("cross", "an axis", [[3, 2], [3, 2]], (a, b) => tg.cross(a, b, 0)),
  ...[0, 1, 3].map((n) =>
    several("matrixPower", `${n}`, [[2, 2, 2]], (x) => tg.matrixPower(x, n).add(x.mul(x)))
  ),
  several("tensordot", "two axes", [[2, 3, 2], [3, 2, 2]], (a, b) => tg.tensordot(a, b)),
  several("tensordot", "which axes", [[2, 3, 4], [4, 2, 2]], (a, b) => tg.tensordot(a, b, [[0, 2], [1, 0]])),
  several("multiDot", "vectors at the ends", [[2], [2, 3], [3, 2], [2]], (...all) => tg.multiDot(all)),
  several("vecdot", "broadcast", [[2, 3], [3]], (a, b) => tg.vecdot(a, b)),
  several("vander", "falling", [[3]], (x) => tg.vander(x)),
  several("vander", "rising", [[2, 2]], (x) => tg.vander(x, { n: 4, increasing: true })),
  several("matrixNorm", "Frobenius", [[2, 3, 2]], (x) => tg.matrixNorm(x)),
  ...[1, -1, Infinity, -Infinity].map((order) =>
    row("matrixNorm", `order ${order}`, {
      inputs: () => [f64([[[0.4, -1.1], [2.3, 0.9]], [[-0.7, 1.6], [-0.3, -1.9]]])],
      call: (x) => tg.matrixNorm(x, order, [0, -1], { keepDims: true }),
    })
  ),
  several("dist", "of order 3", [[2, 3], [3]], (a, b) => tg.dist(a, b, { p: 3 })),
  several("renorm", "columns", [[3, 4]], (x) => tg.renorm(x, 2, 1, 1.5)),
  several("cov", "matrix", [[3, 5]], (x) => tg.cov(x)),
  several("cov", "vector", [[5]], (x) => tg.cov(x, { correction: 0 })),
  row("cov", "weights", {
    inputs: () => [sample([2, 4]), i32([1, 3, 0, 2]), f64([0.4, 1.2, 0.9, 0.3])],
    call: (x, fweights, aweights) => tg.cov(x, { fweights, aweights }),
  }),
  row("corrcoef", "beside the diagonal, which is 1", {
    inputs: () => [f64([[0.3, -1.2, 0.8, 2.1], [1.4, 0.2, -0.9, 0.5]])],
    call: (x) => tg.corrcoef(x).slice(0, 1),
  }),
];
