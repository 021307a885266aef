/** Rows of linear algebra. */
import { add, applyAll, type Checked, eye, linalg as l, matmul, type Tensor } from "@tapegrad/core";
import { pivotOrder } from "../../core/ops/linalg/primitives/determinant.ts";
import { cut, f64, type Row, row, sample } from "./row.ts";

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
    (b, x) => l.choleskySolve(b, l.cholesky(definite(x))),
  ),
  several(
    "linalg.choleskySolve",
    "upper",
    [[3, 2], [3, 3]],
    (b, x) => l.choleskySolve(b, l.cholesky(definite(x), { upper: true }), { upper: true }),
  ),
  several("linalg.choleskyInverse", "batch", [[2, 3, 3]], (x) => l.choleskyInverse(l.cholesky(definite(x)))),
  several("cholesky", "by its functions", [[2, 2]], (x) => l.cholesky(definite(x)).transpose()),
];

const tall = [5, 3], wide = [2, 3, 5];

// With the largest elements where pivots are taken, so that differences exchange no rows.
function pivoted(x: Tensor): Tensor {
  const [m, n] = x.shape.slice(-2);
  return add(x, eye(m, n, { dtype: x.dtype, backend: x.backend }).mul(4));
}

const eliminations: readonly Row[] = [
  ...[[2, 3, 3], tall, wide].flatMap((shape) => [
    several("linalg.luFactorEx", `${shape}`, [shape], (x) => l.luFactorEx(pivoted(x)).LU),
    several("linalg.lu", `${shape}`, [shape], (x) => {
      const { L, U } = l.lu(pivoted(x));
      return [L, U];
    }),
  ]),
  several("linalg.luFactor", "rows exchanged", [[3, 3]], (x) => l.luFactor(pivoted(x).flip(-2)).LU),
  several("linalg.luUnpack", "upper", [[3, 3]], (x) => {
    const { LU, pivots } = l.luFactor(pivoted(x).flip(-2));
    return l.luUnpack(LU, pivots).U;
  }),
  ...[true, false].flatMap((left) =>
    [true, false].map((adjoint) =>
      several(
        "linalg.luSolve",
        `left ${left}, adjoint ${adjoint}`,
        [[3, 3], left ? [2, 3, 2] : [2, 2, 3]],
        (x, b) => {
          const { LU, pivots } = l.luFactor(pivoted(x).flip(-2));
          return l.luSolve(LU, pivots, b, { left, adjoint });
        },
      )
    )
  ),
  several("lu", "by its functions", [[2, 2]], (x) => l.luFactor(pivoted(x)).LU),
  cut("lu", "gives exchanges", () => [sample([3, 3])], (x) => l.luFactor(pivoted(x)).pivots),
  cut("luPermutation", "gives places", () => [sample([3, 3])], (x) => l.lu(pivoted(x)).P),
  cut("pivotOrder", "gives places", () => [sample([3, 3])], (x) => applyAll(pivotOrder, [x], null)[0]),
];

const systems: readonly Row[] = [
  several("linalg.solve", "batch", [[2, 3, 3], [2, 3, 2]], (a, b) => l.solve(regular(a), b)),
  several("linalg.solve", "vector", [[3, 3], [3]], (a, b) => l.solve(regular(a), b)),
  several("linalg.solve", "vectors", [[2, 3, 3], [2, 3]], (a, b) => l.solve(regular(a), b)),
  several("linalg.solve", "one matrix", [[3, 3], [2, 3, 2]], (a, b) => l.solve(regular(a), b)),
  several(
    "linalg.solve",
    "on the right",
    [[2, 3, 3], [2, 3]],
    (a, b) => l.solve(regular(a), b, { left: false }),
  ),
  several("linalg.solveEx", "batch", [[2, 2, 2], [2, 1]], (a, b) => l.solveEx(regular(a), b).result),
  several("luSolve", "by its functions", [[2, 2], [2, 2]], (a, b) => l.solve(regular(a), b, { left: false })),
  several("linalg.inv", "batch", [[2, 3, 3]], (x) => l.inv(regular(x))),
  several("linalg.invEx", "plain", [[3, 3]], (x) => l.invEx(regular(x)).inverse),
  several(
    "linalg.tensorinv",
    "plain",
    [[4, 2, 2]],
    (x) => l.tensorinv(regular(x.reshape([4, 4])).reshape(x.shape), 1),
  ),
  several("linalg.tensorsolve", "axes", [[4, 4], [4]], (x, b) => {
    return l.tensorsolve(regular(x).reshape([2, 4, 2]), b, { axes: [0] });
  }),
  several("linalg.matrixPower", "below 0", [[2, 3, 3]], (x) => l.matrixPower(regular(x), -3)),
  several("linalg.matrixPower", "above 0", [[2, 3, 3]], (x) => l.matrixPower(x, 3)),
  several("linalg.matrixExp", "batch", [[2, 3, 3]], (x) => l.matrixExp(x)),
  several("linalg.matrixExp", "large", [[2, 2]], (x) => l.matrixExp(x.mul(3)).mul(0.01)),
  several("matrixExp", "by its functions", [[2, 2]], (x) => l.matrixExp(x.transpose())),
  several("linalg.cross", "last axis", [[3, 3], [3]], (a, b) => l.cross(a, b)),
  several("linalg.vander", "rising", [[3]], (x) => l.vander(x, 4)),
];

const indefinite = (): Tensor => f64([[0, 2, 1], [2, -1, 3], [1, 3, 0]]);

const symmetric: readonly Row[] = [
  cut("linalg.ldlFactor", "as in PyTorch", () => [indefinite()], (x) => l.ldlFactor(x).LD),
  cut("linalg.ldlFactorEx", "as in PyTorch", () => [indefinite()], (x) => l.ldlFactorEx(x).LD),
  cut("ldl", "by its functions", () => [indefinite()], (x) => l.ldlFactor(x).LD),
  ...["linalg.ldlSolve", "ldlSolve"].map((op) =>
    several(op, "right side", [[2, 3, 2]], (b) => {
      const { LD, pivots } = l.ldlFactor(indefinite().to(b.dtype).to(b.backend.name));
      return l.ldlSolve(LD, pivots, b);
    })
  ),
];

// Of rank as many as it has columns less than n.
function deficient(x: Tensor): Tensor {
  return matmul(x, x.transpose());
}

const determinants: readonly Row[] = [
  ...[1, 2, 3, 5].map((n) => several("linalg.det", `${n} × ${n}`, [[2, n, n]], (x) => l.det(x))),
  row("linalg.det", "of rank n - 1", {
    inputs: () => [sample([4, 3])],
    call: (x) => l.det(deficient(x)).add(x.sum()),
    single: { units: 256, reason: "elements of x·xᵀ are rounded, of whose products most cancel" },
  }),
  row("linalg.det", "at a singular matrix", {
    inputs: () => [f64([[1, 2, 3], [2, 4, 6], [0.5, -1, 0.25]])],
    call: (x) => l.det(x),
  }),
  row("linalg.det", "at a matrix of rank 1", {
    inputs: () => [f64([[1, 2, 3], [2, 4, 6], [-1, -2, -3]])],
    call: (x) => l.det(x),
  }),
  row("linalg.det", "at 0", {
    inputs: () => [f64([[0, 0, 0], [0, 0, 0], [0, 0, 0]])],
    call: (x) => l.det(x),
  }),
  row("linalg.det", "at equal pivots", {
    inputs: () => [f64([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])],
    call: (x) => l.det(x),
  }),
  several("determinant", "by its functions", [[3, 3]], (x) => l.det(x.transpose())),
  several("linalg.slogdet", "batch", [[2, 3, 3]], (x) => l.slogdet(regular(x)).logabsdet),
  several("linalg.logdet", "batch", [[2, 3, 3]], (x) => l.logdet(definite(x))),
];

/** Rows of linear algebra. */
export const linalgRows: readonly Row[] = [
  ...factors,
  ...eliminations,
  ...systems,
  ...determinants,
  ...symmetric,
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
