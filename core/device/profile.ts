/**
 * Profiles: which kernels run, how often and for how long. They look on where kernels run and not from a
 * layer, before which composites are taken apart: what is measured is what runs without them.
 */
import type { Backend, KernelProfiler, KernelTime, View } from "./backend.ts";
import { checkFunction } from "../base/settings.ts";
import { bytesPerElement } from "../base/dtype.ts";
import { observe } from "./observe.ts";
import { Profile, type ProfileRow } from "./profile_table.ts";

type Entry = { -readonly [K in keyof ProfileRow]: ProfileRow[K] };

/** What one profile has seen. */
class Recording {
  waited = 0;
  readonly #entries = new Map<string, Entry>();
  readonly #fromDevices: Promise<void>[] = [];

  add(op: string, backend: string, bytes: number, milliseconds: number | null): void {
    const entry = this.#entry(op, backend);
    entry.count++;
    entry.bytes += bytes;
    addTime(entry, milliseconds);
  }

  /** Adds what a device measured once it says so. */
  expect(backend: string, times: Promise<readonly KernelTime[]>): void {
    const done = times.then((list) => {
      for (const { op, milliseconds } of list) addTime(this.#entry(op, backend), milliseconds);
    });
    done.catch(() => {}); // The one who reads the table hears of it.
    this.#fromDevices.push(done);
  }

  async table(milliseconds: number): Promise<Profile> {
    await Promise.all(this.#fromDevices);
    return new Profile([...this.#entries.values()], milliseconds, this.waited);
  }

  #entry(op: string, backend: string): Entry {
    const key = `${backend} ${op}`;
    let entry = this.#entries.get(key);
    if (!entry) this.#entries.set(key, entry = { op, backend, count: 0, milliseconds: null, bytes: 0 });
    return entry;
  }
}

function addTime(entry: Entry, milliseconds: number | null): void {
  if (milliseconds !== null) entry.milliseconds = (entry.milliseconds ?? 0) + milliseconds;
}

const recordings = new Set<Recording>();
// A device has one profiler at a time, so it is exchanged whenever a profile begins or ends.
const clocks = new Map<Backend, KernelProfiler>();

function exchangeClocks(): void {
  for (const [backend, clock] of clocks) {
    const times = clock.stop();
    for (const recording of recordings) recording.expect(backend.name, times);
  }
  clocks.clear();
}

function begin(): Recording {
  exchangeClocks();
  const recording = new Recording();
  recordings.add(recording);
  observe("profile", true);
  return recording;
}

function end(recording: Recording): void {
  exchangeClocks();
  recordings.delete(recording);
  observe("profile", recordings.size > 0);
}

function attribute(backend: Backend, op: string): void {
  let clock = clocks.get(backend);
  if (!clock) {
    clock = backend.profiler?.();
    if (!clock) return;
    clocks.set(backend, clock);
  }
  clock.attribute(op);
}

/** Runs work of a backend on views and adds it to the profiles that are being taken. */
export function timed<T>(op: string, backend: Backend, views: readonly View[], run: () => T): T {
  if (recordings.size === 0) return run();
  if (!backend.synchronous) attribute(backend, op);
  const start = performance.now(), result = run(), milliseconds = performance.now() - start;
  addToAll(op, backend, views, backend.synchronous ? milliseconds : null);
  return result;
}

/** Reads from a backend under the eyes of profiles. */
export async function timedRead<T>(
  backend: Backend,
  views: readonly View[],
  run: () => Promise<T>,
): Promise<T> {
  const promise = timed("read", backend, views, run), start = performance.now();
  const result = await promise;
  if (!backend.synchronous) { for (const r of recordings) r.waited += performance.now() - start; }
  return result;
}

function addToAll(
  op: string,
  backend: Backend,
  views: readonly View[],
  milliseconds: number | null,
): void {
  const bytes = views.reduce((n, view) => n + touched(view), 0);
  for (const recording of recordings) recording.add(op, backend.name, bytes, milliseconds);
}

// An element that is repeated counts once.
function touched({ shape, strides, dtype }: View): number {
  return shape.reduce((n, extent, i) => strides[i] === 0 ? n : n * extent, bytesPerElement(dtype));
}

/**
 * Runs `fn`, awaits it if it is asynchronous, and tells what ran on devices meanwhile: how often each op, how
 * long and over how many bytes. A backend that computes at once is timed by the clock on the wall; another
 * times its own kernels where it can. Changes in place, uploads and reads are ops too; views run nothing and
 * are none. What other asynchronous code runs at the same time counts as well.
 *
 * @category Memory and profiles
 * @example
 * ```ts
 * import { profile, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([1, 2, 3]);
 * const table = await profile(() => x.mul(x).sum().backward());
 * const mul = table.rows.find((row) => row.op === "mul");
 * assertEquals([mul?.count, mul?.bytes], [1, 3 * 3 * 4]);
 * ```
 */
export async function profile(fn: () => unknown): Promise<Profile> {
  checkFunction("profile", fn);
  const recording = begin();
  const start = performance.now();
  let milliseconds = 0;
  try {
    const result = fn();
    if (result instanceof Promise) await result;
    milliseconds = performance.now() - start;
  } finally {
    end(recording);
  }
  return await recording.table(milliseconds);
}
