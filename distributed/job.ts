/** The job that this process is part of: how it is joined, and how it ends. */
import { DistributedError } from "./error.ts";
import type { Wire } from "./mpi/abi.ts";
import { launcher, type LibraryName } from "./mpi/launcher.ts";
import { type Library, openLibrary } from "./mpi/library.ts";
import { candidates, MEND } from "./mpi/places.ts";
import type { Memory } from "./mpi/signatures.ts";

/** A job that was joined: who is in it, and what it is reached by, `null` for a process that is alone. */
export interface Job {
  readonly rank: number;
  readonly size: number;
  readonly host: string;
  readonly library: Library | null;
  /** Whether several threads may call the library. */
  readonly manyThreads: boolean;
  /** Bytes that were handed to the library, and seconds in its calls. */
  readonly traffic: Traffic;
  readonly turns: Turns;
}

/** What waits for elements that are not here yet: done in the order in which it was asked for, the same on all ranks. */
interface Turns {
  /** How many wait. */
  waiting: number;
  /** Whether it is the turn of one of them now. */
  isNow: boolean;
  /** Resolves when the last of them is done. */
  last: Promise<unknown>;
}

/**
 * What communication took so far.
 *
 * @category Many processes
 */
export interface Traffic {
  /** Bytes that were handed to MPI, once for each call. */
  bytes: number;
  /** Seconds in its calls, those in which it waited for other ranks among them. */
  seconds: number;
  /** How many calls there were. */
  calls: number;
}

const joined: { job: Job | null } = { job: null };

/** The job, or an error where none was joined yet. */
export function jobFor(asked: string): Job {
  if (joined.job) return joined.job;
  throw new DistributedError(`Cannot ${asked}: this process is in no job yet, await connect() first`);
}

/** The job, if it was joined already. */
export function jobIfAny(): Job | null {
  return joined.job;
}

/** Joins the job that a launcher began, or one of this process alone. */
export function join(path: string | undefined): Job {
  return joined.job ??= begin(path);
}

function begin(path: string | undefined): Job {
  const traffic = { bytes: 0, seconds: 0, calls: 0 }, found = launcher();
  const turns: Turns = { waiting: 0, isNow: false, last: Promise.resolve() };
  if (!found && path === undefined) {
    return { rank: 0, size: 1, host: "localhost", library: null, manyThreads: false, traffic, turns };
  }
  const library = path === undefined ? openUsual(found!.name, found!.libraries) : openNamed(path);
  const { calls, abi } = library, number = new Int32Array(1), name = new Uint8Array(512);
  const ask = (call: (to: Int32Array) => number): number => {
    checkCall(call(number));
    return number[0];
  };
  if (ask(calls.initialized) === 0) checkCall(calls.init(null, null, abi.manyThreads, number));
  const manyThreads = number[0] >= abi.manyThreads;
  const length = ask((to) => calls.host(name, to));
  const host = new TextDecoder().decode(name.subarray(0, length));
  const rank = ask((to) => calls.rank(abi.world, to)), size = ask((to) => calls.size(abi.world, to));
  return { rank, size, host, library, manyThreads, traffic, turns };
}

function openNamed(path: string): Library {
  try {
    return openLibrary(path);
  } catch (error) {
    throw refusal(`of "${path}", ${messageOf(error)}`, error);
  }
}

function openUsual(launcher: string, kinds: readonly LibraryName[]): Library {
  const paths = candidates(kinds), wrong: string[] = [];
  for (const path of paths) {
    try {
      return openLibrary(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw refusal(messageOf(error), error);
      if (!/could not open library/i.test(messageOf(error))) wrong.push(`of ${path}, ${messageOf(error)}`);
    }
  }
  const why = [`tried ${paths.join(", ")}`, ...wrong].join("; ");
  throw refusal(`${launcher} started this process, and no library of MPI was found (${why}): ${MEND}`);
}

function messageOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "it takes the permission to call libraries: run with --allow-ffi";
  }
  return error instanceof Error ? error.message : String(error);
}

function refusal(why: string, cause?: unknown): DistributedError {
  return new DistributedError(`Cannot connect: ${why}`, { cause });
}

/** Refuses what a call of MPI answers where it went wrong; most end the job themselves. */
export function checkCall(code: number): void {
  if (code !== 0) throw new DistributedError(`Cannot go on: a call of MPI failed with code ${code}`);
}

/**
 * Calls `act` with what is coming, `null` where that fails, after all else that waits for its turn. An error of `act` is
 * the promise's, else that by which nothing came.
 */
export function inTurn<T, R>(job: Job, coming: Promise<T>, act: (come: T | null) => R): Promise<R> {
  const { turns } = job, outcome = Promise.allSettled([coming]);
  turns.waiting++;
  const mine = turns.last.then(() => outcome).then(([found]) => {
    turns.isNow = true;
    try {
      const made = act(found.status === "fulfilled" ? found.value : null);
      if (found.status === "rejected") throw found.reason;
      return made;
    } finally {
      turns.isNow = false;
      turns.waiting--;
    }
  });
  turns.last = mine.catch(() => {});
  return mine;
}

/** Waits until nothing waits for its turn. */
export async function idle({ turns }: Job): Promise<void> {
  while (turns.waiting > 0) await turns.last;
}

function checkTurn({ turns: { waiting, isNow } }: Job): void {
  if (waiting === 0 || isNow) return;
  throw new DistributedError(
    `Cannot call MPI at once: ${waiting} that it was called for before wait for elements of a device, await ready() first`,
  );
}

/** Calls the library, and adds up what it took. */
export function timed(job: Job, bytes: number, call: (library: Library) => number): void {
  checkTurn(job);
  const start = performance.now();
  checkCall(call(job.library!));
  job.traffic.seconds += (performance.now() - start) / 1000;
  job.traffic.bytes += bytes;
  job.traffic.calls++;
}

/** How the elements of an array are sent. */
export function wireOf(array: Memory): Wire {
  if (array instanceof Float32Array) return "f32";
  if (array instanceof Float64Array) return "f64";
  if (array instanceof Int32Array) return "i32";
  if (array instanceof Uint32Array) return "u32";
  if (array instanceof Uint8Array) return "u8";
  throw new DistributedError(
    `Cannot send ${(array as object).constructor.name} as numbers: MPI knows none like it`,
  );
}
