/**
 * Products of matrices where they lie: rows of the left factor by any strides, neighbouring columns of the right one
 * next to each other.
 */
import type { Body, Callable, Local } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, type Int, op, plus, times } from "../../assembler/values.ts";
import { bytesOf, type Lanes } from "./lanes.ts";

type Count = Local<"i32">;
const nine = ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;
const ten = [...nine, "i32"] as const;

/** Multiplies: a, its row and step; b, its step; c, its row; m, n, k. Distances are in bytes, k is not 0. */
export type Direct = Callable<typeof ten, null>;

/** Defines the product. */
export function defineDirect(module: Module, lanes: Lanes): Direct {
  const tallest = Math.floor(lanes.registers / 2), strips: Strip[] = [];
  for (let height = 1; height <= tallest; height++) strips.push(defineStrip(module, lanes, height));
  return module.define(ten, null, (body, [a, aRow, aStep, b, bStep, c, cRow, m, n, k]) => {
    const run = (height: number) => {
      body.call(strips[height - 1], a, aRow, aStep, b, bStep, c, cRow, n, k);
    };
    body.while(op("i32.ge_u", m, i32(tallest)), () => {
      run(tallest);
      body.advance(a, times(aRow, tallest));
      body.advance(c, times(cRow, tallest));
      body.advance(m, -tallest);
    });
    for (let height = 1; height < tallest; height++) body.if(op("i32.eq", m, i32(height)), () => run(height));
  });
}

type Strip = Callable<typeof nine, null>;

// So many rows by all columns, as many at a time as there are registers for.
function defineStrip(module: Module, lanes: Lanes, height: number): Strip {
  return module.define(nine, null, (body, [a, aRow, aStep, b, bStep, c, cRow, n, k]) => {
    const rows = [a];
    for (let i = 1; i < height; i++) rows.push(body.keep(plus(rows[i - 1], aRow)));
    const run = (vectors: number, real: number) =>
      tile(body, lanes, { rows, aStep, b, bStep, c, cRow, k, vectors, real });
    for (let vectors = widest(lanes, height); vectors > 0; vectors >>= 1) {
      const width = vectors * lanes.count;
      body.while(op("i32.ge_u", n, i32(width)), () => {
        run(vectors, lanes.count);
        body.advance(b, width * bytesOf(lanes));
        body.advance(c, width * bytesOf(lanes));
        body.advance(n, -width);
      });
    }
    for (let real = 1; real < lanes.count; real++) body.if(op("i32.eq", n, i32(real)), () => run(1, real));
  });
}

// Vectors side by side: with few rows more, for each is a chain of sums and there should be eight to twelve.
function widest({ registers }: Lanes, height: number): number {
  if (height === 1) return 8;
  return height === 2 ? 4 : Math.max(2, Math.floor(registers / (height + 1)));
}

interface Tile {
  readonly rows: readonly Count[];
  readonly aStep: Count;
  readonly b: Count;
  readonly bStep: Count;
  readonly c: Count;
  readonly cRow: Count;
  readonly k: Count;
  /** How many vectors of columns. */
  readonly vectors: number;
  /** How many lanes of each there are. */
  readonly real: number;
}

function tile(body: Body, lanes: Lanes, { rows, aStep, b, bStep, c, cRow, k, vectors, real }: Tile): void {
  const places = indices(vectors), size = lanes.count * bytesOf(lanes);
  const sums = rows.map(() => places.map(() => body.keep(lanes.zero)));
  const left = rows.map((row) => body.keep(row)), right = body.keep(b), rest = body.keep(k);
  body.loop((start) => {
    const columns = places.map((j) => body.keep(lanes.load(right, j * size, real)));
    left.forEach((row, i) => {
      const factor = body.keep(lanes.splat(row, 0));
      places.forEach((j) => body.set(sums[i][j], lanes.productSum(factor, columns[j], sums[i][j])));
      body.advance(row, aStep);
    });
    body.advance(right, bStep);
    body.advance(rest, -1);
    body.branchIf(start, rest);
  });
  const to = body.keep(c);
  for (const row of sums) {
    row.forEach((sum, j) => lanes.store(body, to, sum, j * size, real));
    body.advance(to, cRow);
  }
}

/** The numbers below a count. */
export function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** The least multiple of `of` from a count on. */
export function roundUp(count: Int & number, of: number): number {
  return Math.ceil(count / of) * of;
}
