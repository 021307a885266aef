/** Elements that come later: who waits for them, and why they did not come. */
import { BackendError, DeviceLostError } from "../base/errors.ts";
import type { Backend, Buffer } from "./backend.ts";

/**
 * Elements that come later.
 *
 * @category Backends
 */
export interface Arrival {
  /** The backend they come from. */
  readonly from: Backend;
  /** Waits for them and then calls `deliver` with what fills the buffer. */
  readonly bring: (deliver: (fill: (buffer: Buffer) => void) => void) => Promise<void>;
}

const onTheWay = new Set<Promise<void>>();

/** How many storages wait for their elements: to be asked before each tensor is. */
export let waiting = 0;

/** What is on its way now has arrived, or has failed to. */
export async function allArrived(): Promise<void> {
  await Promise.all(onTheWay);
}

/** Counts what has been promised until it is here, or will not be. */
export function expect(promise: Promise<void>): void {
  waiting++;
  onTheWay.add(promise);
  promise.then(() => {
    waiting--;
    onTheWay.delete(promise);
  });
}

/** Elements that a storage waits for, and what became of them. */
export interface Coming {
  readonly from: Backend;
  readonly promise: Promise<void>;
  failed: boolean;
  lost: boolean;
  error: unknown;
}

const arrivalErrors = new WeakSet<WeakKey>();

/** Says of elements why they did not come; what waited for them passes the cause on and not the sentence. */
export function arrivalError(name: string, to: string, { from, error, lost }: Coming): BackendError {
  const why = error instanceof Error ? error.message : String(error);
  const kind = lost ? DeviceLostError : BackendError;
  const made = new kind(
    `Cannot use ${name}: its elements did not arrive from ${from.name} to ${to}: ${why}`,
    { cause: error },
  );
  arrivalErrors.add(made);
  return made;
}

/** Takes note of an error that kept elements from coming to a backend. */
export function miss(awaited: Coming, to: Backend, error: unknown): void {
  const isLost = error instanceof DeviceLostError;
  awaited.failed = true;
  awaited.lost = isLost || [awaited.from, to].some(({ lost }) => lost !== undefined);
  awaited.error = arrivalErrors.has(error as WeakKey) ? (error as Error).cause : error;
}

/** Why elements that are on their way cannot be used. */
export function notHere(name: string, to: string, { name: from, lost }: Backend): BackendError {
  if (lost !== undefined) {
    return new DeviceLostError(
      `Cannot use ${name}: its elements were on their way from ${from}, whose device was lost (${lost})`,
    );
  }
  return new BackendError(
    `Cannot use ${name} yet: its elements are on their way from ${from} to ${to}, await ready() first`,
  );
}
