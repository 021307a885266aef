/** What elements on the device depend on: uses of indices of which is not known yet whether they were in range. */
import type { IndexUse } from "./faults.ts";

/** A use of indices, or two dependences together. */
export interface Dependence {
  /** The number of its last use; each is known when that one is. */
  readonly last: number;
  /** What it joins, until it is known which failed; `null` for a use by itself. */
  readonly parts: readonly [Dependence, Dependence] | null;
  /** The first use in it that failed, once that is known. */
  readonly failed: IndexUse | null;
}

class Joined implements Dependence {
  readonly last: number;
  parts: readonly [Dependence, Dependence] | null;
  failed: IndexUse | null = null;

  constructor(a: Dependence, b: Dependence) {
    this.last = Math.max(a.last, b.last);
    this.parts = [a, b];
  }

  /** Lets go of the parts, which know whether they failed. */
  resolve(): void {
    const [a, b] = this.parts!;
    this.failed = earlier(a.failed, b.failed);
    this.parts = null;
  }
}

// The cause: what was found with an index out of range may itself be no index, of whatever lay in memory there.
function earlier(a: IndexUse | null, b: IndexUse | null): IndexUse | null {
  if (a === null || b === null) return a ?? b;
  return a.last < b.last ? a : b;
}

/** What depends on both. */
export function join(a: Dependence | null, b: Dependence | null): Dependence | null {
  if (a === null || b === null) return a ?? b;
  if (a === b || covers(a, b)) return a;
  return covers(b, a) ? b : new Joined(a, b);
}

// One failure is as good as two.
function covers(a: Dependence, b: Dependence): boolean {
  return a.failed !== null || (a.parts?.includes(b) ?? false);
}

/** The first use that failed in a dependence all of whose uses are known; `null` if all were right. */
export function failureOf(on: Dependence): IndexUse | null {
  // Without recursion: chains are as long as a training loop that reads nothing.
  const path = [on];
  while (path.length > 0) {
    const top = path.at(-1)!, unknown = top.parts?.filter((part) => part.parts !== null) ?? [];
    if (unknown.length > 0) {
      path.push(...unknown);
      continue;
    }
    path.pop();
    if (top instanceof Joined && top.parts) top.resolve();
  }
  return on.failed;
}
