/** Programs as a backend is given them, to be run again and again: what memory they touch, and their kernels in order. */
import type { DType, TypedArray } from "../base/dtype.ts";
import type { Layout } from "../base/layout.ts";
import type { Buffer, View } from "./backend.ts";

/**
 * Elements of a plan's memory seen through a layout.
 *
 * @category Backends
 */
export interface PlanView extends Layout {
  /** Which memory, by its index in {@link PlanRequest.memories}. */
  readonly memory: number;
  /** What the elements are. */
  readonly dtype: DType;
}

/**
 * Memory that a plan touches. What is `given` is a buffer of the backend that each run names: arguments, parameters,
 * what is returned. A `number` is set at each run, element by element; a `constant` has its elements for good. What is
 * `inner` is the plan's own, with any content before its first step and of no use after its last.
 *
 * @category Backends
 */
export interface PlanMemory {
  /** What it is. */
  readonly kind: "given" | "number" | "constant" | "inner";
  /** What its elements are. */
  readonly dtype: DType;
  /** How many there are. */
  readonly length: number;
  /** The first step that touches it. */
  readonly first: number;
  /** The last step that touches it. */
  readonly last: number;
  /** The elements of a constant. */
  readonly data?: TypedArray;
}

/**
 * One kernel of a plan. Inputs are as the kernel is to see them: those of a `map` have the shape of its outputs. An
 * output is disjoint from all inputs or the very same view as one, which is then changed in place.
 *
 * @category Backends
 */
export interface PlanStep {
  /** The op: a primitive, a composite that the backend has a kernel of, or "upload", which fills an output from `data`. */
  readonly op: string;
  /** What it reads. */
  readonly inputs: readonly PlanView[];
  /** What it writes. */
  readonly outputs: readonly PlanView[];
  /** The rest of its arguments: {@link AttributesOf} tells what they are for primitives. */
  readonly attributes: unknown;
  /** Runs it on views by the backend's kernel, or what does for one: for steps that a plan has no better way for. */
  run(inputs: readonly View[], outputs: readonly View[]): void;
}

/**
 * What a backend is asked to plan. Memories that are given come first, then numbers, constants, and inner ones.
 *
 * @category Backends
 */
export interface PlanRequest {
  /** All memory. */
  readonly memories: readonly PlanMemory[];
  /** The kernels, in order. */
  readonly steps: readonly PlanStep[];
}

/**
 * A program that a backend is ready to run.
 *
 * @category Backends
 */
export interface Plan extends Disposable {
  /**
   * Runs all steps on buffers, as many as there are given memories, no two of which are one where a step writes to it;
   * and on the elements of all numbers, one after another. Both lists may be others' at the next run.
   */
  run(given: readonly Buffer[], numbers: ArrayLike<number>): void;
  /** How many kernels a run starts. */
  readonly launches: number;
  /** Bytes that it holds between runs. */
  readonly bytes: number;
  /** How it runs, for a person to read. */
  describe?(): string;
}
