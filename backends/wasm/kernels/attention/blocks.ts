/** Attention head by head, and within a head so many rows of scores at a time, none of which stay. */
import { bytesPerElement, sizeOf } from "@tapegrad/core/backend";
import { eachOuter } from "../../../common/walk.ts";
import type { Heap } from "../../memory/heap.ts";
import { KernelModule, perHeap, type Run } from "../../modules.ts";
import { areFinite } from "../finite.ts";
import type { Operand } from "../kernel.ts";
import type { Matrix, Means } from "../matmul/multiply.ts";
import { productsOf } from "../matmul/products.ts";
import { stepClass } from "../streams.ts";
import { repeated } from "./rooms.ts";
import type { RowsForm, slopingRows, weighingRows } from "./rows_code.ts";

/**
 * About so many scores are there at a time: with fewer, products of few rows take longer than what larger caches do.
 * Of 4,096 positions forward and back took 2.0 times as long as all scores at once with 2^17, 1.1 with 2^19, 0.9 with 2^20.
 */
const SCORES = 2 ** 20;
/** Rows come in as many as tiles of products have, of which there are some at least. */
const TILE = 12, FEWEST = 24;
/** Of a causal head so many blocks at least, for what is hidden is left out by blocks. */
const BLOCKS = 8;
/** Rows that are a power of two apart share few lines of a cache. */
const LINE = 16;

/** What attention is of. */
export interface Heads {
  readonly dtype: "f32" | "f64";
  readonly size: number;
  /** The axes in front of matrices. */
  readonly batch: readonly number[];
  readonly queries: number;
  readonly keys: number;
  /** How many features scores are of, and how many values have. */
  readonly features: number;
  readonly columns: number;
  /** The mask as it lies along scores. */
  readonly mask: Operand | null;
  readonly isCausal: boolean;
  /** Whether what is hidden from all rows of a block is left out, which it is not where a 0 times it is none. */
  readonly skips: boolean;
  /** So many rows are a block. */
  readonly rows: number;
  /** How far rows of scores, and of what lies like them, are apart in elements. */
  readonly apart: number;
}

/** How attention is to be computed. */
interface How {
  readonly isCausal: boolean;
  readonly isMasked: boolean;
}

/** What attention is of, of operands that are finite unless it is said which may not be. */
export function headsOf(heap: Heap, inputs: readonly Operand[], how: How, others: readonly Operand[]): Heads {
  const [q, , v] = inputs, { isCausal, isMasked } = how, dtype = q.dtype as "f32" | "f64";
  const batch = q.shape.slice(0, -2),
    [queries, features] = q.shape.slice(-2),
    [keys, columns] = v.shape.slice(-2);
  return {
    ...{ dtype, size: bytesPerElement(dtype), batch, queries, keys, features, columns, isCausal },
    mask: isMasked ? repeated(inputs[3], [...batch, queries, keys]) : null,
    skips: isCausal && areFinite(heap, others),
    rows: rowsOf(queries, keys, isCausal),
    apart: Math.ceil(keys / LINE) * LINE + LINE,
  };
}

function rowsOf(queries: number, keys: number, isCausal: boolean): number {
  const most = Math.floor(SCORES / keys / TILE) * TILE;
  const part = isCausal ? Math.ceil(queries / BLOCKS / TILE) * TILE : queries;
  return Math.min(queries, Math.max(FEWEST, Math.min(most, part)));
}

/** Rows of one head. */
export interface Block {
  /** The first of them. */
  readonly start: number;
  readonly rows: number;
  /** So many keys are computed with. */
  readonly shown: number;
}

/** The blocks of a head, the last one first: no other has more keys. */
export function blocksOf({ queries, keys, rows, skips }: Heads): readonly Block[] {
  const blocks: Block[] = [];
  for (let start = 0; start < queries; start += rows) {
    const count = Math.min(rows, queries - start);
    blocks.unshift({ start, rows: count, shown: skips ? Math.min(keys, start + count) : keys });
  }
  return blocks;
}

/** Visits heads with where each of the operands starts there. */
export function eachHead(
  { batch }: Heads,
  operands: readonly Operand[],
  visit: (at: readonly number[]) => void,
): void {
  const strides = operands.map(({ dtype, strides }) =>
    strides.slice(0, batch.length).map((step) => step * bytesPerElement(dtype))
  );
  eachOuter({ shape: batch, strides, size: sizeOf(batch), starts: operands.map((x) => x.pointer) }, 0, visit);
}

/** A matrix of an operand's last two axes, from a pointer and so many rows on. */
export function matrixAt({ dtype, strides }: Operand, pointer: number, row = 0): Matrix {
  const size = bytesPerElement(dtype), apart = strides.at(-2)! * size;
  return { pointer: pointer + row * apart, row: apart, column: strides.at(-1)! * size };
}

/** Columns up to the end of a tile, which have room where scores are. */
export function tiled(columns: number): number {
  return Math.ceil(columns / LINE) * LINE;
}

/** What products are computed with. */
export function meansOf(heap: Heap, { dtype }: Heads): Means {
  return { products: productsOf(heap, dtype), heap };
}

const kernelsOf = perHeap(() => new Map<string, Run>());

/** What weighs scores, or takes slopes of them too. */
export function rowsRun(
  heap: Heap,
  { dtype, mask }: Heads,
  define: typeof weighingRows | typeof slopingRows,
): Run {
  const step = mask && mask.strides.at(-1)! * bytesPerElement(mask.dtype);
  const form: RowsForm = { dtype, mask: mask && { dtype: mask.dtype, class: stepClass(step!, mask.dtype) } };
  const key = `${define.name}${dtype}${form.mask?.dtype}${form.mask?.class}`, kernels = kernelsOf(heap);
  let run = kernels.get(key);
  if (!run) {
    const module = new KernelModule();
    kernels.set(key, run = module.only(define(module, form, heap.simd), heap.memory));
  }
  return run;
}

/** Nanoseconds to make a weight of a score, and a piece that threads take. */
const EACH = 1.5, PIECE = 100_000;

/** Where something begins for the first row of a block, and how far it is from there to the next row, in bytes. */
export type Along = readonly [pointer: number, step: number];

/** Runs through the rows of a block, in pieces where there are many. */
export function runRows(
  heap: Heap,
  run: Run,
  heads: Heads,
  { start, rows, shown }: Block,
  { maskAt, along }: { readonly maskAt: number; readonly along: readonly Along[] },
): void {
  const part = Math.max(1, Math.ceil(PIECE / (shown * EACH)));
  heap.parallel(rows * shown * EACH, 0, (job) => {
    for (let from = 0; from < rows; from += part) {
      const piece = { start: start + from, rows: Math.min(part, rows - from), shown };
      const places = along.map(([pointer, step]) => pointer + from * step);
      job.call(run, [...rowsArguments(heads, piece, maskAt), ...places]);
      job.next();
    }
  });
}

/** How many rows there are, of how many elements, what is hidden, and where the mask is. */
export function rowsArguments(
  heads: Heads,
  { start, rows, shown }: Block,
  maskAt: number,
): readonly number[] {
  const { mask, isCausal, apart, size } = heads, [first, more] = isCausal ? [start + 1, 1] : [shown, 0];
  const bytes = mask ? bytesPerElement(mask.dtype) : 0, [row, step] = mask?.strides.slice(-2) ?? [0, 0];
  return [rows, shown, first, more, apart * size, maskAt + start * row * bytes, row * bytes, step * bytes];
}
