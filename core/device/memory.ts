/** What is live, and what the collector finds that nobody holds any longer. */
import { held } from "../base/held.ts";
import type { Backend, Buffer } from "./backend.ts";

/** What the collector is to free when nobody refers to a storage; without a buffer if that was released. */
export interface Orphan {
  readonly counted: boolean;
  readonly backend: Backend;
  readonly bytes: number;
  buffer: Buffer | null;
}

/** Adds to what is live. */
export function count(buffers: number, bytes: number): void {
  held.buffers += buffers;
  held.bytes += bytes;
}

/** Frees what is left of a storage. */
export const collected = new FinalizationRegistry<Orphan>(({ backend, buffer, bytes, counted }) => {
  if (buffer === null) return;
  backend.free(buffer);
  if (counted) count(-1, -bytes);
});

/**
 * What {@link memory} counts: never what the collector may have taken already.
 *
 * @category Memory and profiles
 */
export interface Memory {
  /** Buffers that an open scope will release, and of a device that the collector cannot see all that are not freed. */
  readonly buffers: number;
  /** Their bytes. */
  readonly bytes: number;
}

/**
 * Counts the buffers that are held for certain. Of memory that the collector cannot see, such as that of webgpu and
 * of large tensors on wasm, these are all that no scope, no `dispose()` and no collection has freed. Of memory that
 * it manages, such as that of cpu and of small tensors on wasm, they are those of open scopes: what was made outside
 * of them or has left them, as parameters, their gradients and what was kept, is ordinary garbage once nobody refers
 * to it, which the collector takes without telling.
 *
 * @category Memory and profiles
 * @example
 * ```ts
 * import { memory, scope, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const before = memory();
 * scope(() => {
 *   zeros([1000]).add(1);
 *   assertEquals(memory(), { buffers: before.buffers + 2, bytes: before.bytes + 8000 });
 * });
 * assertEquals(memory(), before);
 * ```
 */
export function memory(): Memory {
  return { ...held };
}
