/** What each run of a plan is given: pointers and numbers are written to its block, small arrays copied there and back. */
import {
  type Buffer,
  bytesPerElement,
  type DType,
  type PlanRequest,
  sizeOf,
  type TypedArray,
} from "@tapegrad/core/backend";
import type { WasmBuffer } from "../memory/buffer.ts";
import type { Heap } from "../memory/heap.ts";

/** Elements in the block. */
interface Spot {
  readonly dtype: DType;
  /** The first of them, as an array over the whole memory counts. */
  readonly first: number;
  readonly length: number;
}

/** A small array of the host, and whether it is copied before a run and after it. */
interface Staged extends Spot {
  readonly buffer: number;
  readonly isRead: boolean;
  readonly isWritten: boolean;
}

/** Of so few elements each is copied by itself. */
const FEW = 16;

/** What is given to the runs of a plan. */
export class Given {
  /** Where the buffers of large memories begin, by their numbers. */
  readonly pointers: number[];
  readonly #heap: Heap;
  readonly #large: readonly number[];
  readonly #written: readonly number[];
  readonly #staged: readonly Staged[];
  readonly #numbers: readonly Spot[];
  readonly #table: number;

  /** Memory of a plan whose block is at `start`, with places in it or -1, and a table of pointers. */
  constructor(heap: Heap, request: PlanRequest, places: readonly number[], start: number, table: number) {
    const { memories } = request, { read, written } = touched(request);
    const spot = (i: number): Spot => {
      const { dtype, length } = memories[i];
      return { dtype, first: (start + places[i]) / bytesPerElement(dtype), length };
    };
    const indices = (kind: string) => memories.flatMap((one, i) => one.kind === kind ? [i] : []);
    const given = indices("given");
    this.#heap = heap;
    this.#large = given.filter((i) => places[i] < 0);
    this.#written = this.#large.filter((i) => written.has(i));
    this.#staged = given.filter((i) => places[i] >= 0).map((i) => (
      { ...spot(i), buffer: i, isRead: read.has(i), isWritten: written.has(i) }
    ));
    this.#numbers = indices("number").map(spot);
    this.pointers = memories.map(() => 0);
    this.#table = (start + table) / 4;
  }

  /** Takes what a run is given. */
  take(buffers: readonly Buffer[], numbers: ArrayLike<number>): void {
    const heap = this.#heap, table = heap.array("u32");
    for (const i of this.#large) {
      table[this.#table + i] = this.pointers[i] = (buffers[i] as WasmBuffer).pointer;
    }
    for (const { isRead, buffer, dtype, first, length } of this.#staged) {
      if (isRead) copy(buffers[buffer] as TypedArray, 0, heap.array(dtype), first, length);
    }
    let next = 0;
    for (const { dtype, first, length } of this.#numbers) {
      const array = heap.array(dtype);
      for (let i = 0; i < length; i++) array[first + i] = numbers[next++];
    }
  }

  /** Copies what the run wrote of arrays of the host to them. */
  bringBack(buffers: readonly Buffer[], op: string): void {
    const heap = this.#heap;
    for (const { isWritten, buffer, dtype, first, length } of this.#staged) {
      if (isWritten) copy(heap.array(dtype), first, buffers[buffer] as TypedArray, 0, length);
    }
    for (const i of this.#written) (buffers[i] as WasmBuffer).op = op;
  }
}

function copy(from: TypedArray, start: number, to: TypedArray, first: number, length: number): void {
  if (length <= FEW) { for (let i = 0; i < length; i++) to[first + i] = from[start + i]; }
  else to.set(from.subarray(start, start + length), first);
}

// What is written by no step as a whole before any reads it is to be there before.
function touched(
  { memories, steps }: PlanRequest,
): { readonly read: Set<number>; readonly written: Set<number> } {
  const read = new Set<number>(), written = new Set<number>();
  for (const { inputs, outputs } of steps) {
    for (const { memory } of inputs) if (!written.has(memory)) read.add(memory);
    for (const { memory, shape } of outputs) {
      if (sizeOf(shape) < memories[memory].length && !written.has(memory)) read.add(memory);
      written.add(memory);
    }
  }
  return { read, written };
}
