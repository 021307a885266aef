/** How a reduction is shared among threads. */
import type { Abilities } from "./kernel.ts";
import { suitsAcross, type Walk } from "../../common/walk.ts";
import type { Lanes } from "../walk/lanes.ts";

/** What a kernel's source depends on. */
export interface KernelStrategy {
  /** How many threads reduce one part of a lane: 1, 16 or 256. */
  readonly threads: number;
  /** Whether neighbouring threads take neighbouring lanes, instead of neighbours in one. */
  readonly across: boolean;
  /** Whether lanes are so short that a plain loop does. */
  readonly short: boolean;
  /** Whether threads exchange values without memory. */
  readonly subgroups: boolean;
}

/** How a reduction runs. */
export interface Strategy {
  readonly kernel: KernelStrategy;
  /** Into how many parts each lane is split, whose results another pass reduces. */
  readonly parts: number;
}

/** Up to here one thread reduces a lane in a plain loop. */
const SHORT = 32;
/** So many neighbouring lanes make neighbouring threads take them. */
const ACROSS = 16;
/** A device with fewer threads has idle units. */
const FILL = 65536;
/** A thread has at least so many elements before it is worth a second pass… */
const FEW = 64;
/** …and at most so many, which bounds what rounding errors add up to. */
const MOST = 512;

/** How to reduce lanes. */
export function strategyOf(lanes: Lanes, { subgroups }: Abilities): Strategy {
  const n = lanes.inner.size, count = lanes.outer.size;
  const across = runsAcross(lanes), threads = threadsOf(n, count, across);
  const kernel = { threads, across, short: n <= SHORT, subgroups: subgroups && threads === 256 };
  const filling = Math.min(FILL / (count * threads), n / (FEW * threads));
  return { kernel, parts: Math.max(1, Math.floor(filling), Math.ceil(n / (MOST * threads))) };
}

function threadsOf(n: number, count: number, across: boolean): number {
  if (n <= SHORT || (across && count >= FILL)) return 1;
  return across || n <= 256 ? 16 : 256;
}

// Lanes lie next to each other, and the elements of one further apart. So do parts that are reduced in turn.
function runsAcross({ views, outer, inner }: Lanes): boolean {
  if (views.length === 1) return outer.size >= ACROSS;
  const read = ({ shape, strides }: Walk) => ({ shape, strides: strides.slice(1) });
  return suitsAcross(read(outer), read(inner), ACROSS);
}

/** How many lanes a workgroup takes. */
export function lanesAtOnce({ threads }: KernelStrategy): number {
  return workgroupSize(threads) / threads;
}

/** How many threads a workgroup has. */
export function workgroupSize(threads: number): number {
  return threads === 1 ? 64 : 256;
}

/** How many workgroups take one part of each of so many lanes. */
export function tilesOf({ kernel }: Strategy, lanes: number): number {
  return Math.ceil(lanes / lanesAtOnce(kernel));
}
