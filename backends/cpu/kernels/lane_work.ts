/** Programs over lanes by hand, on lanes in double precision. */
import type { DType } from "@tapegrad/core/backend";
import { exponential } from "./exponential.ts";

/**
 * What is done with a lane of each input: the first is left as the result's if that is wanted, none other is changed.
 * There is room for one more, the other results are added to their totals, `null` of those that are not wanted, and
 * numbers of the lane, wanted or not, are put where there is room for them.
 */
export type LaneWork = (
  lanes: readonly Float64Array[],
  room: Float64Array,
  isWanted: boolean,
  totals: readonly (Float64Array | null)[],
  numbers: Float64Array,
) => void;

/** How many numbers of a lane there are at most. */
export const NUMBERS = 2;

/** Work by the names of programs. */
type LaneWorks = Readonly<Record<string, LaneWork>>;

const norms: LaneWorks = {
  layerNorm([x, eps, weight, bias]): void {
    center(x);
    scale(x, scaleOf(x, eps), weight, bias);
  },
  layerNormBackward([x, eps, ct, weight], room, isWanted, totals): void {
    center(x);
    const by = scaleOf(x, eps);
    addSlopes(x, ct, by, totals);
    if (!isWanted) return;
    pullBack(x, weight ? product(ct, weight, room) : ct, by);
    center(x);
  },
  rmsNorm([x, eps, weight, bias]): void {
    scale(x, scaleOf(x, eps), weight, bias);
  },
  rmsNormBackward([x, eps, ct, weight], room, isWanted, totals): void {
    const by = scaleOf(x, eps);
    addSlopes(x, ct, by, totals);
    if (isWanted) pullBack(x, weight ? product(ct, weight, room) : ct, by);
  },
  standardize([x, eps, weight, bias], _room, _isWanted, _totals, numbers): void {
    numbers[0] = center(x);
    numbers[1] = dot(x, x) / x.length;
    scale(x, 1 / Math.sqrt(numbers[1] + eps[0]), weight, bias);
  },
  standardizeBackward([x, eps, ct, weight], _room, isWanted, _totals, numbers): void {
    center(x);
    const by = scaleOf(x, eps), along = numbers[0] = dot(x, ct) * by, all = numbers[1] = sumOf(ct);
    if (!isWanted) return;
    const n = x.length, slope = along / n * by, level = all / n, factor = weight ? weight[0] * by : by;
    for (let j = 0; j < n; j++) x[j] = factor * (ct[j] - level - x[j] * slope);
  },
  "standardizeBackward within lanes"([x, eps, ct, weight], room, isWanted, _totals, numbers): void {
    numbers[0] = center(x);
    numbers[1] = scaleOf(x, eps);
    if (!isWanted) return;
    pullBack(x, weight ? product(ct, weight, room) : ct, numbers[1]);
    center(x);
  },
};

function worksWith(exp: (x: number) => number): LaneWorks {
  return {
    softmax([x]): void {
      const most = largest(x);
      for (let j = 0; j < x.length; j++) x[j] = exp(x[j] - most);
      const sum = sumOf(x);
      for (let j = 0; j < x.length; j++) x[j] /= sum;
    },
    logSoftmax([x], room): void {
      const most = largest(x);
      for (let j = 0; j < x.length; j++) room[j] = exp(x[j] - most);
      const sum = Math.log(sumOf(room));
      for (let j = 0; j < x.length; j++) x[j] = x[j] - most - sum;
    },
    softmaxBackward([y, ct]): void {
      const sum = dot(y, ct);
      for (let j = 0; j < y.length; j++) y[j] *= ct[j] - sum;
    },
    logSoftmaxBackward([y, ct]): void {
      const sum = sumOf(ct);
      for (let j = 0; j < y.length; j++) y[j] = ct[j] - exp(y[j]) * sum;
    },
    ...norms,
  };
}

const precise = worksWith(Math.exp), quick = worksWith(exponential);

/** What a program does to the lanes of a result of a dtype. */
export function laneWorkOf(program: string, dtype: DType): LaneWork {
  return (dtype === "f64" ? precise : quick)[program];
}

function center(x: Float64Array): number {
  const mean = sumOf(x) / x.length;
  for (let j = 0; j < x.length; j++) x[j] -= mean;
  return mean;
}

function scaleOf(x: Float64Array, [eps]: Float64Array): number {
  return 1 / Math.sqrt(dot(x, x) / x.length + eps);
}

function scale(x: Float64Array, by: number, weight?: Float64Array, bias?: Float64Array): void {
  if (!weight) { for (let j = 0; j < x.length; j++) x[j] *= by; }
  else if (!bias) { for (let j = 0; j < x.length; j++) x[j] *= by * weight[j]; }
  else for (let j = 0; j < x.length; j++) x[j] = x[j] * by * weight[j] + bias[j];
}

function product(a: Float64Array, b: Float64Array, into: Float64Array): Float64Array {
  for (let j = 0; j < a.length; j++) into[j] = a[j] * b[j];
  return into;
}

// What a lane adds to the gradients of the weight and of the bias.
function addSlopes(
  x: Float64Array,
  ct: Float64Array,
  by: number,
  [, slopes, shifts]: readonly (Float64Array | null)[],
): void {
  if (slopes) { for (let j = 0; j < ct.length; j++) slopes[j] += ct[j] * x[j] * by; }
  if (shifts) { for (let j = 0; j < ct.length; j++) shifts[j] += ct[j]; }
}

// From x to the cotangent of it. A mean that x does not have, the result has only as ct does.
function pullBack(x: Float64Array, ct: Float64Array, scale: number): void {
  const along = dot(x, ct) / x.length * scale;
  for (let j = 0; j < x.length; j++) x[j] = scale * (ct[j] - x[j] * scale * along);
}

/** The largest of a lane; a NaN is larger than all. */
export function largest(x: Float64Array): number {
  let most = -Infinity;
  for (let j = 0; j < x.length; j++) {
    const v = x[j];
    if (v > most || v !== v) most = v;
  }
  return most;
}

/** How many elements are summed before they join the total, so that rounding does not pile up; a multiple of 4. */
const BLOCK = 512;

/** The sum of a lane. */
export function sumOf(x: Float64Array): number {
  let total = 0;
  for (let from = 0; from < x.length; from += BLOCK) {
    const to = Math.min(x.length, from + BLOCK);
    let a = 0, b = 0, c = 0, d = 0, j = from;
    for (; j + 4 <= to; j += 4) {
      a += x[j];
      b += x[j + 1];
      c += x[j + 2];
      d += x[j + 3];
    }
    for (; j < to; j++) a += x[j];
    total += (a + b) + (c + d);
  }
  return total;
}

function dot(x: Float64Array, y: Float64Array): number {
  let total = 0;
  for (let from = 0; from < x.length; from += BLOCK) {
    const to = Math.min(x.length, from + BLOCK);
    let a = 0, b = 0, c = 0, d = 0, j = from;
    for (; j + 4 <= to; j += 4) {
      a += x[j] * y[j];
      b += x[j + 1] * y[j + 1];
      c += x[j + 2] * y[j + 2];
      d += x[j + 3] * y[j + 3];
    }
    for (; j < to; j++) a += x[j] * y[j];
    total += (a + b) + (c + d);
  }
  return total;
}
