/** Convolutions line by line, where too few channels are made of too few to pack patches. */
import { bytesPerElement, type DType, sizeOf } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Run } from "../../modules.ts";
import { made } from "../made.ts";
import { lanesOf } from "../matmul/lanes.ts";
import { withTable } from "./grid.ts";
import { defineLineDots, defineLines } from "./lines_code.ts";
import { elements } from "./products.ts";
import type { Patches } from "./windows.ts";

/** So many channels at a time, with as many taps at a time of a weight's gradient. */
const HEIGHTS = [4, 1], WIDTHS = [3, 1];

/** Lines of an image and what is made of them: two or one axes, the others one by one. */
interface Strips {
  readonly lines: number;
  readonly line: number;
  readonly next: number;
  readonly n: number;
  readonly step: number;
  /** Where the lines of each begin, and where what is made of them. */
  readonly starts: readonly (readonly [from: number, to: number])[];
}

function stripsOf({ places: { extents, steps } }: Patches, size: number): Strips {
  const n = extents[extents.length - 1], step = steps[steps.length - 1] * size, outer = extents.length - 2;
  const lines = outer < 0 ? 1 : extents[outer], line = outer < 0 ? 0 : steps[outer] * size;
  const starts: [number, number][] = [];
  for (let i = 0; i < (outer > 0 ? extents[0] : 1); i++) {
    starts.push([outer > 0 ? i * steps[0] * size : 0, i * lines * n * size]);
  }
  return { lines, line, next: n * size, n, step, starts };
}

// In runs of so many, the last ones one by one.
function eachRun(count: number, sizes: readonly number[], visit: (from: number, size: number) => void): void {
  let from = 0;
  for (const size of sizes) for (; from + size <= count; from += size) visit(from, size);
}

/** Where a group of channels is, and what is made of it. */
export interface LinesAt {
  readonly from: number;
  /** Weights or slopes. */
  readonly other: number;
  readonly bias?: number;
  readonly to: number;
  readonly adds?: boolean;
}

/** Patches that are read where they lie. */
export class Lines {
  readonly #strips: Strips;
  readonly #size: number;
  readonly #taps: number;
  readonly #places: number;

  private constructor(
    readonly heap: Heap,
    readonly dtype: DType,
    patches: Patches,
    readonly table: number,
  ) {
    this.#size = bytesPerElement(dtype);
    this.#strips = stripsOf(patches, this.#size);
    this.#taps = sizeOf(patches.taps.extents);
    this.#places = sizeOf(patches.places.extents) * this.#size;
  }

  /** Runs `use` with what reads such patches. */
  static with(heap: Heap, dtype: DType, patches: Patches, use: (lines: Lines) => void): void {
    withTable(
      heap,
      patches.taps,
      bytesPerElement(dtype),
      (table) => use(new Lines(heap, dtype, patches, table)),
    );
  }

  /** Sums of products with so many rows of weights. */
  sum(rows: number, { from, other, bias = 0, to }: LinesAt): void {
    const { lines, line, next, n, step, starts } = this.#strips, size = this.#size, row = this.#taps * size;
    eachRun(rows, HEIGHTS, (first, height) => {
      const run = this.#made(
        `lines ${height}`,
        (module, lanes, isDense) => defineLines(module, lanes, height, isDense),
      );
      const weights = other + first * row, added = bias && bias + first * size;
      for (const [x, y] of starts) {
        this.heap.job.call(run, [
          ...[from + x, this.table, this.#taps, weights, row, added],
          ...[to + first * this.#places + y, this.#places, lines, line, next, n, step],
        ]);
      }
    });
  }

  /** Products with so many rows of slopes. */
  dots(rows: number, { from, other, to, adds = false }: LinesAt): void {
    const { lines, line, next, n, step, starts } = this.#strips, size = this.#size, row = this.#taps * size;
    eachRun(rows, HEIGHTS, (first, height) =>
      eachRun(this.#taps, WIDTHS, (tap, width) => {
        const run = this.#made(`dots ${height} ${width}`, (module, lanes, isDense) =>
          defineLineDots(module, lanes, height, width, isDense));
        starts.forEach(([x, y], i) =>
          this.heap.job.call(run, [
            ...[from + x, this.table + 4 * tap, other + first * this.#places + y, this.#places],
            ...[to + first * row + tap * size, row, lines, line, next, n, step, Number(adds || i > 0)],
          ])
        );
      }));
  }

  #made(what: string, define: (...of: DefineArguments) => ReturnType<typeof defineLines>): Run {
    const element = elements[this.dtype]!, isDense = this.#strips.step === this.#size;
    const name = `${what} ${element} ${isDense}`;
    return made(this.heap, name, (module) => define(module, lanesOf(element, this.heap.simd), isDense));
  }
}

type DefineArguments = [
  module: Parameters<typeof defineLines>[0],
  lanes: Parameters<typeof defineLines>[1],
  isDense: boolean,
];
