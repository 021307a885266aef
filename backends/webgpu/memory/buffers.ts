/** Device memory: buffers of elements, and the blocks of bytes that back them. */
import {
  BackendError,
  type Buffer,
  bytesPerElement,
  checkLength,
  type DType,
  hostArray,
  type TypedArray,
  type View,
} from "@tapegrad/core/backend";
import type { Dependence } from "../device/dependence.ts";
import { BufferPool } from "../../common/pool.ts";
import { sizeClass } from "../../common/size_class.ts";

/** A run of bytes on the device. */
export interface Block {
  /** Distinct for each block. */
  readonly id: number;
  /** Its bytes, a multiple of four. */
  readonly size: number;
  /** The device's handle. */
  readonly gpu: GPUBuffer;
}

/** Elements of one dtype; without a block until a kernel reads or writes them there. */
export class DeviceBuffer implements Buffer {
  readonly dtype: DType;
  readonly length: number;
  /** Where the elements are, once they are on the device. */
  block: Block | null = null;
  /** The only element if the host wrote it, which kernels take as a parameter; else `null`. */
  element: TypedArray | null = null;
  /** Whether that element is on the device too. */
  resident = false;
  /** The number of a plan that its element is, while that is made. */
  slot: number | null = null;
  /** The uses of indices that its elements were computed from, as far as they are not known to be right. */
  dependence: Dependence | null = null;

  constructor(dtype: DType, length: number) {
    this.dtype = dtype;
    this.length = length;
  }

  /** Takes over the one element that the host wrote. */
  setElement(data: TypedArray): void {
    this.element = data;
    this.resident = false;
  }
}

/** The buffer behind a view of this backend. */
export function bufferOf(view: View): DeviceBuffer {
  return view.buffer as DeviceBuffer;
}

/** Bytes of an element on the device, where a bool takes a word. */
export function bytesOnDevice(dtype: DType): number {
  return dtype === "bool" ? 4 : bytesPerElement(dtype);
}

/** The elements as the device holds them. */
export function encoded(data: TypedArray, dtype: DType): TypedArray {
  if (dtype !== "bool") return data;
  const words = hostArray("u32", data.length);
  words.set(data);
  return words;
}

/** Elements of `dtype` from the device's bytes, as a copy. */
export function decoded(bytes: ArrayBuffer, at: number, dtype: DType, length: number): TypedArray {
  const out = hostArray(dtype, length);
  if (dtype === "bool") out.set(new Uint32Array(bytes, at, length));
  else new Uint8Array(out.buffer).set(new Uint8Array(bytes, at, out.byteLength));
  return out;
}

const MEBIBYTE = 2 ** 20;

/** How much memory that is not in use a device keeps for the next request. */
const KEPT = 512 * MEBIBYTE;
/** Of blocks this large the device is asked whether it had the memory. */
const WORTH_ASKING = MEBIBYTE;

/** How a device's blocks are made. */
export interface BlockOptions {
  /** What they are for, see {@link usage}. */
  readonly usage: number;
  /** Destroys a block when no queued command needs it any more. */
  readonly discard: (block: Block) => void;
  /** Told when the device had no memory for a block of so many bytes. */
  readonly exhausted?: (bytes: number, error: GPUError) => void;
}

/** Makes blocks and keeps freed ones by size class. */
export class BlockAllocator {
  readonly #device: GPUDevice;
  readonly #options: BlockOptions;
  readonly #pool: BufferPool<Block>;
  readonly #largest: number;
  #next = 0;

  constructor(device: GPUDevice, options: BlockOptions) {
    this.#device = device;
    this.#options = options;
    this.#largest = Math.floor(device.limits.maxBufferSize / 4) * 4;
    this.#pool = new BufferPool({ worthKeeping: 0, capacity: KEPT, discard: options.discard });
  }

  /** Refuses what no buffer of this device can hold. */
  check(bytes: number): void {
    checkLength(bytes);
    if (bytes > this.#largest) throw tooLarge(bytes, this.#largest);
  }

  /** A block of at least so many bytes, with any content; one of those that are wished for, if it is free. */
  take(bytes: number, wished?: readonly Block[]): Block {
    this.check(bytes);
    const size = Math.min(sizeClass(bytes), this.#largest);
    return this.#pool.take(size, size, () => this.#make(size), wished);
  }

  /** Takes a block back. */
  give(block: Block): void {
    this.#pool.give(block, block.size);
  }

  /** Bytes in use, and bytes kept for later. */
  get held(): { readonly used: number; readonly kept: number } {
    return { used: this.#pool.memory().bytes, kept: this.#pool.kept };
  }

  /** Destroys what is kept. */
  clear(): void {
    this.#pool.clear();
  }

  #make(size: number): Block {
    const { usage, exhausted } = this.#options, asking = exhausted && size >= WORTH_ASKING;
    if (asking) this.#device.pushErrorScope("out-of-memory");
    const gpu = this.#device.createBuffer({ size, usage });
    if (asking) this.#device.popErrorScope().then((error) => error && exhausted(size, error), () => {});
    return { id: this.#next++, size, gpu };
  }
}

function tooLarge(bytes: number, most: number): BackendError {
  return new BackendError(
    `Cannot allocate ${bytes} bytes on webgpu: a buffer of this device has at most ${most}, split the tensor`,
  );
}
