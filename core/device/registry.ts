/** The backends there are, and opening one. */
import { described } from "../base/text.ts";
import { BackendError, DeviceLostError } from "../base/errors.ts";
import { refusingClones } from "./uncloneable.ts";
import type { Backend } from "./backend.ts";

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

export function byPriority(): BackendFactory[] {
  return [...factories.values()].filter((f) => f.priority !== undefined).sort((a, b) =>
    b.priority! - a.priority!
  );
}

function keepOpen(factory: BackendFactory, backend: Backend): Backend {
  opened.set(factory.name, refusingClones(backend));
  return backend;
}

export function unknownBackend(name: string): BackendError {
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
