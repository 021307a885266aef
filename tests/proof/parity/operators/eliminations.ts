/** Factors by elimination, determinants, inverses and systems. */
import { linalg } from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import type { Call, Operator } from "../call.ts";

function upper(c: Call, at: number): linalg.TriangleOptions {
  return { upper: c.flag(at, "upper", false) };
}

function sides(c: Call): { left: boolean } {
  return { left: c.flag(2, "left", true) };
}

function triangular(c: Call): Tensor {
  return linalg.solveTriangular(c.tensor(0), c.tensor(1), {
    upper: c.flag(2, "upper", false),
    left: c.flag(3, "left", true),
    unitriangular: c.flag(4, "unitriangular", false),
  });
}

// PyTorch's older one gives the matrix too.
function olderTriangular(c: Call): readonly Tensor[] {
  const matrix = c.tensor(1);
  const options = { upper: c.flag(2, "upper", true), unitriangular: c.flag(4, "unitriangular", false) };
  return [linalg.solveTriangular(matrix, c.tensor(0), options), matrix];
}

function factored(c: Call): Tensor {
  return linalg.luSolve(c.tensor(0), c.tensor(1), c.tensor(2), {
    left: c.flag(3, "left", true),
    adjoint: c.flag(4, "adjoint", false),
  });
}

// PyTorch's test leaves the permutation out.
function factors({ L, U }: linalg.PermutedLu): readonly Tensor[] {
  return [L, U];
}

function olderLu(c: Call): object {
  return c.flag(2, "get_infos", false) ? linalg.luFactorEx(c.tensor(0)) : linalg.luFactor(c.tensor(0));
}

function tensorsolve(c: Call): Tensor {
  return linalg.tensorsolve(c.tensor(0), c.tensor(1), { axes: c.maybeIntegers(2, "dims") });
}

/** PyTorch's names of factors by elimination, determinants, inverses and systems. */
export const eliminations: Readonly<Record<string, Operator>> = {
  "cholesky": (c) => linalg.cholesky(c.tensor(0), upper(c, 1)),
  "cholesky_inverse": (c) => linalg.choleskyInverse(c.tensor(0), upper(c, 1)),
  "cholesky_solve": (c) => linalg.choleskySolve(c.tensor(0), c.tensor(1), upper(c, 2)),
  "linalg.cholesky": (c) => linalg.cholesky(c.tensor(0), upper(c, 1)),
  "linalg.cholesky_ex": (c) => linalg.choleskyEx(c.tensor(0), upper(c, 1)),
  "linalg.det": (c) => linalg.det(c.tensor(0)),
  "linalg.det.singular": (c) => linalg.det(c.tensor(0)),
  "linalg.inv": (c) => linalg.inv(c.tensor(0)),
  "linalg.inv_ex": (c) => linalg.invEx(c.tensor(0)),
  "linalg.lu": (c) => factors(linalg.lu(c.tensor(0))),
  "linalg.lu_factor": (c) => linalg.luFactor(c.tensor(0)),
  "linalg.lu_factor_ex": (c) => linalg.luFactorEx(c.tensor(0)),
  "linalg.lu_solve": factored,
  "linalg.matrix_power": (c) => linalg.matrixPower(c.tensor(0), c.number(1)),
  "linalg.slogdet": (c) => linalg.slogdet(c.tensor(0)),
  "linalg.solve": (c) => linalg.solve(c.tensor(0), c.tensor(1), sides(c)),
  "linalg.solve_ex": (c) => linalg.solveEx(c.tensor(0), c.tensor(1), sides(c)),
  "linalg.solve_triangular": triangular,
  "linalg.tensorinv": (c) => linalg.tensorinv(c.tensor(0), c.maybeNumber(1, "ind")),
  "linalg.tensorsolve": tensorsolve,
  "linalg.vander": (c) => linalg.vander(c.tensor(0), c.maybeNumber(1, "N")),
  "logdet": (c) => linalg.logdet(c.tensor(0)),
  "lu": olderLu,
  "lu_solve": (c) => linalg.luSolve(c.tensor(1), c.tensor(2), c.tensor(0)),
  "lu_unpack": (c) => factors(linalg.luUnpack(c.tensor(0), c.tensor(1))),
  "matrix_exp": (c) => linalg.matrixExp(c.tensor(0)),
  "triangular_solve": olderTriangular,
};
