/** Which functions other threads can make for themselves: of modules that import the memory alone. */
import type { Run } from "../modules.ts";

/** A module that other threads can make. */
export interface Shareable {
  readonly bytes: Uint8Array;
}

/** A function by its place in the exports of a module. */
export interface Place {
  readonly module: Shareable;
  readonly place: number;
}

const places = new WeakMap<Run, Place>();

/** Lets other threads make the functions of a module. */
export function share(bytes: Uint8Array, exports: Readonly<Record<string, Run>>): void {
  const module = { bytes };
  Object.values(exports).forEach((run, place) => places.set(run, { module, place }));
}

/** Where other threads find a function, if they do. */
export function placeOf(run: Run): Place | undefined {
  return places.get(run);
}
