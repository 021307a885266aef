/**
 * Addresses that are not known yet. A kernel's calls are written down twice, with memory in other places: what differs in
 * an argument tells which memory it points to, and what does not is a number.
 */
import { Unscripted } from "../memory/script.ts";

/** Memory that is not one of a plan's own. */
export const SCRATCH = 0, TEMPORARY = 1, TABLE = 2, ROOM = 3;
/** From here on memories are numbered as the plan does. */
export const OWN = 4;

/** A place in a memory. */
export interface Address {
  readonly memory: number;
  readonly offset: number;
}

/** What a call is given. */
export type Argument = number | Address;

/** How far memories lie apart in what is written down, and how far each moves, times its number, from one time to the other. */
const APART = 2 ** 36, MOVE = 2 ** 12;
/** No address is further from the start of its memory. */
const NEAR = APART / 4;

/** Where a memory starts, the first time or the second. */
export function startOf(memory: number, time: number): number {
  return (memory + 1) * (APART + time * MOVE);
}

/** What was said the first time and the second. */
export function argumentOf(first: number, second: number): Argument {
  const moved = (second - first) / MOVE, memory = moved - 1;
  if (moved === 0 && Math.abs(first) < NEAR) return first;
  const offset = first - startOf(memory, 0);
  if (!Number.isInteger(moved) || moved < 1 || !(Math.abs(offset) < NEAR)) {
    throw new Unscripted("computes with addresses");
  }
  return { memory, offset };
}
