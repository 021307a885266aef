/** Where the memory of a plan lies: in one block, but for large buffers that each run names. */
import {
  arenaOf,
  bytesPerElement,
  type PlanMemory,
  type PlanRequest,
  type TypedArray,
} from "@tapegrad/core/backend";
import { ALIGNMENT } from "../memory/blocks.ts";
import { type Address, OWN, SCRATCH, TABLE, TEMPORARY } from "./addresses.ts";
import { aligned } from "./scribe.ts";
import type { Written } from "./writing.ts";

/** Small memory lies at multiples of this. */
const APART = 16;
const POINTER = 4;

/** Offsets in the block of a plan. */
export interface Rooms {
  /** How large the block is. */
  readonly bytes: number;
  /** Of each memory where it is, or -1 where each run names a buffer of wasm memory. */
  readonly places: readonly number[];
  /** Where the pointers of such buffers are told, one for each memory that is given. */
  readonly pointers: number;
  /** Where a call says what it failed for. */
  readonly failed: number;
  /** What is written once. */
  readonly fixed: readonly (readonly [at: number, elements: TypedArray])[];
  /** Where each step has what it needs while it runs. */
  readonly scratch: readonly number[];
  readonly temporaries: readonly number[];
  /** Where the tables of each step begin. */
  readonly tables: readonly number[];
}

/** Places for all memory; what is given of fewer elements than `small` is copied to the block. */
export function roomsOf(
  { memories }: PlanRequest,
  steps: readonly (Written | string)[],
  small: number,
): Rooms {
  const fixed: [number, TypedArray][] = [];
  let end = POINTER;
  const take = (bytes: number, apart = ALIGNMENT): number => {
    const at = Math.ceil(end / apart) * apart;
    end = at + bytes;
    return at;
  };
  const pointers = take(POINTER * memories.length);
  const places = memories.map(({ kind, dtype, length, data }) => {
    if (kind === "inner" || kind === "given" && length >= small) return -1;
    const at = take(length * bytesPerElement(dtype), APART);
    if (data) fixed.push([at, data]);
    return at;
  });
  const tables = steps.map((step) => typeof step === "string" ? 0 : takeTables(step.tables, take, fixed));
  const { offsets, bytes } = arenaOf([...memories, ...steps.map(needOf)], ALIGNMENT), arena = take(bytes);
  places.forEach((_, i) => offsets[i] >= 0 && (places[i] = arena + offsets[i]));
  const scratch = offsets.slice(memories.length).map((offset) => arena + offset);
  const temporaries = scratch.map((at, i) => at + mostOf(steps[i]));
  return { bytes: aligned(end), places, pointers, failed: 0, fixed, scratch, temporaries, tables };
}

// What a step needs while it runs, as memory of that step.
function needOf(step: Written | string, i: number): PlanMemory {
  const length = typeof step === "string" ? 0 : step.most + step.temporaries;
  return { kind: "inner", dtype: "bool", length, first: i, last: i };
}

function mostOf(step: Written | string): number {
  return typeof step === "string" ? 0 : step.most;
}

// Equal ones of several steps are there several times: they are small beside what they are about.
function takeTables(
  tables: readonly Uint8Array[],
  take: (bytes: number) => number,
  fixed: [number, TypedArray][],
): number {
  const places = tables.map((table) => take(aligned(table.length)));
  tables.forEach((table, i) => fixed.push([places[i], table]));
  return places[0] ?? 0;
}

/** Where in the block an address of a step is, or `null` where its buffer is named at each run. */
export function offsetOf(rooms: Rooms, step: number, { memory, offset }: Address): number | null {
  if (memory === SCRATCH) return rooms.scratch[step] + offset;
  if (memory === TEMPORARY) return rooms.temporaries[step] + offset;
  if (memory === TABLE) return rooms.tables[step] + offset;
  const place = rooms.places[memory - OWN];
  return place < 0 ? null : place + offset;
}
