/** The sampler by which some samples are likelier than others. */
import { checkOptions, type Key, Tensor, uniform } from "@tapegrad/core";
import { elementsOf } from "./host_order.ts";
import { checkCount, countOf, type Sampler } from "./sampler.ts";

/**
 * What {@link WeightedRandomSampler} may be told.
 *
 * @category Data
 */
export interface WeightedRandomSamplerOptions {
  /** Whether a sample can be taken again in an epoch; it can unless said. */
  readonly replacement?: boolean;
}

/**
 * `numSamples` samples, each as likely as its weight says, `torch.utils.data.WeightedRandomSampler`. Weights are
 * numbers from 0, one a sample, which need not sum to 1. More samples than have a weight above 0, without
 * replacement, are a `RangeError`.
 *
 * @category Data
 * @example
 * ```ts
 * import { arange, key } from "@tapegrad/core";
 * import { DataLoader, TensorDataset, WeightedRandomSampler } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const sampler = new WeightedRandomSampler([0, 1, 3], 400);
 * const loader = new DataLoader(new TensorDataset(arange(3)), { batchSize: 400, sampler, key: key(1) });
 * const [[x]] = loader;
 * assertEquals(Math.round(await x.mean().item() * 10), 18);
 * ```
 */
export class WeightedRandomSampler implements Sampler {
  /** "weighted". */
  readonly kind: string;
  /** How many samples an epoch takes. */
  readonly length: number;
  /** How likely each sample is, compared with others. */
  readonly weights: Float64Array;
  readonly #replacement: boolean;

  /** By these weights. */
  constructor(
    weights: ArrayLike<number> | Tensor,
    numSamples: number,
    options: WeightedRandomSamplerOptions = {},
  ) {
    checkOptions("sample by weights", options, { replacement: true });
    checkCount("draw", numSamples);
    this.#replacement = options.replacement ?? true;
    this.weights = weightsOf(weights);
    const possible = this.weights.filter((weight) => weight > 0).length;
    if (numSamples > (this.#replacement && possible > 0 ? Infinity : possible)) {
      const how = this.#replacement ? "" : " without replacement";
      throw new RangeError(`Cannot draw ${numSamples} samples${how}: ${possible} have a weight above 0`);
    }
    this.length = numSamples;
    this.kind = this.#replacement ? "weighted" : "weighted without replacement";
  }

  /** Positions by this key. */
  order(key: Key): Int32Array {
    return this.#replacement ? this.#drawn(key) : this.#chosen(key);
  }

  #drawn(key: Key): Int32Array {
    let sum = 0;
    const sums = this.weights.map((weight) => sum += weight);
    return Int32Array.from(uniforms(this.length, key), (u) => firstAbove(sums, u * sum));
  }

  // Those of which the first of clocks that ring at these rates ring: Efraimidis and Spirakis, 2006.
  #chosen(key: Key): Int32Array {
    const u = uniforms(this.weights.length, key);
    const times = this.weights.map((weight, i) => -Math.log1p(-u[i]) / weight);
    const order = Int32Array.from(times, (_, i) => i).filter((i) => this.weights[i] > 0);
    return order.sort((a, b) => times[a] - times[b]).slice(0, this.length);
  }
}

function uniforms(count: number, key: Key): ArrayLike<number> {
  return elementsOf((backend) => uniform([count], { key, backend, dtype: "f64" }));
}

/** The first position whose sum is above a number, or the last at which sums grow. */
function firstAbove(sums: Float64Array, x: number): number {
  let low = 0, high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > x) high = middle;
    else low = middle + 1;
  }
  while (low > 0 && sums[low] === sums[low - 1]) low--;
  return low;
}

function weightsOf(given: ArrayLike<number> | Tensor): Float64Array {
  const list = given instanceof Tensor ? given.reshape([-1]).dataSync() as ArrayLike<number> : given;
  countOf(list);
  const weights = Float64Array.from(Array.from(list), (weight) => typeof weight === "number" ? weight : NaN),
    sum = weights.reduce((a, b) => a + b, 0);
  const stray = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (stray >= 0) {
    throw new RangeError(
      `Cannot sample by weights with ${weights[stray]} at ${stray}: numbers from 0 are needed`,
    );
  }
  if (sum < Infinity) return weights;
  throw new RangeError("Cannot sample by weights whose sum is beyond all numbers: make them smaller");
}
