/** The kernels in wasm by the names of ops; ops without one run the cpu's. */
import type { CompositeKernels, Kernel, PrimitiveKernels } from "@tapegrad/core/backend";
import { cumulate } from "./cumulate.ts";
import { fold } from "./fold.ts";
import { gather, scatter } from "./indexing.ts";
import type { WasmKernel } from "./kernel.ts";
import { laneKernels } from "./lanes.ts";
import { map } from "./map.ts";
import { matmul } from "./matmul/matmul.ts";
import { reduce } from "./reduce.ts";
import { argsort } from "./sort.ts";

type Kernels = PrimitiveKernels & CompositeKernels;

/** A table of kernels, each under its op's name. */
export type WasmKernels = {
  readonly [Name in keyof Kernels]?: Kernels[Name] extends Kernel<infer A> ? WasmKernel<A> : never;
};

/** All that there are. */
export const wasmKernels: WasmKernels = {
  map,
  gather,
  scatter,
  fold,
  reduce,
  cumulate,
  argsort,
  matmul,
  ...laneKernels,
};
