/** What kernels in wasm are given. */
import type { DType, Kernel, Shape } from "@tapegrad/core/backend";
import type { Heap } from "../memory/heap.ts";

/** A view of elements in wasm memory. */
export interface Operand {
  /** Of the element at index 0, in bytes. */
  readonly pointer: number;
  /** What the elements are. */
  readonly dtype: DType;
  /** Extents, outermost first. */
  readonly shape: Shape;
  /** Distance between neighbours along each axis, in elements. */
  readonly strides: readonly number[];
}

/**
 * A kernel in wasm, under the contract of {@link Kernel}: false where it has none for these operands, having written
 * nothing, and then the cpu's kernel runs on the memory. One of a composite that the cpu has no kernel of is there for all
 * operands.
 */
export type WasmKernel<A> = (
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  attributes: A,
  heap: Heap,
) => boolean;

/** Kernels in wasm in the place of others, by the names of ops. */
export type WasmKernelsFor<Kernels> = {
  readonly [Name in keyof Kernels]: Kernels[Name] extends Kernel<infer A> ? WasmKernel<A> : never;
};
