import { described } from "../base/text.ts";
import type { DType, TypedArray } from "../base/dtype.ts";
import { environmentVariable } from "../base/environment.ts";
import { BackendError, DeviceLostError } from "../base/errors.ts";
import { checkFunction } from "../base/settings.ts";
import type { Layout } from "../base/shape.ts";
import { context, within } from "./context.ts";
import { refusingClones } from "./uncloneable.ts";

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
  /** Whether its kernel of a composite is slower for these operands than what that is made of, which then runs. */
  prefersParts?(op: string, inputs: readonly View[]): boolean;
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
}

/**
 * How a backend is made when it is first asked for.
 *
 * @category Backends
 */
export interface BackendFactory {
  /** The name to ask for. */
  readonly name: string;
  /** Among those `auto` may take, the highest goes first; without it, the backend is taken by name only. */
  readonly priority?: number;
  /** Makes it at once, where that needs no waiting: then it can serve before anything is awaited. */
  readonly create?: () => Backend;
  /** Makes it, or throws an error that says why it cannot be had here. */
  readonly open?: () => Promise<Backend>;
}

const factories = new Map<string, BackendFactory>();
const opened = new Map<string, Backend>();
const opening = new Map<BackendFactory, Promise<Backend>>();

/**
 * Makes a backend known under its name; registering the name again replaces it.
 *
 * @category Backends
 * @example
 * ```ts
 * import { backends, registerBackend } from "@tapegrad/core";
 * import { createCpuBackend } from "@tapegrad/backends/cpu";
 * import { assert } from "@std/assert";
 *
 * registerBackend({ name: "cpu-plain", create: () => createCpuBackend({ name: "cpu-plain", codegen: false }) });
 * assert(backends().includes("cpu-plain"));
 * ```
 */
export function registerBackend(factory: BackendFactory): void {
  const { name, create, open } = factory ?? {};
  if (typeof name !== "string" || typeof (create ?? open) !== "function") {
    throw new TypeError(
      `Cannot register ${described(factory)} as a backend: it needs a name and create or open`,
    );
  }
  factories.set(factory.name, factory);
  opened.delete(factory.name);
}

/**
 * The names that {@link useBackend} takes beside `"auto"`, in order of registration.
 *
 * @category Backends
 * @example
 * ```ts
 * import { backends } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assert } from "@std/assert";
 *
 * assert(backends().includes("cpu"));
 * ```
 */
export function backends(): readonly string[] {
  return [...factories.keys()];
}

/**
 * What {@link useBackend} can ask of a backend beside its name: of those here cpu and wasm take all of it.
 *
 * @category Backends
 */
export interface UseBackendOptions {
  /** Whether flags gave the name and what stands here, which then outrank the environment. */
  readonly byFlag?: boolean;
  /**
   * The BLAS that multiplies matrices, which only Deno can call, with `--allow-ffi`: `true` for the first that is found,
   * the path of one, `"auto"` for the first where one can be had, `false` for none. It stays until another is asked for.
   */
  readonly blas?: boolean | string | BlasOptions;
}

/**
 * Which BLAS, and how it runs.
 *
 * @category Backends
 */
export interface BlasOptions {
  /** Its path, or its name where the system looks for libraries; the first that is found unless said. */
  readonly path?: string;
  /** On how many threads it multiplies from now on, in all of the process; unless said, as many as it likes. */
  readonly threads?: number;
}

/**
 * Chooses the backend of tensors made from now on, opening it if need be: the one that the environment
 * variable TAPEGRAD_BACKEND names, where it may be read without asking, else `name`, else `"auto"`, the
 * registered backend of the highest priority that can be had. A name that a command's flag gave outranks
 * the environment. Throws a {@link BackendError} that lists the names there are, or says why this one, or what
 * its settings ask for, cannot be had here.
 *
 * @category Backends
 * @example
 * ```ts
 * import { useBackend, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * await useBackend("cpu");
 * assertEquals(zeros([2]).backend.name, "cpu");
 * ```
 */
export async function useBackend(name?: string, settings: UseBackendOptions = {}): Promise<Backend> {
  const wanted = (settings.byFlag ? name : undefined) ?? preferred(name);
  const backend = wanted === "auto" ? await openBest() : await openBackend(wanted);
  configure(backend, settings, wanted === (name ?? "auto"));
  return context.backend = backend;
}

// What is asked of one backend is not refused by another that the environment names.
function configure(backend: Backend, { byFlag, blas }: UseBackendOptions, isNamed: boolean): void {
  if (blas === undefined) return;
  if (backend.configure) backend.configure({ byFlag, blas });
  else if (blas !== false && blas !== "auto" && (byFlag || isNamed)) {
    throw new BackendError(
      `Cannot multiply by a BLAS on ${backend.name}: leave blas out, or use wasm or cpu`,
    );
  }
}

function preferred(name = "auto"): string {
  return environmentVariable("TAPEGRAD_BACKEND") ?? name;
}

/**
 * Opens a backend without choosing it; opening it again gives the same one, unless its device was lost. A name
 * that is not registered, or a backend that cannot be had here, is a {@link BackendError} that says why.
 *
 * @category Backends
 * @example
 * ```ts
 * import { BackendError, openBackend } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertRejects, assertStrictEquals } from "@std/assert";
 *
 * const cpu = await openBackend("cpu");
 * assertStrictEquals(await openBackend("cpu"), cpu);
 * await assertRejects(() => openBackend("abacus"), BackendError, "there are cpu");
 * ```
 */
export async function openBackend(name: string): Promise<Backend> {
  const found = opened.get(name);
  if (found && !found.lost) return found;
  const factory = factories.get(name);
  if (!factory) throw unknownBackend(name);
  try {
    return keepOpen(factory, factory.create?.() ?? await openOnce(factory));
  } catch (error) {
    throw new BackendError(
      `Cannot use backend ${described(name)}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

// Two callers that ask before the device answers share it.
async function openOnce(factory: BackendFactory): Promise<Backend> {
  let promise = opening.get(factory);
  if (!promise) opening.set(factory, promise = factory.open!());
  try {
    return await promise;
  } finally {
    opening.delete(factory);
  }
}

async function openBest(): Promise<Backend> {
  const failures: string[] = [];
  for (const factory of byPriority()) {
    try {
      return await openBackend(factory.name);
    } catch (error) {
      failures.push(String(error));
    }
  }
  throw noneOf(failures);
}

function noneOf(failures: readonly string[]): BackendError {
  return failures.length > 0 ? new BackendError(failures.join("; ")) : nothingToChoose();
}

function byPriority(): BackendFactory[] {
  return [...factories.values()].filter((f) => f.priority !== undefined).sort((a, b) =>
    b.priority! - a.priority!
  );
}

function nothingToChoose(): BackendError {
  const known = backends();
  if (known.length === 0) return unknownBackend("auto");
  return new BackendError(`Cannot choose a backend: ${known.join(", ")} must be asked for by name`);
}

function keepOpen(factory: BackendFactory, backend: Backend): Backend {
  opened.set(factory.name, refusingClones(backend));
  return backend;
}

function unknownBackend(name: string): BackendError {
  const known = backends();
  return new BackendError(
    known.length > 0
      ? `Cannot use backend ${described(name)}: there are ${known.join(", ")}, and auto`
      : `Cannot use backend ${described(name)}: none is registered, import "@tapegrad/backends"`,
  );
}

/**
 * A backend that is open or opens at once, by name; one that takes waiting is a {@link BackendError} until
 * it has been opened, and so is an unknown name.
 *
 * @category Backends
 * @example
 * ```ts
 * import { BackendError, backendNamed, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertStrictEquals, assertThrows } from "@std/assert";
 *
 * assertStrictEquals(zeros([2], { backend: "cpu" }).backend, backendNamed("cpu"));
 * assertThrows(() => backendNamed("abacus"), BackendError, "there are cpu");
 * ```
 */
export function backendNamed(name: string): Backend {
  const found = opened.get(name);
  if (found && !found.lost) return found;
  const factory = factories.get(name);
  if (!factory) throw unknownBackend(name);
  if (factory.create) return keepOpen(factory, factory.create());
  throw notOpen(name, found?.lost);
}

function notOpen(name: string, lost: string | undefined): BackendError {
  if (lost === undefined) {
    return new BackendError(
      `Cannot use backend ${described(name)} yet: call await useBackend(${described(name)}) first`,
    );
  }
  return new DeviceLostError(
    `Cannot use backend ${described(name)}: its device was lost (${lost}), call await useBackend(${
      described(name)
    }) to open it again`,
  );
}

/**
 * Runs `fn`, which must be synchronous, with a backend in use.
 *
 * @category Backends
 * @example
 * ```ts
 * import { backendNamed, registerBackend, withBackend, zeros } from "@tapegrad/core";
 * import { createCpuBackend } from "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * registerBackend({ name: "aside", create: () => createCpuBackend({ name: "aside" }) });
 * const x = withBackend(backendNamed("aside"), () => zeros([2]));
 * assertEquals(x.backend.name, "aside");
 * ```
 */
export function withBackend<T>(backend: Backend, fn: () => T): T {
  checkFunction("run on a backend", fn);
  return within({ backend: refusingClones(backend) }, fn);
}

/**
 * The backend of new tensors: the chosen one, else the preferred one that can be had without waiting; a
 * {@link BackendError} where there is none.
 *
 * @category Backends
 * @example
 * ```ts
 * import { currentBackend, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assert, assertStrictEquals } from "@std/assert";
 *
 * assertStrictEquals(zeros([2]).backend, currentBackend());
 * assert(currentBackend().dtypes.has("f32"));
 * ```
 */
export function currentBackend(): Backend {
  const current = context.backend;
  if (current && !current.lost) return current;
  if (current) return context.backend = backendNamed(current.name);
  const name = preferred();
  if (name !== "auto") return context.backend = backendNamed(name);
  return context.backend = bestAtOnce();
}

// One that cannot be had here, as WebAssembly where a page forbids it, leaves its place to the next.
function bestAtOnce(): Backend {
  const failures: string[] = [];
  for (const { name, create } of byPriority()) {
    try {
      if (create) return backendNamed(name);
    } catch (error) {
      failures.push(String(error));
    }
  }
  throw noneOf(failures);
}
