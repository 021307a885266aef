/** Results of as many elements as the device has counted, or as are asked for. */
import { checkInteger, checkOptions, checkSetting } from "../base/settings.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { to } from "./convert.ts";
import { cumsum } from "./cumulative.ts";
import { scatter } from "./indexing.ts";
import { minimum } from "./magnitude.ts";
import { arange } from "./ranges.ts";
import { sum } from "./reductions.ts";
import { narrow } from "./windows.ts";

/**
 * An extent that is given instead of counted, so that nothing has to be read.
 *
 * @category Indexing
 */
export interface SizeOptions {
  /** How many there are to be: what is beyond is left out, what is missing filled up. */
  readonly size: number;
  /** What is filled up with. */
  readonly fill?: number;
}

/** A result of as many as there are, which the device has counted. */
export interface Counted<T> {
  /** How many, as a scalar. */
  readonly count: Tensor;
  /** The result of so many. */
  finish(size: number, fill: number): T;
}

/** The result of a size that is given, or once it is read. */
export function settled<T>(
  op: string,
  { count, finish }: Counted<T>,
  options: SizeOptions | undefined,
  fill: number,
): T | Promise<T> {
  if (options === undefined) return count.item().then((size) => finish(size, fill));
  checkOptions(op, options, { size: 1, fill: 0 });
  checkInteger(op, "size", options.size, 0, Number.MAX_SAFE_INTEGER);
  if (options.fill !== undefined) checkSetting(op, "fill", options.fill);
  return finish(options.size, options.fill ?? fill);
}

/** The result at once, on backends that are read at once. */
export function atOnce<T>({ count, finish }: Counted<T>, fill: number): T {
  return finish(count.itemSync(), fill);
}

/** 0, 1, 2, … beside a tensor. */
export function counting(n: number, { backend }: Tensor): Tensor {
  return arange(n, undefined, { dtype: "i32", backend });
}

/** The places where a vector of truth values is true, behind them `fill`. */
export function truePlaces(mask: Tensor): Counted<Tensor> {
  const ranks = cumsum(to(mask, "i32"), 0);
  const finish = (size: number, fill: number): Tensor => {
    // What is not chosen, and what is too much, goes behind the last place.
    const at = where(mask, minimum(sub(ranks, 1), size), size);
    return narrow(scatter(filled(fill, [size + 1], ranks), 0, at, counting(mask.size, mask)), 0, 0, size);
  };
  return { count: sum(to(mask, "i32")), finish };
}
