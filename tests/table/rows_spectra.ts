/** Rows of factors with orthogonal matrices, of eigenvalues and singular values, and of what is made of them. */
import {
  add,
  type Checked,
  eye,
  key,
  linalg as l,
  matmul,
  polynomial,
  square,
  type Tensor,
} from "@tapegrad/core";
import { cut, type Row, row, sample } from "./row.ts";

function several(op: string, name: string, shapes: readonly number[][], call: Checked): Row {
  return row(op, name, { inputs: () => shapes.map((shape, seed) => sample(shape, { seed })), call });
}

/** A well-conditioned matrix made of one. */
function regular(x: Tensor): Tensor {
  const [m, n] = x.shape.slice(-2);
  return add(x, eye(m, n, { dtype: x.dtype, backend: x.backend }).mul(4));
}

function symmetric(x: Tensor): Tensor {
  return add(x, x.transpose());
}

function factorsOf(x: Tensor, options?: l.QrOptions): Tensor[] {
  const { Q, R } = l.qr(regular(x), options);
  return [Q, R];
}

const qr: readonly Row[] = [
  several("linalg.qr", "square", [[3, 3]], (x) => factorsOf(x)),
  several("linalg.qr", "batch, tall", [[2, 4, 2]], (x) => factorsOf(x)),
  several("linalg.qr", "wide", [[2, 4]], (x) => factorsOf(x)),
  several("linalg.qr", "complete, wide", [[2, 3]], (x) => factorsOf(x, { mode: "complete" })),
  several("linalg.qr", "R alone", [[2, 4]], (x) => l.qr(regular(x), { mode: "r" }).R),
  several("linalg.qr", "R alone, tall", [[3, 2]], (x) => l.qr(regular(x)).R),
  several("linalg.qr", "Q alone, wide", [[2, 3]], (x) => l.qr(regular(x)).Q),
  several("qr", "by its functions", [[3, 2]], (x) => l.qr(regular(x)).Q),
  several(
    "linalg.householderProduct",
    "batch",
    [[2, 4, 3], [2, 2]],
    (a, tau) => l.householderProduct(a, tau),
  ),
  ...[true, false].flatMap((left) =>
    [true, false].map((transpose) =>
      several(
        "linalg.ormqr",
        `${left ? "left" : "right"}${transpose ? ", transposed" : ""}`,
        [[3, 2], [2], left ? [3, 2] : [2, 3]],
        (a, tau, c) => l.ormqr(a, tau, c, { left, transpose }),
      )
    )
  ),
  cut("linalg.geqrf", "reflectors have no gradient", () => [sample([3, 2])], (x) => l.geqrf(x).tau),
];

// What does not depend on the signs of vectors.
function unsigned(pairs: l.EigenPairs): Tensor[] {
  return [pairs.eigenvalues, square(pairs.eigenvectors)];
}

function pairsOf(x: Tensor): Tensor[] {
  const { eigenvalues, eigenvectors } = l.eig(x);
  return [eigenvalues, square(eigenvectors).sum(-1)];
}

const eigenvalues: readonly Row[] = [
  several("linalg.eigh", "batch", [[2, 3, 3]], (x) => unsigned(l.eigh(symmetric(x)))),
  several("linalg.eigh", "upper", [[3, 3]], (x) => unsigned(l.eigh(symmetric(x), { upper: true }))),
  several("linalg.eigh", "vectors alone", [[3, 3]], (x) => square(l.eigh(symmetric(x)).eigenvectors)),
  several("linalg.eigvalsh", "batch", [[2, 3, 3]], (x) => l.eigvalsh(symmetric(x))),
  several("eigh", "by its functions", [[2, 2]], (x) => l.eigvalsh(symmetric(x))),
  several("linalg.eig", "batch", [[2, 3, 3]], (x) => pairsOf(x)),
  several("linalg.eig", "vectors alone", [[3, 3]], (x) => pairsOf(x)[1]),
  several("linalg.eigvals", "batch", [[2, 3, 3]], (x) => l.eigvals(x)),
  several("eig", "by its functions", [[2, 2]], (x) => l.eigvals(x)),
];

function thin(x: Tensor): Tensor[] {
  const { U, S, Vh } = l.svd(x, { fullMatrices: false });
  return [square(U), S, square(Vh), matmul(U, Vh)];
}

const singularValues: readonly Row[] = [
  several("linalg.svd", "square", [[3, 3]], (x) => thin(x)),
  several("linalg.svd", "batch, tall", [[2, 4, 2]], (x) => thin(x)),
  several("linalg.svd", "wide", [[2, 4]], (x) => thin(x)),
  several("linalg.svd", "left vectors alone", [[3, 2]], (x) => square(thin(x)[0])),
  several("linalg.svd", "right vectors alone", [[2, 3]], (x) => square(thin(x)[2])),
  several("linalg.svd", "full", [[2, 3]], (x) => square(l.svd(x).Vh.narrow(-2, 0, 2))),
  several("linalg.svdvals", "batch", [[2, 3, 2]], (x) => l.svdvals(x)),
  several("svd", "by its functions", [[2, 2]], (x) => l.svdvals(x)),
  several("linalg.matrixNorm", "nuclear, kept", [[2, 3]], (x) => {
    return l.matrixNorm(x, "nuc", undefined, { keepDims: true });
  }),
  several("linalg.matrixNorm", "spectral, of other axes", [[3, 2, 2]], (x) => l.matrixNorm(x, 2, [0, 2])),
  several("linalg.matrixNorm", "smallest singular value", [[2, 3]], (x) => l.matrixNorm(x, -2)),
  several("linalg.matrixNorm", "of rows", [[2, 3]], (x) => l.matrixNorm(x, Infinity)),
  several("linalg.cond", "batch, tall", [[2, 3, 2]], (x) => l.cond(x)),
  several("linalg.cond", "smallest over largest", [[3, 3]], (x) => l.cond(x, -2)),
  ...(["fro", "nuc", 1, -1, Infinity, -Infinity] as const).map((order) =>
    several("linalg.cond", `of order ${order}`, [[2, 2, 2]], (x) => l.cond(regular(x), order))
  ),
  several("linalg.norm", "of vectors", [[2, 3]], (x) => l.norm(x, 1, { order: 3 })),
  several("linalg.norm", "of a matrix", [[2, 3]], (x) => l.norm(x, undefined, { order: "nuc" })),
];

function joined(a: Tensor, b: Tensor): Tensor {
  return matmul(a, b.transpose());
}

const inverses: readonly Row[] = [
  several("linalg.pinv", "batch, tall", [[2, 3, 2]], (x) => l.pinv(x)),
  several("linalg.pinv", "wide", [[2, 3]], (x) => l.pinv(x)),
  several("linalg.pinv", "of lower rank", [[3, 1], [2, 1]], (a, b) => l.pinv(joined(a, b), { rtol: 1e-5 })),
  several("linalg.pinv", "symmetric", [[3, 3]], (x) => l.pinv(symmetric(x), { hermitian: true })),
  several("pinv", "by its functions", [[2, 2]], (x) => l.pinv(regular(x))),
  ...(["gels", "gelsy"] as const).flatMap((driver) => [
    several("linalg.lstsq", `${driver}, tall`, [[2, 3, 2], [3, 2]], (a, b) => {
      const { solution, residuals } = l.lstsq(a, b, { driver });
      return driver === "gels" ? [solution, residuals] : solution;
    }),
    several(
      "linalg.lstsq",
      `${driver}, wide`,
      [[2, 3], [2, 1]],
      (a, b) => l.lstsq(a, b, { driver }).solution,
    ),
  ]),
  several("linalg.lstsq", "of lower rank", [[3, 1], [2, 1], [3, 2]], (a, b, c) => {
    return l.lstsq(joined(a, b), c, { driver: "gelsd", rcond: 1e-5 }).solution;
  }),
  several("lstsq", "by its functions", [[2, 2], [2, 1]], (a, b) => l.lstsq(regular(a), b).solution),
  cut("linalg.matrixRank", "a rank is a count", () => [sample([2, 3])], (x) => l.matrixRank(x)),
];

function lowRank({ U, S, V }: l.LowRankFactors): Tensor[] {
  return [square(U), S, square(V)];
}

const polynomials: readonly Row[] = [
  several("polynomial.polyfit", "a parabola", [[5], [5]], (x, y) => polynomial.polyfit(x, y, 2)),
  several("polynomial.polyfit", "two lines, weighted", [[4], [4, 2], [4]], (x, y, w) => {
    return polynomial.polyfit(x, y, 1, { w });
  }),
  several("polynomial.roots", "batch", [[2, 4]], (p) => polynomial.roots(p)),
];

/** Rows of factors, spectra, and what is made of them. */
export const spectraRows: readonly Row[] = [
  ...qr,
  ...eigenvalues,
  ...singularValues,
  ...inverses,
  ...polynomials,
  several("linalg.svdLowrank", "of that rank", [[4, 2], [3, 2]], (a, b) => {
    return lowRank(l.svdLowrank(joined(a, b), { q: 2, key: key(0) }));
  }),
  several("linalg.pcaLowrank", "of that rank", [[2, 4, 1], [2, 3, 1]], (a, b) => {
    return lowRank(l.pcaLowrank(joined(a, b), { q: 1, key: key(0) }));
  }),
];
