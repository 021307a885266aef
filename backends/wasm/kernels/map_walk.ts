/** In which order the elements of an elementwise kernel are visited. */
import type { Shape } from "@tapegrad/core/backend";
import { eachOuter, type Walk } from "../../common/walk.ts";
import type { Heap } from "../memory/heap.ts";
import type { Run } from "../modules.ts";
import type { Job } from "../threads/job.ts";
import type { Operand } from "./kernel.ts";
import { TILE } from "./map_tiles_code.ts";
import { sweepOf } from "./sweep.ts";

/** Rows that are shorter are better run across. */
const SHORT = 4;
/** Where rows are read across memory so many columns are taken at a time, whose lines the cache holds. */
const COLUMNS = 16;
/** Tiles are taken by squares of so many rows and columns. */
export const SQUARE = 64;

/** Loops over operands as their first lies in memory, at least two of them. */
export function walkAlong(operands: readonly Operand[]): Walk {
  const [{ shape, strides }] = operands, order = shape.map((_, axis) => axis);
  order.sort((a, b) => Math.abs(strides[b]) - Math.abs(strides[a]));
  const pick = (values: Shape) => order.map((axis) => values[axis]);
  const turned = operands.map((x) => ({ pointer: x.pointer, dtype: x.dtype, strides: pick(x.strides) }));
  return longRows(sweepOf(turned, pick(shape)));
}

function longRows(walk: Walk): Walk {
  const [rows, n] = walk.shape.slice(-2);
  if (n >= SHORT || rows <= n) return walk;
  const turned = (values: readonly number[]) => [...values.slice(0, -2), ...values.slice(-2).toReversed()];
  return { ...walk, shape: turned(walk.shape), strides: walk.strides.map(turned) };
}

/** How kernels are called: with their parameters, for so many elements, and at most for so many at once. */
export interface Calls {
  readonly most: number;
  call(run: Run, parameters: readonly number[], elements: number): void;
}

/** Calls one after another, of any size. */
export function directlyOn({ job }: Heap): Calls {
  return { most: Infinity, call: (run, parameters) => job.call(run, parameters) };
}

/** Calls that a job is told, in pieces of so many elements. */
export function inPieces(job: Job, most: number): Calls {
  let told = 0;
  return {
    most,
    call(run, parameters, elements): void {
      job.call(run, parameters);
      told += elements;
      if (told < most) return;
      told = 0;
      job.next();
    },
  };
}

/** Runs along the planes of the longest loop but two: kernels are told how many as well, and how far they are apart. */
export function runPlanes(walk: Walk, hasStep: readonly boolean[], run: Run, calls: Calls): void {
  const outer = walk.shape.slice(0, -2), longest = outer.indexOf(Math.max(...outer));
  const without = (values: readonly number[]) => values.toSpliced(longest, 1);
  const apart = walk.strides.map((s) => s[longest]), planes = outer[longest];
  const rest = { ...walk, shape: without(walk.shape), strides: walk.strides.map(without) };
  const most = Math.max(1, Math.floor(calls.most / (rest.shape.at(-2)! * rest.shape.at(-1)!)));
  for (let first = 0; first < planes; first += most) {
    const own = Math.min(most, planes - first);
    runAlong({ ...rest, starts: walk.starts.map((start, k) => start + first * apart[k]) }, hasStep, {
      rows: run,
      tiles: null,
    }, {
      most: Infinity,
      call: (run, parameters, elements) => calls.call(run, [own, ...parameters, ...apart], own * elements),
    });
  }
}

/** Kernels that run along rows, and by tiles of so many rows and columns, if they do. */
export interface Runs {
  readonly rows: Run;
  readonly tiles: Run | null;
}

/**
 * Runs along all rows: kernels are told how many, of how many elements, and of each operand the start, the step from row
 * to row and, where it `hasStep`, that from element to element. Tiles run wherever there are whole ones.
 */
export function runAlong(
  walk: Walk,
  hasStep: readonly boolean[],
  { rows: run, tiles }: Runs,
  calls: Calls,
): void {
  const [rows, n] = walk.shape.slice(-2), block = blockOf(walk, hasStep, calls);
  const [tiledRows, tiledColumns] = tiles ? [rows - rows % TILE, n - n % TILE] : [0, 0];
  const isAcross = walk.strides.some((s, k) => hasStep[k] && Math.abs(s.at(-2)!) < Math.abs(s.at(-1)!));
  const columns = isAcross ? COLUMNS : n;
  eachOuter(walk, 2, (at) => {
    for (let i = 0; i < tiledRows; i += SQUARE) {
      for (let j = 0; j < tiledColumns; j += SQUARE) {
        block(tiles!, at, [i, Math.min(SQUARE, tiledRows - i)], [j, Math.min(SQUARE, tiledColumns - j)]);
      }
    }
    block(run, at, [0, tiledRows], [tiledColumns, n - tiledColumns]);
    for (let j = 0; j < n; j += columns) {
      block(run, at, [tiledRows, rows - tiledRows], [j, Math.min(columns, n - j)]);
    }
  });
}

type Range = readonly [first: number, count: number];

// Calls a kernel on some rows of some columns, of not too many elements at once.
function blockOf(
  { strides }: Walk,
  hasStep: readonly boolean[],
  { call, most }: Calls,
): (run: Run, at: readonly number[], rows: Range, columns: Range) => void {
  const steps = strides.map((s) => s.slice(-2)), parameters = [0, 0], places: number[] = [];
  steps.forEach(([row, step], k) => {
    places.push(parameters.length);
    parameters.push(0, row);
    if (hasStep[k]) parameters.push(step);
  });
  return (run, at, [row, rows], [column, columns]) => {
    const width = Math.min(columns, most), height = Math.max(1, Math.floor(most / width));
    for (let i = 0; i < rows; i += height) {
      for (let j = 0; j < columns; j += width) {
        parameters[0] = Math.min(height, rows - i);
        parameters[1] = Math.min(width, columns - j);
        for (let k = 0; k < at.length; k++) {
          parameters[places[k]] = at[k] + (row + i) * steps[k][0] + (column + j) * steps[k][1];
        }
        call(run, parameters, parameters[0] * parameters[1]);
      }
    }
  };
}
