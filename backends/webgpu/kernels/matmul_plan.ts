/** Which kernel computes a matrix product, by its shape and where its matrices lie. */
import type { Team } from "./matmul_dots.ts";
import { lastStrides, type Product } from "./matmul_product.ts";
import { type Tile, tilesOf } from "./matmul_tiles.ts";

/** A kernel, and how much of the inner extent a workgroup sums: all of it, or a slice. */
export type Plan = { readonly slice: number } & ({ readonly tile: Tile } | { readonly team: Team });

const LARGE: Tile = { rows: 128, columns: 128, depth: 16, high: 8, wide: 8, steps: 16 };
const MEDIUM: Tile = { rows: 64, columns: 64, depth: 16, high: 8, wide: 4, steps: 4 };

/** Tiles pay from so many multiplications on, if each matrix fills a quarter of one and has no shorter sides. */
const WORTH_TILES = 2 ** 18, QUARTER = 2 ** 10, SHORT = 16;
/** So many workgroups keep a large device busy: with fewer, tiles are smaller, and sums are sliced. */
const BUSY = 192;
/** Slices for tiles are at least so long. */
const TILE_SLICE = 128;
/** So many threads keep a large device busy. */
const BUSY_THREADS = 2 ** 13;
/** Each thread sums so many products before sums are shared out, */
const TERMS = 16;
/** and so many before they are sliced. */
const SLICE_TERMS = 64;

/** What the choice depends on. */
export interface Sizes extends Pick<Product, "m" | "n" | "k"> {
  /** How many products there are. */
  readonly batch: number;
  /** Whether elements next to each other in memory are added up, rather than being of outputs next to each other. */
  readonly along: boolean;
}

/** Those of a product of matrices. */
export function sizesOf(product: Product): Sizes {
  const { m, n, k, batch } = product;
  return { m, n, k, batch: batch.size, along: isAlong(product) };
}

/** Chooses the kernel of a product. */
export function planOf(sizes: Sizes): Plan {
  const { m, n, k, batch } = sizes;
  const isTiled = Math.min(m, n, k) >= SHORT && m * n >= QUARTER && m * n * k * batch >= WORTH_TILES;
  return isTiled ? tilePlan(sizes) : dotPlan(sizes);
}

function tilePlan(sizes: Sizes): Plan {
  const { k, batch } = sizes;
  if (tilesOf(sizes, LARGE) * batch >= BUSY) return { tile: LARGE, slice: k };
  const groups = tilesOf(sizes, MEDIUM) * batch;
  return { tile: MEDIUM, slice: sliceOf(k, Math.floor(BUSY / groups), TILE_SLICE) };
}

function dotPlan({ m, n, k, batch, along }: Sizes): Plan {
  const outputs = m * n * batch;
  // Neighbours that work on neighbouring outputs read rows of 32.
  const together = along ? 1 : Math.min(32, powerBelow(2 * outputs - 1));
  const room = along ? 64 : Math.min(256 / together, powerBelow(2 * BUSY_THREADS / outputs));
  const lanes = Math.min(64, room, powerBelow(k / TERMS));
  const team = { outputs: Math.max(together, 64 / lanes), lanes, along };
  const slices = Math.floor(BUSY_THREADS / (outputs * lanes));
  return { team, slice: sliceOf(k, slices, SLICE_TERMS * lanes) };
}

function isAlong({ a, b, m, n }: Product): boolean {
  const [aRow, aColumn] = lastStrides(a), [bRow, bColumn] = lastStrides(b);
  const beside = n >= SHORT ? bColumn === 1 : n === 1 && m >= SHORT && aRow === 1;
  return !beside && (aColumn === 1 || bRow === 1);
}

/** A multiple of four that cuts `k` into at most `slices` of at least `least`. */
function sliceOf(k: number, slices: number, least: number): number {
  const count = Math.max(1, Math.min(slices, Math.floor(k / least)));
  return count === 1 ? k : Math.ceil(k / count / 4) * 4;
}

function powerBelow(x: number): number {
  return x < 2 ? 1 : 2 ** Math.floor(Math.log2(x));
}
