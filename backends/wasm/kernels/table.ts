/** The kernels in wasm by the names of ops; ops without one run the cpu's. */
import type {
  CompositeKernels,
  ConvolutionKernels,
  LossKernels,
  PrimitiveKernels,
} from "@tapegrad/core/backend";
import { convolutions } from "./conv/convolution.ts";
import { crossEntropy, crossEntropyBackward } from "./cross_entropy.ts";
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
export type WasmKernels = Partial<
  WasmKernelsFor<PrimitiveKernels & CompositeKernels & ConvolutionKernels & LossKernels>
>;

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
  crossEntropy,
  crossEntropyBackward,
};
