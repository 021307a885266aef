/** What bounds a case that no library does: how fast memory is copied, and what it may take at most. */
import { median } from "../harness/measure.ts";
import type { Variant } from "../harness/run.ts";
import { COPY, LIMIT } from "../report/figures.ts";
import type { Case, Work } from "../works/work.ts";

/** How many numbers are copied: more than caches hold. */
const COUNT = 2 ** 24;

/** The time in which as many bytes as a case reads and writes are copied in memory: the median of copies. */
export function copy({ onDevice }: Work, { bytes }: Case): Variant[] {
  if (bytes === undefined || onDevice) return [];
  return [{
    library: COPY,
    how: "of as many bytes",
    isBound: true,
    prepare: () => {
      const from = new Float32Array(COUNT).fill(1), to = new Float32Array(COUNT).fill(2);
      const share = bytes / (from.byteLength + to.byteLength);
      return {
        answer: () => [],
        measure: ({ slice }) => Promise.resolve(share * median(copies(slice, () => to.set(from)))),
      };
    },
  }];
}

function copies(milliseconds: number, run: () => void): number[] {
  const times: number[] = [], end = performance.now() + milliseconds;
  do {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  } while (performance.now() < end);
  return times;
}

/** The milliseconds that a case may take at most, as if someone took them. */
export function limit(_work: Work, { limit }: Case): Variant[] {
  if (limit === undefined) return [];
  const bound = { answer: () => [], measure: () => Promise.resolve(limit) };
  return [{ library: LIMIT, how: "as asked", isBound: true, prepare: () => bound }];
}
