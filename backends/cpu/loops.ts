/** What the kernels of this backend have in common. */
import type { TypedArray, View } from "@tapegrad/core/backend";

/** The elements of a view's buffer: on this backend a buffer is a typed array. */
export function elementsOf(view: View): TypedArray {
  return view.buffer as unknown as TypedArray;
}

/** The buffers of a kernel's operands. */
export type Buffers = readonly TypedArray[];

/** Where a kernel starts in each buffer. */
export type Positions = readonly number[];

/** The strides of a kernel's loops through each buffer, the innermost last. */
export type Strides = readonly (readonly number[])[];

/** How a loop's step through a view looks to generated code: every element, one element, or a stride. */
export type StepClass = "1" | "0" | "s";

/** The class of a stride. */
export function stepClass(stride: number): StepClass {
  return stride === 1 ? "1" : stride === 0 ? "0" : "s";
}

/** From so many elements on, copying by the engine is faster than a loop, though it takes an object. */
const LONG = 128;

/** Brings every `step`-th element into a lane, or into part of it. */
export function load(
  elements: TypedArray,
  at: number,
  step: number,
  lane: Float64Array,
  from = 0,
  to: number = lane.length,
): void {
  if (step === 0) lane.fill(elements[at], from, to);
  else if (step === 1 && to - from >= LONG) lane.set(elements.subarray(at, at + to - from), from);
  else for (let j = from; j < to; j++, at += step) lane[j] = elements[at];
}

/** Puts a lane, or part of it, into every `step`-th element. */
export function store(
  elements: TypedArray,
  at: number,
  step: number,
  lane: Float64Array,
  from = 0,
  to: number = lane.length,
): void {
  if (step !== 1 || to - from < LONG) { for (let j = from; j < to; j++, at += step) elements[at] = lane[j]; }
  else elements.set(from === 0 && to === lane.length ? lane : lane.subarray(from, to), at);
}
