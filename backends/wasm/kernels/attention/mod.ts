/** Attention and its gradients in wasm, and for which operands there are kernels. */
import { type AttentionKernels, type DType, sizeOf, type View } from "@tapegrad/core/backend";
import type { WasmKernelsFor } from "../kernel.ts";
import { isResident } from "../operands.ts";
import { attentionBackward } from "./backward.ts";
import { attention } from "./forward.ts";

/** The kernels by the names of the composites. */
export const attentionKernels: WasmKernelsFor<AttentionKernels> = {
  scaledDotProductAttention: attention,
  attentionBackward: attentionBackward,
};

const known: ReadonlySet<DType> = new Set(["f32", "f64", "bool"]);

/** Whether there is a kernel: not of halves, nor with dropout, whose key is of words, nor where there is nothing or little. */
export function suitsAttention(inputs: readonly View[]): boolean {
  return inputs.some(isResident) && inputs.every(({ dtype, shape }) => known.has(dtype) && sizeOf(shape) > 0);
}
