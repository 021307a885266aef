import {
  type Backend,
  checkLength,
  type DType,
  type Expr,
  isContiguous,
  type Kernel,
  type KernelProfiler,
  type MemoryInfo,
  type ReduceKind,
  type ScanKind,
  sizeOf,
  topological,
  type TypedArray,
  type View,
} from "@tapegrad/core";
import { bufferOf, bytesOnDevice, DeviceBuffer } from "./buffers.ts";
import type { OpenDevice, WebGpuOptions } from "./device.ts";
import { Executor } from "./executor.ts";
import { Health } from "./health.ts";
import { fold } from "./fold.ts";
import { gather } from "./gather.ts";
import { iota } from "./iota.ts";
import { map } from "./map.ts";
import { matmul } from "./matmul.ts";
import { Readback } from "./readback.ts";
import { reduce } from "./reduce.ts";
import { scan } from "./scan.ts";
import { argsort } from "./sort.ts";
import { scatter } from "./scatter.ts";
import { Timer } from "./timer.ts";

/** Kernels in WGSL on one device. */
export class WebGpuBackend implements Backend {
  readonly name: string;
  readonly description: string;
  readonly ieee = false;
  readonly managed = false;
  readonly synchronous = false;
  readonly dtypes: ReadonlySet<DType>;
  readonly kernels: Map<string, Kernel> = new Map();
  readonly device: GPUDevice;
  readonly #health: Health;
  readonly #gpu: Executor;
  readonly #readback: Readback;
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
    this.#readback = new Readback(open.device, this.#gpu, this.#health);
  }

  get lost(): string | undefined {
    return this.#health.lost;
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

  map(expr: Expr, inputs: readonly View[], output: View): void {
    renew(output, inputs, expr);
    map(this.#gpu, expr, inputs, output);
  }

  reduce(kind: ReduceKind, expr: Expr, inputs: readonly View[], axes: readonly number[], output: View): void {
    renew(output, inputs);
    reduce(this.#gpu, kind, expr, inputs.map(plain), axes, plain(output));
  }

  matmul(a: View, b: View, output: View): void {
    renew(output, [a, b]);
    matmul(this.#gpu, plain(a), plain(b), plain(output));
  }

  gather(input: View, axis: number, index: View, output: View): void {
    renew(output, [input, index]);
    gather(this.#gpu, plain(input), axis, plain(index), plain(output));
  }

  scatter(kind: "add" | "set", axis: number, index: View, source: View, output: View): void {
    scatter(this.#gpu, kind, axis, plain(index), plain(source), plain(output));
  }

  fold(input: View, axis: number, step: number, output: View): void {
    renew(output, [input]);
    fold(this.#gpu, plain(input), axis, step, plain(output));
  }

  scan(kind: ScanKind, inputs: readonly View[], axis: number, reverse: boolean, output: View): void {
    renew(output, inputs);
    scan(this.#gpu, kind, inputs.map(plain), axis, reverse, plain(output));
  }

  argsort(input: View, axis: number, descending: boolean, output: View): void {
    renew(output, [input]);
    argsort(this.#gpu, plain(input), axis, descending, plain(output));
  }

  iota(output: View): void {
    renew(output, []);
    iota(this.#gpu, output);
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

// Tensors are views whose buffer is no property of their own: kernels that make views of views need it to be.
function plain({ buffer, dtype, shape, strides, offset }: View): View {
  return { buffer, dtype, shape, strides, offset };
}

// What is overwritten throughout no longer depends on what was there before, unless it is computed from that.
function renew(output: View, inputs: readonly View[], expr?: Expr): void {
  const buffer = bufferOf(output);
  if (buffer.dependence === null || !isContiguous(output) || sizeOf(output.shape) < buffer.length) return;
  const read = expr ? topological(expr).flatMap((x) => x.kind === "input" ? [inputs[x.value]] : []) : inputs;
  if (!read.some((view) => view.buffer === buffer)) buffer.dependence = null;
}
