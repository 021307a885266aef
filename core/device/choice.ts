/** Which backend new tensors are on. */
import { environmentVariable } from "../base/environment.ts";
import { BackendError } from "../base/errors.ts";
import { checkFunction, checkOptions } from "../base/settings.ts";
import { context, within } from "./context.ts";
import { refusingClones } from "./uncloneable.ts";
import type { Backend } from "./backend.ts";
import { backendNamed, backends, byPriority, openBackend, unknownBackend } from "./registry.ts";

/**
 * What {@link useBackend} can ask of a backend beside its name: cpu and wasm take a BLAS, wasm takes threads.
 *
 * @category Backends
 */
export interface UseBackendOptions {
  /** Whether flags gave the name and what stands here, which then outrank the environment. */
  readonly byFlag?: boolean;
  /**
   * The BLAS that multiplies matrices, which only Deno can call, with `--allow-ffi`: `true` for the first that is found,
   * the path of one, `"auto"` for the first where one can be had, and else the backend's `description` says why not,
   * `false` for none. It stays until another is asked for.
   */
  readonly blas?: boolean | string | BlasOptions;
  /**
   * On how many threads wasm computes at most, and at most 32, unless TAPEGRAD_THREADS says. It stays until another
   * number is asked for, and changes no result.
   */
  readonly threads?: number;
}

/**
 * Which BLAS, and how it runs.
 *
 * @category Backends
 */
export interface BlasOptions {
  /** Its path, or its name where the system looks for libraries; the first that is found unless said. */
  readonly path?: string;
  /**
   * On how many threads it multiplies from now on, in all of the process; unless said, as many as it likes. At most 1024,
   * and no more than it was built for: the backend's `description` says how many there are.
   */
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
  checkOptions("use a backend", settings, ["byFlag", "blas", "threads"]);
  const wanted = (settings.byFlag ? name : undefined) ?? preferred(name);
  const backend = wanted === "auto" ? await openBest() : await openBackend(wanted);
  const isNamed = wanted === (name ?? "auto");
  configure(backend, settings, isNamed);
  setThreads(backend, settings, isNamed);
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

function setThreads(backend: Backend, { byFlag, threads }: UseBackendOptions, isNamed: boolean): void {
  if (threads === undefined) return;
  if (backend.setThreads) backend.setThreads(threads, byFlag);
  else if (threads !== 1 && (byFlag || isNamed)) {
    throw new BackendError(
      `Cannot compute on ${threads} threads on ${backend.name}: leave threads out, or use wasm`,
    );
  }
}

function preferred(name = "auto"): string {
  return environmentVariable("TAPEGRAD_BACKEND") ?? name;
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

function nothingToChoose(): BackendError {
  const known = backends();
  if (known.length === 0) return unknownBackend("auto");
  return new BackendError(`Cannot choose a backend: ${known.join(", ")} must be asked for by name`);
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
