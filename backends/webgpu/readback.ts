/** Reading elements back to the host, many views in one round trip. */
import { input, isContiguous, sizeOf, type TypedArray, type View } from "@tapegrad/core";
import { type Block, BlockAllocator, bufferOf, bytesOnDevice, decoded } from "./buffers.ts";
import type { Executor } from "./executor.ts";
import type { Health } from "./health.ts";
import { map } from "./map.ts";
import { MAP_FOR_READING, usage } from "./flags.ts";

/** A view's bytes on their way: where they lie in the staging buffer. */
interface Part {
  readonly view: View;
  readonly at: number;
}

const identity = input(0);

/** Copies views to the host. */
export class Readback {
  readonly #executor: Executor;
  readonly #health: Health;
  readonly #staging: BlockAllocator;

  constructor(device: GPUDevice, executor: Executor, health: Health) {
    this.#executor = executor;
    this.#health = health;
    this.#staging = new BlockAllocator(device, {
      usage: usage.mapRead | usage.copyTarget,
      discard: (block) => executor.stream.destroy(block),
    });
  }

  /** The elements of views, row-major. */
  async read(views: readonly View[]): Promise<TypedArray[]> {
    this.#health.check();
    const parts: Part[] = [];
    let size = FAULT_BYTES;
    for (const view of views) {
      parts.push({ view, at: size });
      size += paddedBytes(view);
    }
    const staging = this.#staging.take(size), checked = this.#queue(parts, staging);
    try {
      return await this.#health.during(this.#arrive(parts, staging, size, checked));
    } finally {
      this.#staging.give(staging);
    }
  }

  /** Waits until the device did what was queued; throws what went wrong. */
  async settle(): Promise<void> {
    await this.read([]);
  }

  // Copies are queued at once, so that later changes of the tensors do not show.
  #queue(parts: readonly Part[], staging: Block): number {
    const { stream, faults } = this.#executor;
    for (const { view, at } of parts) if (sizeOf(view.shape) > 0) this.#copy(view, staging, at);
    stream.copy(this.#executor.resident(faults.view.buffer).gpu, 0, staging.gpu, 0, FAULT_BYTES);
    return faults.last;
  }

  #copy(view: View, staging: Block, at: number): void {
    const executor = this.#executor, start = view.offset * bytesOnDevice(view.dtype);
    const direct = isContiguous(view) && start % 4 === 0;
    const source = direct ? view : executor.temporary(view.dtype, view.shape);
    if (!direct) map(executor, identity, [view], source);
    const { gpu } = executor.resident(bufferOf(source));
    executor.stream.copy(gpu, direct ? start : 0, staging.gpu, at, paddedBytes(view));
    if (!direct) executor.release(source);
  }

  async #arrive(
    parts: readonly Part[],
    staging: Block,
    size: number,
    checked: number,
  ): Promise<TypedArray[]> {
    await this.#executor.stream.submit();
    await staging.gpu.mapAsync(MAP_FOR_READING, 0, size);
    const bytes = staging.gpu.getMappedRange(0, size);
    const arrays = parts.map(({ view, at }) => decoded(bytes, at, view.dtype, sizeOf(view.shape)));
    const [fault, index] = new Uint32Array(bytes.slice(0, FAULT_BYTES));
    staging.gpu.unmap();
    this.#health.settle();
    this.#checkFault(fault, index, checked);
    return arrays;
  }

  #checkFault(fault: number, index: number, checked: number): void {
    const { faults } = this.#executor;
    if (fault === 0) return faults.forget(checked);
    this.#executor.clearFault();
    throw faults.error(fault, index | 0);
  }
}

/** A report of a failed index precedes the elements; its size keeps them aligned. */
const FAULT_BYTES = 8;

function paddedBytes(view: View): number {
  return Math.ceil(sizeOf(view.shape) * bytesOnDevice(view.dtype) / 4) * 4;
}
