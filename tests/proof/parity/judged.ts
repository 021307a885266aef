/** Samples whose answers are known exactly, where what PyTorch has is its rounding, with the terms that cancel. */
import type { DType } from "@tapegrad/core";
import { type Encoded, type EncodedTensor, leavesOf, NotCovered, numbersOf, type Sample } from "./sample.ts";

/** An exact result, and how large the terms are that cancel to it: roundings are of their size. */
export interface Exact extends EncodedTensor {
  readonly terms: number;
}

type Results = readonly (EncodedTensor | null)[];

/** Which leaf has slopes of 0, the terms of the first and of the second order, and the other leaf's second order. */
interface Verdict {
  readonly leaf: number;
  readonly terms: readonly [first: number, second: number];
  readonly other?: readonly number[];
}

function isTensor(value: Encoded | undefined): value is EncodedTensor {
  return typeof value === "object" && value !== null && "$tensor" in value;
}

function largest(numbers: readonly number[]): number {
  return Math.max(0, ...numbers.map(Math.abs));
}

/**
 * With a correction of 1 the covariances of two observations are d·dᵀ/2 of their difference d, however they are weighed:
 * with V1 = a + b and V2 = a² + b² sums over ab/V1 are divided by V1 - V2/V1 = 2ab/V1. PyTorch has -1.2e-3 and 0.07 for
 * slopes in a weight of 0.028, of which single precision has terms of 3e3 and 1e5, and in the second order in x
 * -0.87854372 where -0.87870789 is right.
 */
function ofTwoObservations(sample: Sample): Verdict | null {
  const { args: [x], kwargs: { correction = 1, fweights = null, aweights }, output, cotangents } = sample;
  if (!isTensor(x) || !isTensor(aweights) || !aweights.$tensor.grad) return null;
  if (correction !== 1 || fweights !== null || x.$tensor.shape.at(-1) !== 2 || x.$tensor.shape.length !== 2) {
    return null;
  }
  const least = Math.min(...numbersOf(aweights)), cov = numbersOf(output[0]);
  const first = numbersOf(cotangents[0]).reduce((sum, ct, i) => sum + Math.abs(ct * cov[i]), 0) / least;
  return {
    leaf: leavesOf(sample).indexOf(aweights),
    terms: [first, first / least],
    other: curvatureOfHalfSquare(numbersOf(cotangents[0]), numbersOf(sample.directions[0])),
  };
}

// ct·d·dᵀ/2 with d = x₁ - x₀ has the second derivative (ct + ctᵀ)/2, here along a direction of rows [x₀, x₁].
function curvatureOfHalfSquare(ct: readonly number[], direction: readonly number[]): number[] {
  const rows = direction.length / 2,
    along = Array.from({ length: rows }, (_, i) => direction[2 * i + 1] - direction[2 * i]);
  return along.flatMap((_, i) => {
    const sum = along.reduce((sum, d, j) => sum + (ct[i * rows + j] + ct[j * rows + i]) / 2 * d, 0);
    return [-sum, sum];
  });
}

/**
 * A number alone is normalized to its sign, whatever the order of the norm. PyTorch has -4.5e-13 for the slope of the
 * slope at -0.0098, where terms are 1e4.
 */
function ofNumbersAlone({ args: [x], kwargs: { dim = 1 }, cotangents }: Sample): Verdict | null {
  if (!isTensor(x) || typeof dim !== "number" || x.$tensor.shape.at(dim) !== 1) return null;
  const least = Math.min(...numbersOf(x).map(Math.abs)), ct = largest(numbersOf(cotangents[0]));
  return least > 0 ? { leaf: 0, terms: [ct / least, ct / least ** 2] } : null;
}

const verdicts: Readonly<Record<string, (sample: Sample) => Verdict | null>> = {
  "cov": ofTwoObservations,
  "nn.functional.normalize": ofNumbersAlone,
};

function replaced(results: Results, at: number, terms: number, numbers?: readonly number[]): Results {
  const given = results[at];
  if (!given) return results;
  const { $tensor } = given, data = numbers ?? $tensor.data.map(() => 0);
  const exact: Exact = { $tensor: { ...$tensor, data }, terms };
  return results.with(at, exact);
}

// Of 3000 numbers of f64 that differ two are -4.832398891448975 in f32, which so is the mode, where it is the least of all.
function checkRounded({ args: [x] }: Sample): void {
  if (!isTensor(x)) return;
  const numbers = numbersOf(x),
    kinds = new Set(numbers).size,
    rounded = new Set(Float32Array.from(numbers)).size;
  if (rounded < kinds) {
    throw new NotCovered("numbers that differ in f64 are one in f32, and make another mode");
  }
}

/** A sample of an operator with the exact answer where that is known, and as it is elsewhere. */
export function judged(op: string, sample: Sample, float: DType): Sample {
  if (op === "mode" && float === "f32") checkRounded(sample);
  const verdict = verdicts[op]?.(sample);
  if (!verdict) return sample;
  const { leaf, terms: [first, last], other } = verdict,
    second = sample.second && replaced(sample.second, leaf, last);
  return {
    ...sample,
    grads: replaced(sample.grads, leaf, first),
    second: second && other ? replaced(second, 1 - leaf, 0, other) : second,
  };
}
