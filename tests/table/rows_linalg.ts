/** Rows of linear algebra. */
import { add, type Checked, eye, linalg as l, matmul, type Tensor } from "@tapegrad/core";
import { cut, type Row, row, sample } from "./row.ts";

function several(op: string, name: string, shapes: readonly number[][], call: Checked): Row {
  return row(op, name, { inputs: () => shapes.map((shape, seed) => sample(shape, { seed })), call });
}

/** A symmetric positive definite matrix made of one. */
function definite(x: Tensor): Tensor {
  const n = x.shape.at(-1)!;
  return add(matmul(x, x.transpose()), eye(n, undefined, { dtype: x.dtype, backend: x.backend }));
}

/** A well-conditioned matrix made of one. */
function regular(x: Tensor): Tensor {
  const n = x.shape.at(-1)!;
  return add(x, eye(n, undefined, { dtype: x.dtype, backend: x.backend }).mul(4));
}

const triangles = [true, false].flatMap((upper) =>
  [true, false].flatMap((left) => [true, false].map((unitriangular) => ({ upper, left, unitriangular })))
);

function called(options: l.TriangularOptions): string {
  return Object.entries(options).flatMap(([name, is]) => is ? [name] : []).join(", ") || "none";
}

const factors: readonly Row[] = [
  several("linalg.cholesky", "batch", [[2, 3, 3]], (x) => l.cholesky(definite(x))),
  several("linalg.cholesky", "upper", [[3, 3]], (x) => l.cholesky(definite(x), { upper: true })),
  several("linalg.choleskyEx", "batch", [[2, 2, 2]], (x) => l.choleskyEx(definite(x)).L),
  several(
    "linalg.choleskySolve",
    "broadcast",
    [[3, 2], [2, 3, 3]],
    (b, x) => l.choleskySolve(b, definite(x)),
  ),
  several(
    "linalg.choleskySolve",
    "upper",
    [[3, 2], [3, 3]],
    (b, x) => l.choleskySolve(b, definite(x), { upper: true }),
  ),
  several("linalg.choleskyInverse", "batch", [[2, 3, 3]], (x) => l.choleskyInverse(definite(x))),
  several("cholesky", "by its functions", [[2, 2]], (x) => l.cholesky(definite(x)).transpose()),
];

/** Rows of linear algebra. */
export const linalgRows: readonly Row[] = [
  ...factors,
  ...triangles.map((options) =>
    several(
      "linalg.solveTriangular",
      called(options),
      [[3, 3], options.left ? [3, 2] : [2, 3]],
      (a, b) => l.solveTriangular(regular(a), b, options),
    )
  ),
  several(
    "linalg.solveTriangular",
    "broadcast",
    [[2, 1, 2, 2], [3, 2, 1]],
    (a, b) => l.solveTriangular(regular(a), b, { upper: true }),
  ),
  several(
    "triangularSolve",
    "by its functions",
    [[2, 2], [2, 2]],
    (a, b) => l.solveTriangular(regular(a).transpose(), b, { upper: true }),
  ),
  cut(
    "linalg.choleskyEx",
    "what is told is an integer",
    () => [sample([2, 2])],
    (x) => l.choleskyEx(definite(x)).info,
  ),
];
