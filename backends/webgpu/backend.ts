import {
  type Backend,
  checkLength,
  type DType,
  type Kernel,
  type KernelProfiler,
  type MemoryInfo,
  type PlanRequest,
  type TypedArray,
  type View,
} from "@tapegrad/core/backend";
import { bytesOnDevice, DeviceBuffer } from "./memory/buffers.ts";
import type { OpenDevice, WebGpuOptions } from "./device/device.ts";
import { Executor } from "./stream/executor.ts";
import { Health } from "./device/health.ts";
import { declines, kernelsOf } from "./kernels.ts";
import { Readback } from "./stream/readback.ts";
import { Timer } from "./device/timer.ts";
import { planOn, type WebGpuPlan } from "./plan/plan.ts";

/** Kernels in WGSL on one device. */
export class WebGpuBackend implements Backend {
  readonly name: string;
  readonly description: string;
  readonly ieee = false;
  readonly managed = false;
  readonly synchronous = false;
  readonly dtypes: ReadonlySet<DType>;
  readonly kernels: Map<string, Kernel>;
  readonly device: GPUDevice;
  readonly #health: Health;
  readonly #gpu: Executor;
  readonly #readback: Readback;
  readonly #own: ReadonlyMap<string, Kernel>;
  readonly #debug: boolean;
  #buffers = 0;
  #bytes = 0;

  constructor(open: OpenDevice, options: WebGpuOptions) {
    this.name = options.name ?? "webgpu";
    this.description = open.description;
    this.dtypes = new Set<DType>([
      "f32",
      ...open.abilities.half ? ["f16" as const] : [],
      "i32",
      "u32",
      "bool",
    ]);
    this.device = open.device;
    this.#health = new Health(this.name, open.device);
    this.#gpu = new Executor(open, this.#health, options.debug ?? false);
    this.#debug = options.debug ?? false;
    this.kernels = kernelsOf(this.#gpu);
    this.#own = new Map(this.kernels);
    this.#readback = new Readback(open.device, this.#gpu, this.#health);
  }

  get lost(): string | undefined {
    return this.#health.lost;
  }

  get mostOperands(): number {
    return this.#gpu.abilities.storageBuffers;
  }

  prefersParts(op: string, inputs: readonly View[]): boolean {
    return declines(this.#gpu, op, inputs);
  }

  allocate(dtype: DType, length: number): DeviceBuffer {
    this.#health.check();
    checkLength(length, dtype);
    const bytes = length * bytesOnDevice(dtype);
    this.#gpu.blocks.check(bytes);
    this.#buffers++;
    this.#bytes += bytes;
    return new DeviceBuffer(dtype, length);
  }

  free(buffer: DeviceBuffer): void {
    this.#buffers--;
    this.#bytes -= buffer.length * bytesOnDevice(buffer.dtype);
    this.#gpu.free(buffer);
  }

  write(buffer: DeviceBuffer, data: TypedArray): void {
    this.#health.check();
    if (data.length === 0) return;
    if (data.length === buffer.length) buffer.dependence = null;
    if (buffer.length === 1) buffer.setElement(data.slice());
    else this.#gpu.upload(buffer, data);
  }

  read(views: readonly View[]): Promise<TypedArray[]> {
    return this.#readback.read(views);
  }

  /** Where each kernel is checked alone, none is part of a plan. */
  plan(request: PlanRequest): WebGpuPlan | null {
    if (this.#debug) return null;
    const isOwn = (op: string) => this.kernels.get(op) === this.#own.get(op);
    return planOn(this.#gpu, request, { of: kernelsOf, isOwn });
  }

  flush(): void {
    this.#gpu.stream.flush();
  }

  synchronize(): Promise<void> {
    return this.#readback.settle();
  }

  profiler(): KernelProfiler {
    const { stream } = this.#gpu;
    stream.flush();
    return stream.timer = new Timer(this.device, this.#health, () => {
      stream.flush();
      stream.timer = null;
    });
  }

  memory(): MemoryInfo {
    return { buffers: this.#buffers, bytes: this.#bytes };
  }

  [Symbol.dispose](): void {
    if (this.#health.lost !== undefined) return;
    this.#gpu.stream.flush();
    this.#health.lost = "it was disposed";
    this.device.queue.onSubmittedWorkDone().then(() => this.device.destroy(), () => {});
  }
}
