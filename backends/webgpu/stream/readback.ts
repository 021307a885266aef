/** Reading elements back to the host, many views in one round trip. */
import { input, isContiguous, sizeOf, type TypedArray, type View } from "@tapegrad/core/backend";
import { type Block, BlockAllocator, bufferOf, bytesOnDevice, decoded } from "../memory/buffers.ts";
import type { Executor } from "./executor.ts";
import type { Report } from "../device/faults.ts";
import type { Health } from "../device/health.ts";
import { map } from "../kernels/map.ts";
import { MAP_FOR_READING, usage } from "../device/flags.ts";

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
    const { faults } = this.#executor, on = views.map((view) => faults.left(bufferOf(view).dependence));
    faults.check(on);
    const arrays = await this.#fetch(views);
    faults.check(on);
    return arrays;
  }

  /** Waits until the device did what was queued; throws what went wrong with the device. */
  async settle(): Promise<void> {
    this.#health.check();
    await this.#fetch([]);
  }

  async #fetch(views: readonly View[]): Promise<TypedArray[]> {
    const parts: Part[] = [];
    let size = 0;
    for (const view of views) {
      parts.push({ view, at: size });
      size += paddedBytes(view);
    }
    const { report } = this.#executor.faults, reportAt = size;
    for (const part of report.parts) size += part.size;
    const staging = this.#staging.take(size);
    this.#queue(parts, staging);
    this.#queueReport(report, staging, reportAt);
    // Something must be copied for there to be something to wait for.
    if (size === 0) this.#executor.stream.upload(staging.gpu, new Uint32Array(1));
    try {
      return await this.#health.during(this.#arrive(parts, report, staging, Math.max(size, 4)));
    } finally {
      this.#staging.give(staging);
    }
  }

  // Copies are queued at once, so that later changes of the tensors do not show.
  #queue(parts: readonly Part[], staging: Block): void {
    for (const { view, at } of parts) if (sizeOf(view.shape) > 0) this.#copy(view, staging, at);
  }

  #queueReport({ parts }: Report, staging: Block, start: number): void {
    const executor = this.#executor;
    let at = start;
    for (const { view, from, size } of parts) {
      executor.stream.copy(executor.resident(view.buffer).gpu, from, staging.gpu, at, size);
      at += size;
    }
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
    report: Report,
    staging: Block,
    size: number,
  ): Promise<TypedArray[]> {
    await this.#executor.stream.submit();
    await staging.gpu.mapAsync(MAP_FOR_READING, 0, size);
    const bytes = staging.gpu.getMappedRange(0, size);
    const arrays = parts.map(({ view, at }) => decoded(bytes, at, view.dtype, sizeOf(view.shape)));
    const said = new Uint32Array(bytes.slice(size - sizeOfReport(report)));
    staging.gpu.unmap();
    this.#health.settle();
    this.#executor.faults.settle(report.last, said);
    return arrays;
  }
}

function sizeOfReport({ parts }: Report): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

function paddedBytes(view: View): number {
  return Math.ceil(sizeOf(view.shape) * bytesOnDevice(view.dtype) / 4) * 4;
}
