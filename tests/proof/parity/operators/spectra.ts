/** Factors with orthogonal matrices, eigenvalues and singular values, and what is made of them. */
import { linalg, type Tensor } from "@tapegrad/core";
import type { Call, Operator } from "../call.ts";
import { NotCovered } from "../sample.ts";

function ofMode(c: Call): linalg.QrFactors {
  return linalg.qr(c.tensor(0), { mode: c.text(1, "mode", "reduced") as "reduced" });
}

function ofTriangle(c: Call): linalg.EigenPairs {
  return linalg.eigh(c.tensor(0), { upper: c.text(1, "UPLO", "L") === "U" });
}

function byDriver(c: Call): linalg.LeastSquares {
  const driver = c.text(3, "driver", "gelsy") as linalg.LstsqDriver;
  return linalg.lstsq(c.tensor(0), c.tensor(1), { rcond: c.maybeNumber(2, "rcond"), driver });
}

function byTolerances(c: Call): Tensor {
  return linalg.pinv(c.tensor(0), {
    atol: c.maybeNumber(1, "atol"),
    rtol: c.maybeNumber(1, "rtol"),
    hermitian: c.flag(3, "hermitian", false),
  });
}

function orderOf(c: Call): linalg.MatrixOrder | undefined {
  const order = c.value(1, "ord");
  return order === undefined || order === "fro" || order === "nuc" ? order : c.number(1, "ord");
}

function ofMatrices(c: Call): Tensor {
  return linalg.matrixNorm(c.tensor(0), orderOf(c), c.maybeIntegers(2, "dim"), c.keep(3));
}

function ofEither(c: Call): Tensor {
  return linalg.norm(c.tensor(0), c.axes(2), { order: orderOf(c), ...c.keep(3) });
}

// Less M the tests' matrices are of full rank, of which random projections tell what is large to a few digits.
function condition(c: Call): Tensor {
  const order = c.value(1, "p");
  return linalg.cond(c.tensor(0), order === "fro" || order === "nuc" ? order : c.maybeNumber(1, "p"));
}

function lowRank(c: Call): linalg.LowRankFactors {
  if (c.value(3, "M") !== undefined) throw new NotCovered("few digits are told by random projections");
  return linalg.svdLowrank(c.tensor(0), { q: c.number(1, "q") });
}

function principal(c: Call): linalg.LowRankFactors {
  return linalg.pcaLowrank(c.tensor(0), { q: c.number(1, "q"), center: c.flag(2, "center", true) });
}

/** PyTorch's names of factors, spectra and what is made of them. */
export const spectra: Readonly<Record<string, Operator>> = {
  "linalg.qr": ofMode,
  "qr": (c) => linalg.qr(c.tensor(0), { mode: c.flag(1, "some", true) ? "reduced" : "complete" }),
  "linalg.eig": (c) => linalg.eig(c.tensor(0)),
  "linalg.eigvals": (c) => linalg.eigvals(c.tensor(0)),
  "linalg.eigh": ofTriangle,
  "linalg.eigvalsh": (c) => linalg.eigvalsh(c.tensor(0), { upper: c.text(1, "UPLO", "L") === "U" }),
  "symeig": (c) => linalg.eigh(c.tensor(0), { upper: c.flag(2, "upper", true) }),
  "linalg.svd": (c) => linalg.svd(c.tensor(0), { fullMatrices: c.flag(1, "full_matrices", true) }),
  "svd": (c) => linalg.svd(c.tensor(0), { fullMatrices: !c.flag(1, "some", true) }),
  "linalg.svdvals": (c) => linalg.svdvals(c.tensor(0)),
  "linalg.householder_product": (c) => linalg.householderProduct(c.tensor(0), c.tensor(1)),
  "linalg.lstsq": byDriver,
  "linalg.lstsq.grad_oriented": (c) => [byDriver(c).solution],
  "linalg.pinv": byTolerances,
  "linalg.pinv.hermitian": byTolerances,
  "linalg.pinv.singular": byTolerances,
  "pinverse": byTolerances,
  "linalg.cond": condition,
  "linalg.norm": ofEither,
  "linalg.norm.subgradients_at_zero": ofEither,
  "linalg.matrix_norm": ofMatrices,
  "norm.nuc": (c) => linalg.matrixNorm(c.tensor(0), "nuc", c.maybeIntegers(2, "dim"), c.keep(3)),
  "svd_lowrank": lowRank,
  "pca_lowrank": principal,
};
