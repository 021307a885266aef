/** Factors of small matrices and what is solved with them, for which a backend may have kernels. */
import type { CompositeSample } from "@tapegrad/backends/conformance";
import { applyAll, eye, linalg, matmul, type Tensor } from "@tapegrad/core";
import { pivotOrder } from "../../core/ops/linalg/primitives/determinant.ts";

/** Half floats have no factors: they are taken as f32. */
function wide(x: Tensor): Tensor {
  return x.dtype === "f16" ? x.to("f32") : x;
}

/** Matrices far from singular, of any. */
function regular(x: Tensor): Tensor {
  const y = wide(x), n = y.shape[y.shape.length - 1];
  return y.tanh().add(eye(n, n, { dtype: y.dtype, backend: y.backend }).mul(2 * n));
}

function definite(x: Tensor): Tensor {
  const y = regular(x);
  return matmul(y, y.transpose(-1, -2));
}

// The signs of vectors are any.
function exponential(x: Tensor): Tensor[] {
  const y = wide(x).tanh(), { eigenvalues, eigenvectors } = linalg.eigh(y);
  return [eigenvalues, matmul(eigenvectors.mul(eigenvalues.exp().unsqueeze(-2)), eigenvectors.transpose())];
}

function polar(x: Tensor): Tensor[] {
  const { U, S, Vh } = linalg.svd(regular(x).narrow(-1, 0, 3), { fullMatrices: false });
  return [S, matmul(U, Vh)];
}

const square = [3, 5, 5];
const calls: Readonly<Record<string, Pick<CompositeSample, "shapes" | "call">>> = {
  cholesky: { shapes: [square], call: (x) => linalg.cholesky(definite(x)) },
  lu: { shapes: [square], call: (x) => linalg.luFactorEx(regular(x)).LU },
  triangularSolve: {
    shapes: [square, [3, 5, 2]],
    call: (x, b) => linalg.solveTriangular(regular(x), wide(b), { upper: true }),
  },
  luSolve: { shapes: [square, [3, 5, 2]], call: (x, b) => linalg.solve(regular(x), wide(b)) },
  determinant: { shapes: [square], call: (x) => linalg.det(regular(x).div(8)) },
  pivotOrder: { shapes: [square], call: (x) => applyAll(pivotOrder, [regular(x)], null).slice(0, 3) },
  qr: { shapes: [square], call: (x) => Object.values(linalg.qr(regular(x).narrow(-1, 0, 3))) },
  eigh: { shapes: [square], call: exponential },
  svd: { shapes: [square], call: polar },
  matrixExp: { shapes: [square], call: (x) => linalg.matrixExp(wide(x).tanh()) },
  luPermutation: { shapes: [square], call: (x) => Object.values(linalg.lu(regular(x))) },
};

/** What they are tried on. */
export const matrices: readonly CompositeSample[] = Object.entries(calls).map(([op, sample]) => ({
  op,
  detail: "of three matrices of five rows",
  differentiable: false,
  ...sample,
}));
