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
  if (!found && path === undefined) {
    return { rank: 0, size: 1, host: "localhost", library: null, manyThreads: false, traffic };
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
  return { rank, size, host, library, manyThreads, traffic };
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

/** Calls the library, and adds up what it took. */
export function timed(job: Job, bytes: number, call: (library: Library) => number): void {
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
  return array instanceof Uint32Array ? "u32" : "u8";
}
