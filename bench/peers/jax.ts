/** jax-js on its WebAssembly device, the fastest it has where there is no GPU, and on WebGPU. */
import { blockUntilReady, defaultDevice, init, jit, numpy as np } from "@jax-js/jax";
import type { Contender } from "../measure.ts";
import type { Variant } from "../workload.ts";

/** A way to use jax-js. */
export interface Mode {
  /** Whether functions are compiled by `jit`. */
  readonly compiled: boolean;
  /** Whether results are read at once, by this thread, or awaited, by a pool with a thread a core. */
  readonly sync: boolean;
}

/** Results on this thread. */
export const syncModes: readonly Mode[] = [{ compiled: false, sync: true }, { compiled: true, sync: true }];

/** Those, and compiled with a pool of threads: for what is read in every run, where waiting costs more than it gains. */
export const mostModes: readonly Mode[] = [...syncModes, { compiled: true, sync: false }];

/** All four ways, for work large enough to share. */
export const allModes: readonly Mode[] = [...mostModes, { compiled: false, sync: false }];

/** Makes a variant for each mode. */
export function jaxVariants(
  modes: readonly Mode[],
  prepare: (mode: Mode) => Contender | Promise<Contender>,
): Variant[] {
  return modes.map((mode) => ({
    library: "jax-js",
    how: `${mode.compiled ? "jit" : "eager"}, ${mode.sync ? "1 thread" : "async"}`,
    prepare: async () => {
      await use("wasm");
      return await prepare(mode);
    },
  }));
}

/** Makes a variant for the device that navigator.gpu gives, which is read by awaiting. */
export function jaxOnGpu(prepare: (mode: Mode) => Contender | Promise<Contender>): Variant[] {
  return [false, true].map((compiled) => ({
    library: "jax-js",
    how: `${compiled ? "jit" : "eager"}, webgpu`,
    prepare: async () => {
      await use("webgpu");
      return await prepare({ compiled, sync: false });
    },
  }));
}

async function use(device: "wasm" | "webgpu"): Promise<void> {
  const there = await init(device);
  if (!there.includes(device)) throw new Error(`jax-js has no ${device} here, only ${there.join(", ")}`);
  defaultDevice(device);
}

/** `fn` as it is or compiled. */
export function inMode<F extends (...args: never[]) => unknown>(fn: F, { compiled }: Mode): F {
  // The types of jit lose those of trees of arrays.
  return compiled ? jit(fn as unknown as (x: np.Array) => np.Array) as unknown as F : fn;
}

/** An array of given elements. */
export function array(data: Float32Array<ArrayBuffer>, shape: number[]): np.Array {
  return np.array(data).reshape(shape);
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
