/** Programs over lanes by hand, on lanes in double precision: the result is left in the first. */
import type { DType } from "@tapegrad/core/backend";
import { exponential } from "./exponential.ts";

/** What is done with a lane of each input. */
export type LaneWork = (lanes: readonly Float64Array[]) => void;

/** Work by the names of programs. */
type LaneWorks = Readonly<Record<string, LaneWork>>;

function worksWith(exp: (x: number) => number): LaneWorks {
  return {
    softmax([x]): void {
      const most = largest(x);
      for (let j = 0; j < x.length; j++) x[j] = exp(x[j] - most);
      const sum = sumOf(x);
      for (let j = 0; j < x.length; j++) x[j] /= sum;
    },
    logSoftmax([x, room]): void {
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
    layerNorm([x, eps]): void {
      center(x);
      scale(x, scaleOf(x, eps));
    },
    layerNormBackward([x, eps, ct]): void {
      center(x);
      pullBack(x, ct, scaleOf(x, eps));
      center(x);
    },
    rmsNorm([x, eps]): void {
      scale(x, scaleOf(x, eps));
    },
    rmsNormBackward([x, eps, ct]): void {
      pullBack(x, ct, scaleOf(x, eps));
    },
  };
}

const precise = worksWith(Math.exp), quick = worksWith(exponential);

/** What a program does to the lanes of a result of a dtype. */
export function laneWorkOf(program: string, dtype: DType): LaneWork {
  return (dtype === "f64" ? precise : quick)[program];
}

function center(x: Float64Array): void {
  const mean = sumOf(x) / x.length;
  for (let j = 0; j < x.length; j++) x[j] -= mean;
}

function scaleOf(x: Float64Array, [eps]: Float64Array): number {
  return 1 / Math.sqrt(dot(x, x) / x.length + eps);
}

function scale(x: Float64Array, by: number): void {
  for (let j = 0; j < x.length; j++) x[j] *= by;
}

// From x to the cotangent of it. A mean that x does not have, the result has only as ct does.
function pullBack(x: Float64Array, ct: Float64Array, scale: number): void {
  const along = dot(x, ct) / x.length * scale;
  for (let j = 0; j < x.length; j++) x[j] = scale * (ct[j] - x[j] * scale * along);
}

// A NaN is larger than all.
function largest(x: Float64Array): number {
  let most = -Infinity;
  for (let j = 0; j < x.length; j++) {
    const v = x[j];
    if (v > most || v !== v) most = v;
  }
  return most;
}

/** How many elements are summed before they join the total, so that rounding does not pile up; a multiple of 4. */
const BLOCK = 512;

function sumOf(x: Float64Array): number {
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
