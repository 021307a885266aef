/** What our uses of jax-js share: how its functions are used, and how its lazy arrays are had computed. */
import { blockUntilReady, jit, numpy as np } from "@jax-js/jax";

/** A way to use jax-js. */
export interface Mode {
  /** Whether functions are compiled by `jit`. */
  readonly compiled: boolean;
  /** Whether results are read at once, by this thread, or awaited. */
  readonly sync: boolean;
}

/** `fn` as it is or compiled. */
export function inMode<F extends (...args: never[]) => unknown>(fn: F, { compiled }: Mode): F {
  // The types of jit lose those of trees of arrays.
  return compiled ? jit(fn as unknown as (x: np.Array) => np.Array) as unknown as F : fn;
}

/** An array of given elements. */
export function array(data: Float32Array<ArrayBuffer>, shape: readonly number[]): np.Array {
  return np.array(data).reshape([...shape]);
}

/** Has arrays computed, for they are lazy, and frees them. */
export function finish(arrays: readonly np.Array[], { sync }: Mode): void | Promise<void> {
  if (!sync) return blockUntilReady([...arrays]).then(() => arrays.forEach((x) => x.dispose()));
  for (const x of arrays) corner(x).dataSync();
}

// One element depends on the whole kernel, and is no large copy that the others do not make.
function corner(x: np.Array): np.Array {
  let part = x;
  while (part.ndim > 0) part = part.slice(0);
  return part;
}

/** The elements of arrays in one list; frees them. */
export function elements(arrays: readonly np.Array[]): number[] {
  return arrays.flatMap((x) => Array.from(x.dataSync()));
}
