/** Programs over lanes that sum over them too, as for the gradients of a weight and a bias. */
import { input, type Shape, sizeOf } from "@tapegrad/core/backend";
import { eachOuter, type Walk } from "../../common/walk.ts";
import type { Heap } from "../memory/heap.ts";
import type { Run } from "../modules.ts";
import { tellClear } from "./copy.ts";
import type { Operand } from "./kernel.ts";
import { TOTAL } from "./lane_code.ts";
import { reduce } from "./reduce.ts";

/** A function that runs such a program, and where it runs. */
export interface Summing {
  readonly kernel: Run;
  readonly outer: Walk;
  readonly inner: Walk;
  /** How many bytes a call needs for itself. */
  readonly room: number;
  /** Where the sums go. */
  readonly sums: readonly Operand[];
  /** What is told of extents, and of operands at places for lanes so far apart. */
  readonly extents: readonly number[];
  readonly placed: (at: readonly number[], first: number) => readonly number[];
}

/** A group of lanes has so many elements at least, and there are so many groups at most. */
const ELEMENTS = 2 ** 16, GROUPS = 32;
/** About how many nanoseconds it takes to run a program on an element. */
const EACH = 1;
/** Which argument is in the room. */
const ROOM = 0b01000;

/**
 * Runs it on lanes in groups, each with totals of its own, on one thread too: so sums are the same on any number. A group
 * clears its totals first, for it may have to run twice.
 */
export function runSumming(heap: Heap, task: Summing, isInPlace: boolean): void {
  const { kernel, outer, inner, room, sums, extents, placed } = task, count = outer.shape.at(-1)!;
  const cost = outer.size * inner.size * EACH, bytes = sums.length * inner.size * TOTAL;
  const each = Math.max(1, Math.ceil(ELEMENTS / Math.max(1, inner.size)), Math.ceil(count / GROUPS));
  const groups = outer.shape.length === 1 ? Math.max(1, Math.ceil(count / each)) : 1;
  const most = groups === 1 ? count : each;
  heap.scratch(groups * bytes, (totals) => {
    heap.parallel(isInPlace || groups === 1 ? 0 : cost, room, (job, start) => {
      for (let group = 0; group < groups; group++) {
        const first = group * most, own = totals + group * bytes;
        tellClear(heap, job, own, bytes, 0);
        if (outer.size > 0) {
          eachOuter(outer, 1, (at) => {
            job.call(
              kernel,
              [...extents, Math.min(most, count - first), start, own, ...placed(at, first)],
              ROOM,
            );
          });
        }
        job.next();
      }
    });
    sums.forEach((output, i) => rounded(heap, totals + i * inner.size * TOTAL, groups, bytes, output));
  });
}

// Totals of groups in double precision as the elements of a result.
function rounded(heap: Heap, pointer: number, groups: number, bytes: number, output: Operand): void {
  const shape = [groups, ...output.shape], strides = [bytes / TOTAL, ...rowMajor(output.shape)];
  const totals: Operand = { pointer, dtype: "f64", shape, strides };
  reduce([totals], [output], { name: "totals", kind: "sum", expr: input(0), axes: [0] }, heap);
}

function rowMajor(shape: Shape): number[] {
  return shape.map((_, i) => sizeOf(shape.slice(i + 1)));
}
