/** Operands of kernels: what is in arrays of the host is brought to wasm memory for the call. */
import { bytesPerElement, type TypedArray, type View } from "@tapegrad/core/backend";
import { WasmBuffer } from "../memory/buffer.ts";
import type { Heap } from "../memory/heap.ts";
import type { Operand } from "./kernel.ts";

/** Runs a kernel on operands that all are in wasm memory. */
export type Run = (inputs: readonly Operand[], outputs: readonly Operand[]) => boolean;

/** Whether a view's elements are in wasm memory. */
export function isResident(view: View): boolean {
  return view.buffer instanceof WasmBuffer;
}

/** Runs a kernel on views, copying arrays of the host to scratch memory and, if it ran, those it writes to back. */
export function withOperands(
  heap: Heap,
  inputs: readonly View[],
  outputs: readonly View[],
  run: Run,
): boolean {
  const room = roomFor(inputs) + roomFor(outputs);
  if (room === 0) {
    return run(
      inputs.map((view) => operandAt(view, 0)),
      outputs.map((view) => operandAt(view, 0)),
    );
  }
  return heap.scratch(room, (start) => {
    const stage = new Stage(heap, start), outs = outputs.map((view) => stage.operand(view));
    const done = run(inputs.map((view) => stage.operand(view)), outs);
    if (done) stage.bringBack(outputs);
    return done;
  });
}

/** Copies start at multiples of this. */
const APART = 16;

function roomFor(views: readonly View[]): number {
  let bytes = 0;
  for (const view of views) if (!isResident(view)) bytes += sizeOnStage(view.buffer as TypedArray);
  return bytes;
}

function sizeOnStage({ byteLength }: TypedArray): number {
  return Math.ceil(byteLength / APART) * APART;
}

// `place`: where the copy is of an array that is not in wasm memory.
function operandAt({ buffer, dtype, shape, strides, offset }: View, place: number): Operand {
  const start = buffer instanceof WasmBuffer ? buffer.pointer : place;
  return { pointer: start + offset * bytesPerElement(dtype), dtype, shape, strides };
}

/** Copies of arrays in scratch memory, one of each. */
class Stage {
  readonly #heap: Heap;
  readonly #places = new Map<TypedArray, number>();
  #next: number;

  constructor(heap: Heap, start: number) {
    this.#heap = heap;
    this.#next = start;
  }

  operand(view: View): Operand {
    return operandAt(view, isResident(view) ? 0 : this.#placeOf(view));
  }

  /** Copies what views see back to where it came from. */
  bringBack(views: readonly View[]): void {
    for (const view of views) {
      if (isResident(view)) continue;
      const array = view.buffer as TypedArray;
      array.set(this.#copyOf(view, this.#places.get(array)!));
    }
  }

  #placeOf(view: View): number {
    const array = view.buffer as TypedArray, known = this.#places.get(array);
    if (known !== undefined) return known;
    const place = this.#next;
    this.#next += sizeOnStage(array);
    this.#places.set(array, place);
    // A number costs less to write than a view of it to be made.
    if (array.length === 1) this.#heap.array(view.dtype)[place / bytesPerElement(view.dtype)] = array[0];
    else this.#copyOf(view, place).set(array);
    return place;
  }

  #copyOf({ buffer, dtype }: View, place: number): TypedArray {
    const first = place / bytesPerElement(dtype);
    return this.#heap.array(dtype).subarray(first, first + buffer.length);
  }
}
