/** What a backend is. */
import type { DType, TypedArray } from "../base/dtype.ts";
import type { Layout } from "../base/layout.ts";
import type { UseBackendOptions } from "./choice.ts";
import type { MatrixRoutines } from "./matrix_routines.ts";
import type { Plan, PlanRequest } from "./plan.ts";

/**
 * A backend's own handle of a run of elements. Only the backend that made it looks inside.
 *
 * @category Backends
 */
export interface Buffer {
  /** How many elements it was asked to hold. */
  readonly length: number;
}

/**
 * Elements of a buffer seen through a layout: what kernels read and write.
 *
 * @category Backends
 */
export interface View extends Layout {
  /** Where the elements are. */
  readonly buffer: Buffer;
  /** What they are. */
  readonly dtype: DType;
}

/**
 * What a device holds.
 *
 * @category Backends
 */
export interface MemoryInfo {
  /** Buffers allocated and not freed; on a managed backend also those that the collector has taken since. */
  readonly buffers: number;
  /** Their bytes. */
  readonly bytes: number;
}

/**
 * What the kernels of one op cost on a device.
 *
 * @category Backends
 */
export interface KernelTime {
  /** What {@link KernelProfiler.attribute} called it. */
  readonly op: string;
  /** How many kernels ran. */
  readonly kernels: number;
  /** How long they took on the device together; `null` where it has no clock. */
  readonly milliseconds: number | null;
}

/**
 * Times kernels on a device that runs them later, until it is stopped; there is one at a time.
 *
 * @category Backends
 */
export interface KernelProfiler {
  /** Says which op the kernels, copies and uploads queued from now on are for. */
  attribute(op: string): void;
  /** Ends it, and gives what ran meanwhile once the device has run it. */
  stop(): Promise<readonly KernelTime[]>;
}

/**
 * A kernel: reads inputs, which may have any strides (0 and negative ones too), and writes every element of the
 * outputs, whose buffers are not zeroed and are disjoint from the inputs or the very same view. Shapes and dtypes
 * have been checked before it is called.
 *
 * @category Backends
 */
export type Kernel<A = never> = (inputs: readonly View[], outputs: readonly View[], attributes: A) => void;

/**
 * A device that runs kernels. {@link PrimitiveKernels} tells which, `kernelTable()` makes the table of them; an
 * op without one is composed of others where that is possible, or refused when it is called.
 *
 * @category Backends
 */
export interface Backend extends Disposable {
  /** "cpu", "wasm", "webgpu", or a third party's. */
  readonly name: string;
  /** Which device it is, for people: the adapter's name. */
  readonly description?: string;
  /** Why it can be used no longer, once its device is gone; asking for its name then opens it anew. */
  readonly lost?: string;
  /** Whether NaN, -0 and infinities are kept to the letter. */
  readonly ieee: boolean;
  /** Whether the collector sees its buffers; a number where it sees those of fewer elements than that alone. */
  readonly managed: boolean | number;
  /** The dtypes it has; asking for another is an error that lists these. */
  readonly dtypes: ReadonlySet<DType>;
  /** Whether it reads back without awaiting, through {@link Backend.readSync}. */
  readonly synchronous: boolean;
  /** Kernels by the names of ops: primitives, and composites for which it has a faster one. */
  readonly kernels: Map<string, Kernel>;
  /** Routines for matrices that are computed on the host, as they are now. */
  readonly matrices?: MatrixRoutines;
  /** Whether its kernel of a composite is slower for these operands than what that is made of, which then runs. */
  prefersParts?(op: string, inputs: readonly View[]): boolean;
  /** How many buffers a kernel can read and write, where that is few: no more are fused into one. */
  readonly mostOperands?: number;
  /** Makes ready to run kernels in order, again and again; `null` where they are to be started one by one. */
  plan?(request: PlanRequest): Plan | null;
  /** A buffer of `length` elements with any content. */
  allocate(dtype: DType, length: number): Buffer;
  /** Takes a buffer back. */
  free(buffer: Buffer): void;
  /** Fills a buffer from its start. */
  write(buffer: Buffer, data: TypedArray): void;
  /**
   * Copies views to the host, row-major, in one round trip: what they hold at the call, for they may be freed
   * or written to before the answer comes.
   */
  read(views: readonly View[]): Promise<TypedArray[]>;
  /** Copies a view to the host, row-major, at once. */
  readSync?(view: View): TypedArray;
  /** The element of a view that has one, at once, where that is cheaper than {@link Backend.readSync}. */
  readOne?(view: View): number;
  /** Hands queued work to the device. */
  flush(): void;
  /** Waits until the device has done it. */
  synchronize(): Promise<void>;
  /** Starts timing kernels, on a device that runs them after they were called. */
  profiler?(): KernelProfiler;
  /** Buffers allocated and not freed. */
  memory(): MemoryInfo;
  /** Takes the settings that it is chosen with, all others staying as they are, or throws an error that says why not. */
  configure?(settings: UseBackendOptions): void;
  /** Computes on so many threads at most from now on, or on as many as the environment says, which a flag outranks. */
  setThreads?(count: number, byFlag?: boolean): void;
}
