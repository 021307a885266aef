/** Where memory that is needed for a time can lie, so that what is not needed at the same time shares it. */
import { bytesPerElement } from "../base/dtype.ts";
import { Occupied } from "./occupied.ts";
import type { PlanMemory } from "./plan.ts";

/**
 * Places in one run of bytes.
 *
 * @category Backends
 */
export interface Arena {
  /** Where each memory begins, in bytes; -1 for what is not inner. */
  readonly offsets: readonly number[];
  /** How many bytes there are. */
  readonly bytes: number;
}

/**
 * Places for inner memories in one run of bytes, such that no two that are in use in the same step overlap. The
 * largest are placed first, each where it fits lowest (greedy by size: Pisarchyk and Lee,
 * https://arxiv.org/abs/2001.03288).
 *
 * @category Backends
 * @example
 * ```ts
 * import { arenaOf, type PlanMemory } from "@tapegrad/core/backend";
 * import { assertEquals } from "@std/assert";
 *
 * const of = (length: number, first: number, last: number): PlanMemory => (
 *   { kind: "inner", dtype: "f32", length, first, last }
 * );
 * assertEquals(arenaOf([of(8, 0, 1), of(4, 1, 2), of(6, 2, 3)]), { offsets: [0, 32, 0], bytes: 48 });
 * ```
 */
export function arenaOf(memories: readonly PlanMemory[], alignment = 8): Arena {
  const offsets = memories.map(() => -1),
    times = memories.reduce((most, { last }) => Math.max(most, last), 0);
  const occupied = new Occupied(times + 1);
  let bytes = 0;
  for (const i of largestFirst(memories)) {
    const { first, last } = memories[i], size = Math.ceil(bytesOf(memories[i]) / alignment) * alignment;
    const at = offsets[i] = occupied.lowest(first, last, size), end = at + size;
    occupied.add(first, last, at, end);
    bytes = Math.max(bytes, end);
  }
  return { offsets, bytes };
}

/**
 * Buffers that memories share.
 *
 * @category Backends
 */
export interface Slots {
  /** The buffer of each memory; -1 for what is not inner. */
  readonly slots: readonly number[];
  /** The memory that each buffer has room for: the largest of those in it. */
  readonly largest: readonly number[];
}

/**
 * Buffers for inner memories, one of which is never that of two in use in the same step, so that none is both read and
 * written but by a step in place. Those of one buffer have a dtype in common unless `mixed`, and are at least half as
 * large as the largest in it.
 *
 * @category Backends
 * @example
 * ```ts
 * import { type PlanMemory, slotsOf } from "@tapegrad/core/backend";
 * import { assertEquals } from "@std/assert";
 *
 * const of = (length: number, first: number, last: number): PlanMemory => (
 *   { kind: "inner", dtype: "f32", length, first, last }
 * );
 * assertEquals(slotsOf([of(8, 0, 1), of(4, 1, 2), of(6, 2, 3)]), { slots: [0, 1, 0], largest: [0, 1] });
 * ```
 */
export function slotsOf(memories: readonly PlanMemory[], { mixed = false }: { mixed?: boolean } = {}): Slots {
  const slots = memories.map(() => -1), residents: number[][] = [];
  for (const i of largestFirst(memories)) {
    const one = memories[i];
    const slot = residents.findIndex((others) => {
      const first = memories[others[0]];
      return (mixed || first.dtype === one.dtype) && bytesOf(one) * 2 >= bytesOf(first) &&
        !others.some((j) => meet(one, memories[j]));
    });
    slots[i] = slot < 0 ? residents.push([i]) - 1 : slot;
    if (slot >= 0) residents[slot].push(i);
  }
  return { slots, largest: residents.map(([first]) => first) };
}

function bytesOf({ dtype, length }: PlanMemory): number {
  return length * bytesPerElement(dtype);
}

function largestFirst(memories: readonly PlanMemory[]): number[] {
  const inner = memories.flatMap(({ kind }, i) => kind === "inner" ? [i] : []);
  return inner.sort((a, b) =>
    bytesOf(memories[b]) - bytesOf(memories[a]) || memories[a].first - memories[b].first
  );
}

function meet(a: PlanMemory, b: PlanMemory): boolean {
  return a.first <= b.last && b.first <= a.last;
}
