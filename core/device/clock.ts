/** The order of ops and changes in place. */

/** Counts every recorded op and every change in place, so that the two can be put in order. */
export let clock = 0;

/** The next tick of the clock that orders ops and changes in place. */
export function tick(): number {
  return ++clock;
}
