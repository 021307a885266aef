/** The time that kernels take, from the device's own clock. */
import type { KernelProfiler, KernelTime } from "@tapegrad/core/backend";
import type { Health } from "./health.ts";
import { MAP_FOR_READING, usage } from "./flags.ts";

/** Kernels timed by one query set, which has two queries for each. */
const CHUNK = 2048;
const BYTES = 8;

/** Measures kernels, each in a pass of its own. */
export class Timer implements KernelProfiler {
  readonly #device: GPUDevice;
  readonly #health: Health;
  readonly #end: () => void;
  readonly #sets: GPUQuerySet[] = [];
  readonly #ops: string[] = [];
  #op = "";

  /** `end` submits what waits and stops the measuring. */
  constructor(device: GPUDevice, health: Health, end: () => void) {
    this.#device = device;
    this.#health = health;
    this.#end = end;
  }

  attribute(op: string): void {
    this.#op = op;
  }

  /** Counts a kernel and gives the number to ask for its pass with. */
  record(): number {
    return this.#ops.push(this.#op) - 1;
  }

  /** How the pass of a kernel begins. */
  pass(kernel: number): GPUComputePassDescriptor {
    if (!this.#canTime) return {};
    const chunk = Math.floor(kernel / CHUNK), at = kernel % CHUNK * 2;
    while (this.#sets.length <= chunk) {
      this.#sets.push(this.#device.createQuerySet({ type: "timestamp", count: CHUNK * 2 }));
    }
    const querySet = this.#sets[chunk];
    return { timestampWrites: { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 } };
  }

  async stop(): Promise<readonly KernelTime[]> {
    return await this.#health.during(this.#totals());
  }

  async #totals(): Promise<readonly KernelTime[]> {
    this.#end();
    const ticks = this.#canTime && this.#ops.length > 0 ? await this.#read() : null;
    this.#sets.forEach((set) => set.destroy());
    return totals(this.#ops, ticks);
  }

  get #canTime(): boolean {
    return this.#device.features.has("timestamp-query");
  }

  async #read(): Promise<BigUint64Array> {
    const size = this.#ops.length * 2 * BYTES, device = this.#device;
    const resolved = device.createBuffer({
      size: this.#sets.length * CHUNK * 2 * BYTES,
      usage: usage.queryResolve | usage.copySource,
    });
    const staging = device.createBuffer({ size, usage: usage.copyTarget | usage.mapRead });
    const encoder = device.createCommandEncoder();
    this.#sets.forEach((set, i) => {
      const count = Math.min(CHUNK, this.#ops.length - i * CHUNK) * 2;
      encoder.resolveQuerySet(set, 0, count, resolved, i * CHUNK * 2 * BYTES);
    });
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(MAP_FOR_READING);
    const ticks = new BigUint64Array(staging.getMappedRange().slice(0));
    staging.destroy();
    resolved.destroy();
    return ticks;
  }
}

// A row an op, in nanoseconds of the device; the clock may step back between the two, which counts as nothing.
function totals(ops: readonly string[], ticks: BigUint64Array | null): KernelTime[] {
  const rows = new Map<string, { op: string; kernels: number; milliseconds: number | null }>();
  ops.forEach((op, i) => {
    let row = rows.get(op);
    if (!row) rows.set(op, row = { op, kernels: 0, milliseconds: ticks ? 0 : null });
    row.kernels++;
    if (ticks && ticks[2 * i + 1] > ticks[2 * i]) {
      row.milliseconds! += Number(ticks[2 * i + 1] - ticks[2 * i]) / 1e6;
    }
  });
  return [...rows.values()];
}
