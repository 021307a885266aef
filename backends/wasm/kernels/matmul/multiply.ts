/** How a product is computed: where the matrices lie, along the inner axis, or in packed panels. */
import type { Heap } from "../../memory/heap.ts";
import type { Job } from "../../threads/job.ts";
import { multiplyInPlace } from "./in_place.ts";
import { costOf, sharesFor, type Strip, stripsOf } from "./strips.ts";
import type { TileForm } from "./tile.ts";
import { type Packed, type Products, productsOf } from "./products.ts";

/** A matrix: where it is, and how far apart its rows and columns are, in bytes. */
export interface Matrix {
  readonly pointer: number;
  readonly row: number;
  readonly column: number;
}

/** `c = a × b`, `[m, k] × [k, n]`, none of which is 0. */
export interface Product {
  readonly a: Matrix;
  readonly b: Matrix;
  readonly c: Matrix;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Has a job pack so many columns of a right matrix from one of its columns on, so many steps from one on, into panels at an address in its room. */
export type PackColumns = (
  job: Job,
  column: number,
  step: number,
  columns: number,
  steps: number,
  to: number,
) => void;

/** A product whose right matrix may be there only as it is packed, perhaps added to what is in `c`. */
export interface PanelProduct extends Omit<Product, "b"> {
  readonly b: Matrix | PackColumns;
  readonly adds?: boolean;
}

/** With so few rows or columns packing the other matrix costs more than it saves. */
const FEW = 20;
/** With so few steps packing costs more than it saves. */
const SHORT = 8;
/** With so few products packing costs more than it saves. */
const SMALL = 2 ** 17;
/** A matrix of more bytes is not in the smallest cache: it is to be read once, as it lies. */
const FAR = 2 ** 15;
/** Bytes of a vector. */
const VECTOR = 16;
/** Inner extent of panels: a panel of the right matrix stays in the smallest cache. */
const DEPTH = 256;
/** Bytes of the packed rows, which stay in the next larger one. */
const ROWS = 192 * 2 ** 10;
/** Bytes of the packed columns, which stay in a larger one. */
const COLUMNS = 2 ** 20;

/** Multiplies in the place of kernels, or adds to what is there; unless it answers false, having written nothing. */
export type Multiplier = (element: string, product: Product, adds?: boolean) => boolean;

/** What products are computed with. */
export interface Means {
  readonly products: Products;
  readonly heap: Heap;
  /** What the epilogue is given. */
  readonly parameters?: readonly number[];
  /** The form of tiles, if not the fastest. */
  readonly form?: TileForm;
}

/**
 * How a product is computed: as matrices lie, element by element along the inner axis, row by row of the right matrix,
 * or with both packed.
 */
export type Way = "direct" | "dot" | "row" | "packed";

/** Computes a product, in the best way or in one that is possible. */
export function multiply(means: Means, given: Product, forced?: Way): void {
  const { hooks, element } = means.products;
  if (hooks) return multiplyPacked(means, given);
  if (!forced && means.heap.multiplier?.(element, given)) return;
  multiplyOwn(means, [given], forced);
}

/** Computes products that are alike but for where their matrices are, each as `multiply` does. */
export function multiplyBatch(means: Means, all: readonly Product[]): void {
  const { multiplier } = means.heap, { element } = means.products;
  const own = multiplier ? all.filter((product) => !multiplier(element, product)) : all;
  if (own.length > 0) multiplyOwn(means, own);
}

function multiplyOwn(means: Means, given: readonly Product[], forced?: Way): void {
  const { size } = means.products, all = isTurned(given[0], size) ? given.map(turned) : given;
  const way = forced ?? wayOf(all[0], size);
  if (way === "packed") multiplyAlike(means, all.map((product) => ({ product })));
  else multiplyInPlace(means, way, all);
}

/** The best way. */
export function wayOf({ a, b, c, m, n, k }: Product, size: number): Way {
  if (c.column !== size && n > 1) return "packed";
  const isSmall = m * n * k <= SMALL || Math.min(m, n) <= FEW;
  if (b.column === size || n === 1) {
    if (m === 1 && n * k * size > FAR) return "row";
    return isSmall || k <= SHORT ? "direct" : "packed";
  }
  return isSmall && k > SHORT && a.column === size && b.row === size ? "dot" : "packed";
}

/** Whether columns of the output rather than its rows are dense, or it is but one. */
export function isTurned({ c, m, n }: Product, size: number): boolean {
  return c.row === size && (n === 1 || c.column !== size) && m > 1;
}

/** `cᵀ = bᵀ × aᵀ`. */
export function turned({ a, b, c, m, n, k }: Product): Product {
  return { a: transposed(b), b: transposed(a), c: transposed(c), m: n, n: m, k };
}

function transposed({ pointer, row, column }: Matrix): Matrix {
  return { pointer, row: column, column: row };
}

/** The form of tiles that products are computed with. */
export function formOf({ products, heap, form = bestForm(products, heap) }: Means): TileForm {
  return form;
}

/** Computes a product of packed panels. */
export function multiplyPacked(means: Means, product: PanelProduct): void {
  multiplyAlike(means, [{ ...means, product }]);
}

/** A product, and what the epilogue is given for it. */
export interface Task extends Pick<Means, "parameters"> {
  readonly product: PanelProduct;
}

/** Computes products of packed panels that are alike but for where their matrices are, which no two of them write to. */
export function multiplyAlike(means: Means, tasks: readonly Task[]): void {
  const { heap } = means, [{ product }] = tasks, { room, size, tile, tell } = telling(means, product);
  const whole = wholeOf(product), one = costOf(product, size), cost = tasks.length * one;
  // What is added to cannot be computed again, where a thread dies that had begun.
  const threads = !product.adds && heap.isShared(cost) ? heap.threads!.count : 1;
  const strips = threads > 1 ? stripsOf(whole, tile, sharesFor(threads, one, tasks.length)) : [whole];
  heap.parallel(product.adds ? 0 : cost, room, (job, start) => {
    for (const { product, parameters = [] } of tasks) {
      for (const strip of strips) {
        tell(job, start, product, { strip, parameters });
        job.next();
      }
    }
  });
}

/** What is told of one product beside where its matrices are. */
export interface Telling {
  /** The part of it that is computed; all unless said. */
  readonly strip?: Strip;
  readonly parameters?: readonly number[];
  /** Whether the product, or its left factor, is in the room of a job as well. */
  readonly isInRoom?: boolean;
  readonly isLeftInRoom?: boolean;
}

/** How products that are alike are computed by packed panels. */
export interface Teller {
  /** How many bytes each thread needs, and how many a number has. */
  readonly room: number;
  readonly size: number;
  readonly packs: Packing;
  /** How many rows and columns a tile has. */
  readonly tile: readonly [height: number, width: number];
  /** Tells a job the calls of a product, with room at an address. */
  tell(job: Job, start: number, product: PanelProduct, telling?: Telling): void;
}

/** What tells jobs of products that are alike but for where their matrices are. */
export function telling(means: Means, product: PanelProduct): Teller {
  const { products } = means, form = formOf(means), { size } = products, { height } = form;
  const packed = products.packed(form), { width } = packed;
  const depth = Math.min(DEPTH, product.k), packs = packing(products, packed, product);
  const rows = packs.left ? extent(product.m, ROWS / (size * depth), height) : product.m;
  const columns = extent(product.n, COLUMNS / (size * depth), width), tile = height * width * size;
  const left = packs.left ? rows * depth * size : 0, right = packs.right ? columns * depth * size : 0;
  return {
    // A vector of factors may be read beyond the last of them.
    ...{ room: left + right + tile + VECTOR, size, packs, tile: [height, width] },
    tell(
      job,
      start,
      product,
      { strip = wholeOf(product), parameters = [], isInRoom = false, isLeftInRoom = false } = {},
    ): void {
      const places = { right: start, left: start + right, tile: start + right + left };
      const panels = { rows, columns, depth, size, packs, isInRoom, isLeftInRoom, ...places };
      eachPanel(job, packed, product, strip, panels, parameters);
    },
  };
}

function wholeOf({ m, n }: PanelProduct): Strip {
  return { row: 0, rows: m, column: 0, columns: n };
}

/** Which factors are packed, and not taken as they lie. */
interface Packing {
  readonly left: boolean;
  readonly right: boolean;
}

function packing({ hooks, size }: Products, { form, width }: Packed, { b, n }: PanelProduct): Packing {
  const left = form.factors !== "nodes",
    lies = typeof b !== "function" && b.column === size && n % width === 0;
  return { left, right: left || hooks !== undefined || !lies };
}

// Tiles are tried without hooks, once for all that have some.
function bestForm(products: Products, heap: Heap): TileForm {
  return (products.hooks ? productsOf(heap, products.element) : products).choice.best(heap);
}

// As many whole tiles as fit, and no more than there are.
function extent(count: number, room: number, tile: number): number {
  return Math.max(1, Math.min(Math.ceil(count / tile), Math.floor(room / tile))) * tile;
}

/** Sizes of panels, and where they are. */
interface Panels {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly size: number;
  readonly packs: Packing;
  readonly isInRoom: boolean;
  readonly isLeftInRoom: boolean;
  readonly right: number;
  readonly left: number;
  readonly tile: number;
}

/** Which arguments of packing and of multiplying are in the room. */
export const PACKED: number = 1 << 5;
const TILE = 1 << 13, LEFT = 1, RIGHT = 1 << 3, OUTPUT = 1 << 7;

function eachPanel(
  job: Job,
  { width, left, right, block }: Packed,
  { a, b, c, k, adds = false }: PanelProduct,
  strip: Strip,
  panels: Panels,
  parameters: readonly number[],
): void {
  const { packs, size } = panels, endRow = strip.row + strip.rows, endColumn = strip.column + strip.columns;
  const isLeftThere = packs.left || panels.isLeftInRoom, packed = PACKED + (panels.isLeftInRoom ? LEFT : 0);
  const moved = TILE + (isLeftThere ? LEFT : 0) + (packs.right ? RIGHT : 0) +
    (panels.isInRoom ? OUTPUT : 0);
  for (let j = strip.column; j < endColumn; j += panels.columns) {
    const columns = Math.min(panels.columns, endColumn - j);
    for (let l = 0; l < k; l += panels.depth) {
      const depth = Math.min(panels.depth, k - l), isAdded = Number(adds || l > 0), wide = width * size;
      const isComplete = Number(l + depth === k);
      let y: readonly number[] = [panels.right, wide * depth, wide];
      if (typeof b === "function") b(job, j, l, columns, depth, panels.right);
      else {
        const top = b.pointer + l * b.row + j * b.column;
        if (packs.right) job.call(right, [top, b.column, b.row, columns, depth, panels.right], PACKED);
        else y = [top, wide, b.row];
      }
      for (let i = strip.row; i < endRow; i += panels.rows) {
        const rows = Math.min(panels.rows, endRow - i), to = c.pointer + i * c.row + j * c.column;
        const from = a.pointer + i * a.row + l * a.column, x = packs.left ? panels.left : from;
        if (packs.left) job.call(left, [from, a.row, a.column, rows, depth, x], packed);
        const here = [x, a.row, a.column, ...y, depth, to, c.row, c.column, rows, columns, isAdded];
        job.call(block, [...here, panels.tile, isComplete, i, j, ...parameters], moved);
      }
    }
  }
}
