/** The kernels in wasm by the names of ops; ops without one run the cpu's. */
import type {
  AttentionKernels,
  CompositeKernels,
  ConvolutionKernels,
  FusedKernels,
  LossKernels,
  PrimitiveKernels,
  View,
} from "@tapegrad/core/backend";
import { attentionKernels, suitsAttention } from "./attention/mod.ts";
import { convolutions } from "./conv/convolution.ts";
import { crossEntropy, crossEntropyBackward } from "./cross_entropy.ts";
import { cumulate } from "./cumulate.ts";
import { fold } from "./fold.ts";
import { gather, scatter } from "./indexing.ts";
import { iota } from "./iota.ts";
import type { WasmKernelsFor } from "./kernel.ts";
import { laneKernels, rows } from "./lanes.ts";
import { map } from "./map.ts";
import { maps } from "./maps.ts";
import { mappedMatmul } from "./matmul/mapped.ts";
import { matmul } from "./matmul/matmul.ts";
import { pools } from "./pool/pool.ts";
import { reduce } from "./reduce.ts";
import { argsort } from "./sort.ts";
import { standardizing } from "./standardize.ts";

/** A table of kernels, each under its op's name. */
export type WasmKernels = Partial<
  WasmKernelsFor<
    PrimitiveKernels & CompositeKernels & ConvolutionKernels & AttentionKernels & LossKernels & FusedKernels
  >
>;

/** All that there are. */
export const wasmKernels: WasmKernels & typeof pools = {
  map,
  gather,
  scatter,
  fold,
  reduce,
  cumulate,
  argsort,
  iota,
  matmul,
  mappedMatmul,
  maps,
  ...laneKernels,
  rows,
  ...standardizing,
  ...pools,
  ...convolutions,
  ...attentionKernels,
  crossEntropy,
  crossEntropyBackward,
};

/** Of composites that have a kernel for some operands alone whether it is for these. */
export const suits: Readonly<Record<string, (inputs: readonly View[]) => boolean>> = {
  scaledDotProductAttention: suitsAttention,
  attentionBackward: suitsAttention,
};
