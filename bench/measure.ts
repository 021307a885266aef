/** One way to do a workload, ready to run. */
export interface Contender {
  /** How it is used, where only a running library knows. */
  readonly how?: string;
  /** What it computes, for comparison with the others; asked for once, before anything is timed. */
  readonly answer: () => ArrayLike<number> | Promise<ArrayLike<number>>;
  /** The milliseconds one run takes, measured for about `budget` milliseconds. */
  readonly measure: (budget: number) => Promise<number>;
  /** Ends what it has running. */
  readonly close?: () => void | Promise<void>;
}

/** Long enough for the garbage that a run leaves to be collected within the batch that made it. */
const BATCH = 10;
/** A library is warm when this many windows of warming up bring no more than a twentieth, or after a while. */
const WINDOWS = 3;
const WINDOW = 100;
const LONGEST_WARM_UP = 1500;
/** What one contender gets in one round. */
const SLICE = 60;

/** A contender that is timed in this process; `run` does the work once and may return a promise. */
export function timed(run: () => unknown, answer: Contender["answer"]): Contender {
  let runs = 0;
  return {
    async answer(): Promise<ArrayLike<number>> {
      const start = performance.now(), result = await answer();
      // Whoever took that long is warm, and one run is more than a slice.
      if (performance.now() - start > LONGEST_WARM_UP) runs = 1;
      return result;
    },
    async measure(budget: number): Promise<number> {
      runs ||= await warmUp(run);
      const times: number[] = [], end = performance.now() + budget;
      do times.push(await batch(run, runs) / runs); while (performance.now() < end);
      return median(times);
    },
  };
}

/** A contender of which only the time until `run` has given its promise counts, not what is waited for. */
export function timedApart(run: () => Promise<unknown>, answer: Contender["answer"]): Contender {
  let isWarm = false;
  return {
    answer,
    async measure(budget: number): Promise<number> {
      if (!isWarm) await warmUp(run);
      isWarm = true;
      const times: number[] = [], end = performance.now() + 2 * budget;
      do {
        const start = performance.now(), promise = run();
        times.push(performance.now() - start);
        await promise;
      } while (performance.now() < end);
      return median(times);
    },
  };
}

/** Runs until it gets no faster, which takes some libraries a second, and gives how many runs make a batch. */
async function warmUp(run: () => unknown): Promise<number> {
  const end = performance.now() + LONGEST_WARM_UP, windows: number[] = [];
  do windows.push(await window(run)); while (performance.now() < end && improves(windows));
  return Math.max(1, Math.round(BATCH / Math.min(...windows)));
}

function improves(windows: readonly number[]): boolean {
  if (windows.length <= WINDOWS) return true;
  return Math.min(...windows.slice(-WINDOWS)) < 0.95 * Math.min(...windows.slice(0, -WINDOWS));
}

/** The milliseconds of a run, over a window of warming up. */
async function window(run: () => unknown): Promise<number> {
  let runs = 0, spent = 0;
  for (let next = 1; spent < WINDOW; next = Math.ceil(runs * Math.min(1, WINDOW / spent - 1))) {
    spent += await batch(run, next);
    runs += next;
  }
  return spent / runs;
}

async function batch(run: () => unknown, runs: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) {
    const result = run();
    // Awaiting a number would add a turn of the queue to libraries that need none.
    if (result instanceof Promise) await result;
  }
  return performance.now() - start;
}

/** The middle one, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * Gives every contender a slice of each round, another one going first each time, so that what else the
 * machine does hits all alike. What a contender took in each round, or the error that stopped it.
 */
export async function inTurns(
  contenders: readonly Contender[],
  rounds: number,
  progress: (done: number) => void,
): Promise<(number[] | Error)[]> {
  const slices: number[][] = contenders.map(() => []);
  const errors: (Error | undefined)[] = contenders.map(() => undefined);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      progress((round + turn / contenders.length) / rounds);
      const i = (round + turn) % contenders.length;
      if (errors[i]) continue;
      const slice = await attempt(() => contenders[i].measure(SLICE));
      if (slice instanceof Error) errors[i] = slice;
      else slices[i].push(slice);
    }
  }
  return slices.map((times, i) => errors[i] ?? times);
}

/** The result of `fn`, or the error it failed with. */
export async function attempt<T>(fn: () => T | Promise<T>): Promise<T | Error> {
  try {
    return await fn();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Where two answers differ by more than 1e-4 of the value, as a sentence; nothing where they agree. */
export function disagreement(found: ArrayLike<number>, wanted: ArrayLike<number>): string | undefined {
  if (found.length !== wanted.length) {
    return `wrong answer: ${found.length} numbers where tapegrad has ${wanted.length}`;
  }
  for (let i = 0; i < wanted.length; i++) {
    if (Math.abs(found[i] - wanted[i]) <= 1e-4 * Math.abs(wanted[i])) continue;
    return `wrong answer: number ${i} is ${found[i]} where tapegrad has ${wanted[i]}`;
  }
  return undefined;
}
