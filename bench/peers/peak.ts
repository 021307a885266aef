/** The bound that the 128-bit instructions of this core set, measured beside whom it bounds. */
import type { Variant } from "../harness/run.ts";
import type { Case, Work } from "../works/work.ts";
import { median } from "../harness/measure.ts";
import { PEAK } from "../report/figures.ts";
import { ADDITIONS, FLOPS, how, loops } from "./registers.ts";

/** Turns of a loop that take a millisecond or so. */
const TURNS = 50_000;
const ADDING_TURNS = 10_000;

/**
 * The time of a case in which all its operations came from registers, four lanes at once: the median of a turn, as it is
 * of those that are compared with it, so that what else the core does is no fault of theirs.
 */
export function peak({ onDevice }: Work, { flops }: Case): Variant[] {
  if (flops === undefined || onDevice) return [];
  return [{
    library: PEAK,
    how,
    isBound: true,
    prepare: () => ({
      answer: () => [],
      measure: ({ slice }) =>
        Promise.resolve(flops / TURNS / FLOPS * median(turns(slice, () => loops().products(TURNS)))),
    }),
  }];
}

/** The clock of this core as additions that wait for one another run where nothing holds them up, in GHz. */
export function clock(milliseconds = 100): number {
  const times = turns(milliseconds, () => loops().additions(ADDING_TURNS, 1));
  return ADDING_TURNS * ADDITIONS / Math.min(...times) / 1e6;
}

/** How many milliseconds each turn takes, one after the other. */
function turns(milliseconds: number, run: () => void): number[] {
  const end = performance.now() + milliseconds, times: number[] = [];
  run(); // until it is compiled well
  do {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  } while (performance.now() < end);
  return times;
}
