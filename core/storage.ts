/** Device memory: who owns a buffer, what is live, and when it goes back. */
import type { Backend, Buffer } from "./backend.ts";
import { bytesPerElement, type DType } from "./dtype.ts";
import { BackendError, DtypeError } from "./errors.ts";
import { currentScope, type Scope } from "./scope.ts";

/** Counts every recorded op and every change in place, so that the two can be put in order. */
let clock = 0;

/** The next tick of the clock that orders ops and changes in place. */
export function tick(): number {
  return ++clock;
}

/** One buffer and what is known about it; every view of a tensor shares it. */
export class Storage {
  /** The device it is on. */
  readonly backend: Backend;
  /** The dtype of its elements. */
  readonly dtype: DType;
  /** How many elements it holds. */
  readonly length: number;
  /** The scope that will release it, if one will. */
  scope: Scope | null = null;
  /** The {@link tick} at which it was last changed in place; 0 if never. */
  changedAt = 0;
  /** What errors call it. */
  label = "";
  #buffer: Buffer | null;
  // An untouched allocation as large as the device's, so that the collector feels it.
  #ballast: ArrayBuffer | null = null;

  /** Whether it is a constant that many tensors share: never written to, and not counted as anyone's. */
  readonly shared: boolean;

  /** A buffer of `length` elements with any content, owned by the innermost open scope. */
  constructor(backend: Backend, dtype: DType, length: number, shared = false) {
    if (!backend.dtypes.has(dtype)) throw missingDtype(backend, dtype);
    this.backend = backend;
    this.dtype = dtype;
    this.length = length;
    this.#buffer = backend.allocate(dtype, length);
    this.shared = shared;
    if (!shared) count(1, this.bytes);
    if (!backend.managed) this.#watch();
    const scope = currentScope();
    if (scope) scope.own(this);
  }

  /** Bytes of its elements. */
  get bytes(): number {
    return this.length * bytesPerElement(this.dtype);
  }

  /** Whether it was released. */
  get released(): boolean {
    return this.#buffer === null;
  }

  /** The buffer, or an error if it was released. */
  get buffer(): Buffer {
    if (this.#buffer === null) throw releasedError(this.label);
    return this.#buffer;
  }

  /** Gives the buffer back, unless others share it; views of it can no longer be read. */
  release(): void {
    if (this.#buffer === null || this.shared) return;
    this.backend.free(this.#buffer);
    this.#buffer = null;
    this.#ballast = null;
    count(-1, -this.bytes);
    if (!this.backend.managed) collected.unregister(this);
  }

  #watch(): void {
    this.#ballast = new ArrayBuffer(this.bytes);
    collected.register(this, {
      counted: !this.shared,
      backend: this.backend,
      buffer: this.#buffer!,
      bytes: this.bytes,
    }, this);
  }
}

function releasedError(label: string): BackendError {
  return new BackendError(
    `Cannot read ${label ? `"${label}"` : "this tensor"}: it was disposed or its scope has ended; ` +
      "return it from the scope or keep() it",
  );
}

function missingDtype(backend: Backend, dtype: DType): DtypeError {
  const mend = dtype === "f64" ? "use f32 here or another backend" : "choose one of these";
  return new DtypeError(
    `Cannot make a tensor of ${dtype} on ${backend.name}: it has ${[...backend.dtypes].join(", ")}; ${mend}`,
    { dtypes: [dtype] },
  );
}

interface Orphan {
  readonly counted: boolean;
  readonly backend: Backend;
  readonly buffer: Buffer;
  readonly bytes: number;
}

const live = { buffers: 0, bytes: 0 };

function count(buffers: number, bytes: number): void {
  live.buffers += buffers;
  live.bytes += bytes;
}

const collected = new FinalizationRegistry<Orphan>(({ backend, buffer, bytes, counted }) => {
  backend.free(buffer);
  if (counted) count(-1, -bytes);
});

/** What {@link memory} counts. */
export interface Memory {
  /** Buffers made and not yet released. */
  readonly buffers: number;
  /** Their bytes. */
  readonly bytes: number;
}

/**
 * Counts the buffers that were made and not released by a scope, by `dispose()` or, on a device the
 * collector cannot see, by the collector. On a managed backend such as cpu the collector takes
 * unscoped buffers without telling: measure inside a {@link scope}, where the count is exact.
 *
 * @example
 * ```ts
 * import { memory, scope, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const before = memory().buffers;
 * scope(() => {
 *   zeros([1000]).add(1);
 * });
 * assertEquals(memory().buffers, before);
 * ```
 */
export function memory(): Memory {
  return { ...live };
}
