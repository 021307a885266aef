/** What is live, and what the collector finds that nobody holds any longer. */
import type { Backend, Buffer } from "./backend.ts";

/** What the collector is to free when nobody refers to a storage; without a buffer if that was released. */
export interface Orphan {
  readonly counted: boolean;
  readonly backend: Backend;
  readonly bytes: number;
  buffer: Buffer | null;
}

const live = { buffers: 0, bytes: 0 };

/** Adds to what is live. */
export function count(buffers: number, bytes: number): void {
  live.buffers += buffers;
  live.bytes += bytes;
}

/** Frees what is left of a storage. */
export const collected = new FinalizationRegistry<Orphan>(({ backend, buffer, bytes, counted }) => {
  if (buffer === null) return;
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
