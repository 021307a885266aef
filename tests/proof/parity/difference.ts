/** How far results are from PyTorch's. */
import type { DType, Tensor, TypedArray } from "@tapegrad/core";
import { dtypeFor, type EncodedTensor, numbersOf } from "./sample.ts";
import type { Exact } from "./judged.ts";
import { type Tolerance, toleranceOf } from "./tolerance.ts";

/** Results of ours, each beside PyTorch's; `null` where PyTorch has none, which means zeros. */
export type Pairs = readonly (readonly [actual: Tensor, expected: EncodedTensor | null])[];

/** The largest error, and what was wrong if it was too large. */
export interface Found {
  readonly worst: number;
  readonly failure?: string;
}

/** Where the comparison takes place. */
export interface Circumstances {
  readonly op: string;
  /** What f64 became. */
  readonly float: DType;
}

/** Compares results, whose elements are given, one by one up to the first that is wrong. */
export function differences(
  pairs: Pairs,
  elements: readonly TypedArray[],
  circumstances: Circumstances,
): Found {
  let worst = 0;
  for (const [i, [actual, expected]] of pairs.entries()) {
    const found = difference({ actual, data: elements[i] }, expected, circumstances);
    worst = Math.max(worst, found.worst);
    if (!found.failure) continue;
    return { worst, failure: pairs.length > 1 ? `result ${i}: ${found.failure}` : found.failure };
  }
  return { worst };
}

function difference(
  { actual, data }: { readonly actual: Tensor; readonly data: TypedArray },
  expected: EncodedTensor | null,
  { op, float }: Circumstances,
): Found {
  if (expected === null) {
    return worstOf(data, new Array(data.length).fill(0), toleranceOf(op, actual.dtype, float));
  }
  const { shape } = expected.$tensor, dtype = dtypeFor(expected.$tensor.dtype, float);
  const [ours, theirs] = [`${actual.dtype}[${actual.shape}]`, `${dtype}[${shape}]`];
  if (ours !== theirs) return { worst: 0, failure: `${ours} instead of ${theirs}` };
  const terms = "terms" in expected ? (expected as Exact).terms : 0;
  return worstOf(data, numbersOf(expected), toleranceOf(op, dtype, float), terms);
}

function worstOf(actual: TypedArray, expected: readonly number[], tolerance: Tolerance, terms = 0): Found {
  let worst = 0, at = -1;
  const scale = tolerance.ofLargest
    ? Math.max(terms, ...expected.filter(Number.isFinite).map(Math.abs))
    : terms;
  const absolute = tolerance.absolute + tolerance.relative * scale;
  expected.forEach((e, i) => {
    const error = errorOf(actual[i], e, { ...tolerance, absolute });
    if (error > worst) [worst, at] = [error, i];
  });
  if (worst <= tolerance.relative) return { worst };
  return {
    worst: Number.isFinite(worst) ? worst : 0,
    failure: `element ${at} is ${actual[at]} instead of ${expected[at]}, ${worst.toExponential(1)} apart`,
  };
}

/**
 * The relative error of a number; what is smaller than absolute/relative tolerance counts as that large.
 * NaN is to be met by NaN and an infinity by itself.
 */
function errorOf(actual: number, expected: number, tolerance: Tolerance): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  if (tolerance.excusesNaN && Number.isNaN(expected)) return 0;
  const apart = Math.abs(actual - expected);
  if (!Number.isFinite(apart) || tolerance.relative === 0) return Infinity;
  return apart / (Math.abs(expected) + tolerance.absolute / tolerance.relative);
}
