/** One library's side of a piece of work, ready to run. */
export interface Contender {
  /** What it computes, for comparison with the others; asked for once, before anything is timed. */
  answer(): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** The milliseconds that one run takes, or the MiB that runs took at most. */
  measure(pace: Pace): Promise<number>;
  /** Frees what it holds. */
  close?(): void;
}

/** How long things are measured, in milliseconds. */
export interface Pace {
  /** What a contender gets in one round. */
  readonly slice: number;
  /** The most that it gets before the first. */
  readonly warmUp: number;
  /** A peer whose answer takes longer than that is left out. */
  readonly longest: number;
}

/** For figures. */
export const full: Pace = { slice: 60, warmUp: 1500, longest: 6000 };

/** To see that all of it works. */
export const quick: Pace = { slice: 10, warmUp: 50, longest: 4000 };

/** Long enough for the garbage that a run leaves to be collected within the batch that made it. */
const BATCH = 10;
/** A library is warm when this many windows of warming up bring no more than a twentieth, or after a while. */
const WINDOWS = 3;
/** How many windows a warm-up has at most. */
const PARTS = 15;

/** A contender that is timed in this process; `run` does the work once and may return a promise. */
export function timed(run: () => unknown, answer: Contender["answer"]): Contender {
  let runs = 0, answered = 0;
  return {
    async answer(): Promise<ArrayLike<number>> {
      const start = performance.now(), result = await answer();
      answered = performance.now() - start;
      return result;
    },
    async measure({ slice, warmUp }: Pace): Promise<number> {
      // Whoever took that long to answer is warm, and one run is more than a slice.
      runs ||= answered > warmUp ? 1 : await warm(run, warmUp);
      const times: number[] = [], end = performance.now() + slice;
      do times.push(await batch(run, runs) / runs); while (performance.now() < end);
      return median(times);
    },
  };
}

/** A contender whose first runs count, so many of them together, and no later ones. */
export function timedOnce(run: () => unknown, runs: number): Contender {
  return {
    answer: () => [],
    measure(): Promise<number> {
      const start = performance.now();
      for (let i = 0; i < runs; i++) run();
      return Promise.resolve(performance.now() - start);
    },
  };
}

/** A contender of which only the time until `run` has given its promise counts, not what is waited for. */
export function timedApart(run: () => Promise<unknown>, answer: Contender["answer"]): Contender {
  let isWarm = false;
  return {
    answer,
    async measure({ slice, warmUp }: Pace): Promise<number> {
      if (!isWarm) await warm(run, warmUp);
      isWarm = true;
      const times: number[] = [], end = performance.now() + 2 * slice;
      do {
        const start = performance.now(), promise = run();
        times.push(performance.now() - start);
        await promise;
      } while (performance.now() < end);
      return median(times);
    },
  };
}

/** A contender whose memory counts: by how much more than before the first run this process has had. */
export function weighed(run: () => unknown, answer: Contender["answer"]): Contender {
  const before = resident("VmRSS");
  return {
    answer,
    async measure(): Promise<number> {
      await run();
      return (resident("VmHWM") - before) / 1024;
    },
  };
}

/** How many KiB of this process are in memory, or were at most. */
function resident(what: "VmRSS" | "VmHWM"): number {
  return Number(Deno.readTextFileSync("/proc/self/status").match(`${what}:\\s*(\\d+)`)![1]);
}

/** Runs until it gets no faster, which takes some libraries a second, and gives how many runs make a batch. */
async function warm(run: () => unknown, most: number): Promise<number> {
  const end = performance.now() + most, windows: number[] = [];
  do windows.push(await window(run, most / PARTS)); while (performance.now() < end && improves(windows));
  return Math.max(1, Math.round(BATCH / Math.min(...windows)));
}

function improves(windows: readonly number[]): boolean {
  if (windows.length <= WINDOWS) return true;
  return Math.min(...windows.slice(-WINDOWS)) < 0.95 * Math.min(...windows.slice(0, -WINDOWS));
}

/** The milliseconds of a run, over a window of warming up. */
async function window(run: () => unknown, length: number): Promise<number> {
  let runs = 0, spent = 0;
  for (let next = 1; spent < length; next = Math.ceil(runs * Math.min(1, length / spent - 1))) {
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
