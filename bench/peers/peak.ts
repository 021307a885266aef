/** The bound that the 128-bit instructions of this core set, measured beside whom it bounds. */
import type { Variant } from "../harness/run.ts";
import type { Case, Work } from "../works/work.ts";
import { PEAK } from "../report/figures.ts";
import { ADDITIONS, FLOPS, how, loops } from "./registers.ts";

/** Turns of a loop that take a millisecond or so. */
const TURNS = 50_000;
const ADDING_TURNS = 10_000;

/** The time of a case in which all its operations came from registers, four lanes at once. */
export function peak({ onDevice }: Work, { flops }: Case): Variant[] {
  if (flops === undefined || onDevice) return [];
  return [{
    library: PEAK,
    how,
    isBound: true,
    prepare: () => ({
      answer: () => [],
      measure: ({ slice }) =>
        Promise.resolve(flops / rate(slice, () => loops().products(TURNS), TURNS * FLOPS)),
    }),
  }];
}

/** The clock of this core as additions that wait for one another run, in GHz. */
export function clock(milliseconds = 100): number {
  return rate(milliseconds, () => loops().additions(ADDING_TURNS, 1), ADDING_TURNS * ADDITIONS) / 1e6;
}

/** What `run` does so much of, in a millisecond: the most, since a bound is what nothing held up. */
function rate(milliseconds: number, run: () => void, amount: number): number {
  const end = performance.now() + milliseconds;
  let least = Infinity;
  run(); // until it is compiled well
  do {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  } while (performance.now() < end);
  return amount / least;
}
