/** How many threads there can be. */
import { described, environmentVariable } from "@tapegrad/core/backend";
import { MOST_THREADS } from "./layout.ts";
import { hasWorkers } from "./workers.ts";

/** So many there are where nobody says: what is computed seldom gains by more. */
const USUAL = 8;

const VARIABLE = "TAPEGRAD_THREADS";

interface Host {
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly process?: {
    getBuiltinModule?(name: "node:os"): { availableParallelism?(): number } | undefined;
  };
  readonly crossOriginIsolated?: boolean;
}

/**
 * How many threads a backend has: as many as were asked for, or TAPEGRAD_THREADS says, which outranks what no flag gave,
 * or else as the machine has, where threads can share memory here.
 */
export function threadsFor(asked: number | undefined, byFlag = true): number {
  const own = asked === undefined ? undefined : checked(asked, described(asked));
  const wanted = byFlag ? own ?? fromEnvironment() : fromEnvironment() ?? own;
  const count = Math.min(wanted ?? Math.min(processors(), USUAL), MOST_THREADS);
  if (count === 1) return 1;
  const missing = missingHere();
  if (missing === undefined) return count;
  if (wanted !== undefined) tell(wanted, missing);
  return 1;
}

function fromEnvironment(): number | undefined {
  const text = environmentVariable(VARIABLE);
  return text === undefined ? undefined : checked(Number(text), `${VARIABLE}=${text}`);
}

function checked(count: number, told: string): number {
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new RangeError(`Cannot compute on ${told} threads: a whole number from 1 on is needed`);
}

function processors(): number {
  const { navigator, process } = globalThis as Host;
  return navigator?.hardwareConcurrency ?? process?.getBuiltinModule?.("node:os")?.availableParallelism?.() ??
    1;
}

function missingHere(): string | undefined {
  if (typeof SharedArrayBuffer === "undefined" || (globalThis as Host).crossOriginIsolated === false) {
    return "memory is shared between threads in pages alone that are isolated from other origins, by the headers " +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  }
  if (!canWait()) return "a page's main thread may not wait for others; a worker that runs the program may";
  return hasWorkers() ? undefined : "this runtime has no workers";
}

// It says at once that there is nothing to wait for, or throws where waiting is not permitted.
function canWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

let isTold = false;

function tell(wanted: number, missing: string): void {
  if (isTold) return;
  isTold = true;
  // deno-lint-ignore no-console -- what was asked for by name is not to be missing in silence
  console.warn(`There is one thread in place of ${wanted}: ${missing}`);
}
