/** The kernels in wasm by the names of ops; ops without one run the cpu's. */
import type { CompositeKernels, ConvolutionKernels, PrimitiveKernels } from "@tapegrad/core/backend";
import { convolutions } from "./conv/convolution.ts";
import { cumulate } from "./cumulate.ts";
import { fold } from "./fold.ts";
import { gather, scatter } from "./indexing.ts";
import type { WasmKernelsFor } from "./kernel.ts";
import { laneKernels } from "./lanes.ts";
import { map } from "./map.ts";
import { matmul } from "./matmul/matmul.ts";
import { reduce } from "./reduce.ts";
import { argsort } from "./sort.ts";

/** A table of kernels, each under its op's name. */
export type WasmKernels = Partial<WasmKernelsFor<PrimitiveKernels & CompositeKernels & ConvolutionKernels>>;

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
  ...convolutions,
};

/**
 * Composites that have a kernel of the cpu's alone: on so many elements what they are made of, in wasm, is faster. Of
 * 256 × 1000 logits the kernel took 13 ms forward and back, its parts 3.6; of 256 × 10 both took the same.
 */
export const partsFaster: Readonly<Record<string, number>> = {
  crossEntropy: 2048,
  crossEntropyBackward: 2048,
};
