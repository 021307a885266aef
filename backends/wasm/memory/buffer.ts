/** Elements in a heap. */
import {
  BackendError,
  type Buffer,
  bytesPerElement,
  type DType,
  type TypedArray,
  type View,
} from "@tapegrad/core/backend";
import { arrayOver } from "../../common/arrays.ts";
import type { Heap, Holder } from "./heap.ts";

/** Elements of one dtype in wasm memory. */
export class WasmBuffer implements Buffer, Holder {
  readonly dtype: DType;
  readonly length: number;
  readonly bytes: number;
  /** What filled it last. */
  op = "tensor";
  readonly #heap: Heap;
  #pointer: number;
  #elements: TypedArray | null = null;
  #freed: Error | undefined;

  /** Takes memory for `length` elements, or sees a place in memory of another's. */
  constructor(heap: Heap, dtype: DType, length: number, place?: number) {
    this.dtype = dtype;
    this.length = length;
    this.bytes = length * bytesPerElement(dtype);
    this.#heap = heap;
    this.#pointer = place ?? heap.allocate(this.bytes);
    if (place === undefined) heap.holders.add(this);
  }

  /** Where its elements are, in bytes; an error once it was freed. */
  get pointer(): number {
    if (this.#pointer === 0) throw this.#gone("use");
    return this.#pointer;
  }

  /** Its elements, for the host; not to be kept, for when memory grows it is another array. */
  get elements(): TypedArray {
    const { pointer, length } = this, known = this.#elements;
    if (known !== null && known.length > 0) return known;
    return this.#elements = arrayOver(this.dtype, this.#heap.memory.buffer, pointer, length);
  }

  /** Gives its memory back; `where` is told to who uses it after that. */
  free(where?: Error): void {
    if (this.#pointer === 0) throw this.#gone("free");
    this.#heap.holders.delete(this);
    this.#heap.free(this.#pointer, this.bytes);
    this.#pointer = 0;
    this.#elements = null;
    this.#freed = where;
  }

  #gone(what: string): BackendError {
    const { length, dtype, op } = this;
    return new BackendError(
      `Cannot ${what} ${length} elements of ${dtype} that ${op} made: they were freed`,
      {
        cause: this.#freed,
      },
    );
  }
}

/** The view as the cpu's kernels take it: its buffer is an array of the host, over wasm memory or not. */
export function onHost(view: View): View {
  const { buffer, dtype, shape, strides, offset } = view;
  return buffer instanceof WasmBuffer ? { buffer: buffer.elements, dtype, shape, strides, offset } : view;
}
