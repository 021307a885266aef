import {
  type Backend,
  BackendError,
  type Buffer,
  bytesPerElement,
  checkLength,
  described,
  type DType,
  type Kernel,
  type MatrixRoutines,
  type MemoryInfo,
  type Plan,
  type PlanRequest,
  type TypedArray,
  type UseBackendOptions,
  type View,
} from "@tapegrad/core/backend";
import { type Found, libraryAskedBy } from "../blas/asked.ts";
import { createCpuBackend } from "../cpu/backend.ts";
import { bestSimd, type Simd, simds, validates } from "./features.ts";
import { dispatching } from "./kernels/dispatch.ts";
import { productsOnHost } from "./kernels/matmul/host.ts";
import { multiplierOn } from "./kernels/matmul/library.ts";
import type { WasmKernel } from "./kernels/kernel.ts";
import { suits, wasmKernels } from "./kernels/table.ts";
import { onHost, WasmBuffer } from "./memory/buffer.ts";
import { Heap, type HeapOptions } from "./memory/heap.ts";
import { WasmPlan } from "./plan/plan.ts";
import { threadsFor } from "./threads/available.ts";

/**
 * How a WebAssembly backend is made.
 *
 * @category Backends
 */
export interface WasmOptions extends HeapOptions {
  /** Its name; "wasm" unless said. */
  readonly name?: string;
  /**
   * Tensors of fewer elements are arrays of the host, on which the cpu's kernels run and which the collector takes:
   * 64 unless said. With 0 all are in wasm memory.
   */
  readonly small?: number;
  /** The BLAS that multiplies matrices, as in `useBackend`. */
  readonly blas?: UseBackendOptions["blas"];
  /**
   * How many threads compute at most: TAPEGRAD_THREADS unless said, where that may be read without asking, else as many
   * as the machine has, but 8. Others than the caller's begin once large kernels took some milliseconds; there is the caller's alone on
   * a page's main thread, and where threads cannot share memory. No result depends on how many there are.
   */
  readonly threads?: number;
}

const descriptions: Readonly<Record<Simd, string>> = {
  relaxed: "128-bit SIMD with fused products",
  simd: "128-bit SIMD",
  scalar: "no SIMD",
};

/** Below this a call into wasm and a finalizer cost about what they save: `deno run -A bench/small.ts`. */
const SMALL = 64;

/** The smallest module there is, which a page's content security policy may forbid to compile. */
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** The way asked for, or the best, or an Error that says what this runtime lacks. */
function usable(asked: Simd | undefined): Simd {
  if (asked !== undefined && !simds.includes(asked)) {
    throw new RangeError(`Cannot compute with simd ${described(asked)}: choose one of ${simds.join(", ")}`);
  }
  const simd = asked ?? bestSimd();
  if (simd === undefined) throw new Error("this runtime has no WebAssembly, use cpu");
  if (!validates(simd)) {
    throw new Error(`this runtime's WebAssembly has no ${simd} instructions, leave simd out`);
  }
  new WebAssembly.Module(EMPTY);
  return simd;
}

/** Kernels in WebAssembly over one growing memory, and the cpu's for what is small. */
export class WasmBackend implements Backend {
  readonly name: string;
  readonly ieee = true;
  readonly managed: number;
  readonly synchronous = true;
  readonly dtypes: ReadonlySet<DType>;
  readonly kernels: Map<string, Kernel>;
  readonly #cpu: Backend;
  readonly #heap: Heap;
  #threads: number;
  readonly #debug: boolean;
  // What nobody holds is freed between turns of the host's loop alone, which an await of what is there is not: so
  // after so many bytes a read takes a turn.
  readonly #restless: number;
  readonly #own: ReadonlyMap<string, Kernel>;
  readonly #products: MatrixRoutines;
  #blas: Found = {};
  #rested = 0;
  #buffers = 0;
  #bytes = 0;

  constructor(options: WasmOptions = {}) {
    const { name = "wasm", small = SMALL, debug = false } = options, simd = usable(options.simd);
    this.name = name;
    this.managed = small;
    this.#debug = debug;
    this.#cpu = createCpuBackend({ name });
    this.#heap = new Heap({ ...options, simd, threads: this.#threads = threadsFor(options.threads) });
    this.#products = productsOnHost(this.#heap);
    this.#restless = this.#heap.most / 16;
    this.dtypes = this.#cpu.dtypes;
    this.kernels = dispatching(this.#cpu.kernels, wasmKernels, this.#heap);
    this.#own = new Map(this.kernels);
    if (options.blas !== undefined) this.configure({ blas: options.blas, byFlag: true });
  }

  get description(): string {
    const { reason } = this.#heap,
      { library, lack } = this.#blas,
      simd = descriptions[this.#heap.simd],
      count = this.#threads;
    const parts = [count > 1 && reason === undefined ? `${simd} on ${count} threads` : simd];
    if (reason !== undefined) parts.push(`one thread, for ${reason}`);
    if (library) parts.push(`products by ${library.description}`);
    if (lack !== undefined) parts.push(`no BLAS: ${lack}`);
    return parts.join(", ");
  }

  get matrices(): MatrixRoutines {
    return this.#blas.library?.matrices ?? this.#products;
  }

  configure(settings: UseBackendOptions): void {
    const { library } = this.#blas = libraryAskedBy(settings);
    this.#heap.multiplier = library && multiplierOn(this.#heap, library);
  }

  setThreads(asked: number, byFlag = false): void {
    const count = threadsFor(asked, byFlag);
    if (!this.#heap.setThreads(count)) {
      throw new BackendError(
        `Cannot compute on ${count} threads: ${this.name} was opened for one, whose memory no other can share; ` +
          "set TAPEGRAD_THREADS, or make it by createWasmBackend({ threads })",
      );
    }
    this.#threads = count;
  }

  prefersParts(op: string, inputs: readonly View[]): boolean {
    return suits[op]?.(inputs) === false && this.kernels.get(op) === this.#own.get(op);
  }

  plan(request: PlanRequest): Plan {
    return new WasmPlan({
      heap: this.#heap,
      small: this.managed,
      kernelOf: (op) => {
        if (this.kernels.get(op) !== this.#own.get(op)) return undefined;
        return (wasmKernels as Readonly<Record<string, WasmKernel<unknown>>>)[op];
      },
      allocate: (bytes) => this.allocate("bool", Math.max(bytes, this.managed)) as WasmBuffer,
      free: (block) => this.free(block),
    }, request);
  }

  allocate(dtype: DType, length: number): Buffer {
    if (length < this.managed) return this.#cpu.allocate(dtype, length);
    checkLength(length, dtype);
    const buffer = new WasmBuffer(this.#heap, dtype, length);
    this.#buffers++;
    this.#bytes += buffer.bytes;
    return buffer;
  }

  free(buffer: Buffer): void {
    if (!(buffer instanceof WasmBuffer)) return this.#cpu.free(buffer);
    buffer.free(this.#debug ? new Error("They were freed here") : undefined);
    this.#buffers--;
    this.#bytes -= buffer.length * bytesPerElement(buffer.dtype);
  }

  write(buffer: Buffer, data: TypedArray): void {
    if (buffer instanceof WasmBuffer) buffer.elements.set(data);
    else this.#cpu.write(buffer, data);
  }

  read(views: readonly View[]): Promise<TypedArray[]> {
    const arrays = this.#cpu.read(views.map(onHost)), { allocated } = this.#heap;
    if (allocated - this.#rested < this.#restless) return arrays;
    this.#rested = allocated;
    return new Promise((resolve) => setTimeout(resolve, 0, arrays));
  }

  readSync(view: View): TypedArray {
    return this.#cpu.readSync!(onHost(view));
  }

  readOne(view: View): number {
    return this.#cpu.readOne!(onHost(view));
  }

  flush(): void {}

  synchronize(): Promise<void> {
    return Promise.resolve();
  }

  memory(): MemoryInfo {
    const { buffers, bytes } = this.#cpu.memory();
    return { buffers: buffers + this.#buffers, bytes: bytes + this.#bytes };
  }

  [Symbol.dispose](): void {
    this.#heap.end();
    this.#cpu[Symbol.dispose]();
  }
}
