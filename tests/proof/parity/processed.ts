/**
 * What PyTorch's own tests do around some operators: they make an argument of two, and of results that are not determined
 * what is. The dump has it so, and so has what is compared with it.
 */
import {
  abs,
  argmin,
  complex,
  matmul,
  mul,
  sign,
  square,
  sub,
  sum,
  takeAlongAxis,
  type Tensor,
  unsqueeze,
} from "@tapegrad/core";
import type { Call } from "./call.ts";
import type { EncodedTensor } from "./sample.ts";

type Results = readonly Tensor[];

// `output_process_fn_grad` of svd is one of four, which the shapes of what came of it tell.
function ofSingularFactors([u, s, vh]: Results, expected: readonly EncodedTensor[]): Results {
  const k = s.shape.at(-1)!, left = u.narrow(-1, 0, k), right = vh.narrow(-2, 0, k);
  const ranks = expected.map(({ $tensor: { shape } }) => shape.length);
  if (ranks.length === 1) return [ranks[0] === s.rank ? s : abs(left)];
  return ranks[0] === s.rank ? [s, abs(right)] : [matmul(left, right), s];
}

// The signs of what came of random projections, column by column, are those that PyTorch has.
function withSigns([u, s, v]: Results, [expected]: readonly EncodedTensor[], makes: Maker): Results {
  const signs = sign(sum(mul(u.detach(), makes(expected)), -2, { keepDims: true }));
  return [mul(u, signs), s, mul(v, signs)];
}

// Eigenvalues of matrices that are not symmetric come in no order: in that of those that PyTorch has.
function inOrder([values, vectors]: Results, [expected]: readonly EncodedTensor[], makes: Maker): Results {
  if (values.size === 0) return vectors ? [values, complex.abs(vectors)] : [values];
  const theirs = unsqueeze(makes(expected), -2), ours = unsqueeze(values.detach(), -3);
  const index = argmin(sum(square(sub(ours, theirs)), -1), -1);
  const ordered = takeAlongAxis(values, unsqueeze(index, -1), -2);
  return vectors ? [ordered, takeAlongAxis(complex.abs(vectors), unsqueeze(index, -2), -1)] : [ordered];
}

function magnitudesOfVectors([values, vectors]: Results): Results {
  return [values, abs(vectors)];
}

/** Makes a tensor of what a dump has. */
export type Maker = (encoded: EncodedTensor) => Tensor;

type Process = (results: Results, expected: readonly EncodedTensor[], makes: Maker) => Results;

const processes: Readonly<Record<string, Process>> = {
  "linalg.eig": inOrder,
  "linalg.eigvals": inOrder,
  "linalg.eigh": magnitudesOfVectors,
  "symeig": magnitudesOfVectors,
  "linalg.svd": ofSingularFactors,
  "svd": ofSingularFactors,
  "svd_lowrank": withSigns,
  "pca_lowrank": withSigns,
};

/** The results of an operator as its test compares them. */
export function processed(op: string, ...[results, expected, makes]: Parameters<Process>): Results {
  return processes[op]?.(results, expected, makes) ?? results;
}

const ofProducts = new Set(["linalg.pinv.singular", "svd_lowrank", "pca_lowrank"]);

/** The call of an operator that its test makes of the arguments: for some `a·bᵀ` stands for a and b. */
export function calledWith(op: string, call: Call): Call {
  if (!ofProducts.has(op)) return call;
  return call.joined(2, ([a, b]) => matmul(a as Tensor, (b as Tensor).transpose()));
}
