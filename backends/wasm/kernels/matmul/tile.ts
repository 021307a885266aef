/** Tiles of a product: their forms, what becomes of their sums, and those at the edges. */
import type { Body, Callable, Local } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, type Int, op, plus, select, times, type Value } from "../../assembler/values.ts";
import { indices } from "./direct.ts";
import { type Epilogue, wholeNumbers } from "./hooks.ts";
import { bytesOf, type Lanes, oneLane } from "./lanes.ts";
import { repeat } from "./pack.ts";

/** The form of a tile: so many rows, and so many vectors of columns. */
export interface TileForm {
  readonly height: number;
  readonly vectors: number;
  /**
   * How factors of rows come into all lanes: loaded one by one, or several at once whose lanes are spread, which reads
   * memory less often, where every address is checked by instructions; or read, in all lanes already, from objects of
   * the engine's own, whose fields need no check.
   */
  readonly factors: "loaded" | "spread" | "nodes";
}

/** How many columns a tile has. */
export function widthOf({ vectors }: TileForm, lanes: Lanes): number {
  return vectors * lanes.count;
}

/** A variable that counts, or an address. */
export type Count = Local<"i32">;

const ENDING = 3;

/** What the functions of a block have in common. */
export interface Kind {
  readonly module: Module;
  readonly lanes: Lanes;
  readonly form: TileForm;
  readonly epilogue: Epilogue | undefined;
}

/** Whether a product is complete, where its first element is, and what the epilogue is given. */
export type Ending = readonly Value<"i32">[];

/** How many whole numbers a block takes before those of an ending. */
export const BLOCK = 14;

/** How many whole numbers an ending is. */
export function endingOf({ epilogue }: Kind): number {
  return epilogue ? ENDING + epilogue.parameters : 0;
}

function least(count: Count, most: number): Value<"i32"> {
  return select(op("i32.lt_u", count, i32(most)), count, i32(most));
}

// Further down and to the right.
function moved(ending: Ending, rows: Int, columns: Int): Ending {
  if (ending.length === 0) return ending;
  const [isComplete, row, column, ...parameters] = ending;
  return [isComplete, plus(row, rows), plus(column, columns), ...parameters];
}

/** The rows of a tile of the output, and its sums, 0 at first. */
export interface Tile {
  readonly rows: readonly Count[];
  readonly sums: readonly (readonly Local[])[];
}

/** Begins a tile at an address, its rows so far apart. */
export function beginTile({ lanes, form }: Kind, body: Body, c: Count, cRow: Count): Tile {
  const rows = [c], places = indices(form.vectors);
  for (let i = 1; i < form.height; i++) rows.push(body.keep(plus(rows[i - 1], cRow)));
  return { rows, sums: rows.map(() => places.map(() => body.keep(lanes.zero))) };
}

/** Stores a tile, added to what is there or not. */
export function endTile(kind: Kind, body: Body, { rows, sums }: Tile, add: Count, ending: Ending): void {
  const { lanes } = kind, vector = lanes.count * bytesOf(lanes);
  const eachSum = (visit: (sum: Local, i: number, j: number) => void) =>
    sums.forEach((row, i) => row.forEach((sum, j) => visit(sum, i, j)));
  body.if(
    add,
    () => eachSum((sum, i, j) => body.set(sum, lanes.sum(lanes.load(rows[i], j * vector), sum))),
  );
  whenComplete(kind, body, ending, (by) => sums.forEach((row, i) => by(lanes, row, i, 0)));
  eachSum((sum, i, j) => lanes.store(body, rows[i], sum, j * vector));
}

/** What becomes of sums next to each other, so many rows and columns behind the first. */
type Complete = (lanes: Lanes, sums: readonly Local[], rows: Int, columns: Int) => void;

function whenComplete(
  { epilogue }: Kind,
  body: Body,
  ending: Ending,
  statements: (by: Complete) => void,
): void {
  if (!epilogue) return;
  const [isComplete, row, column, ...parameters] = ending;
  body.if(isComplete, () =>
    statements((lanes, sums, rows, columns) => {
      const place = { row: plus(row, rows), column: plus(column, columns), parameters };
      const values = epilogue.values(body, sums, lanes, place).map((value) => body.keep(value));
      sums.forEach((sum, j) => body.set(sum, values[j]));
    }));
}

/** Where factors of a tile are, in packed panels, and how many steps of them there are. */
export interface Panels {
  readonly left: Count;
  readonly right: Count;
  readonly depth: Count;
}

/** How many steps a turn of the loop makes: with so many, vectors of factors end where a turn does. */
const STEPS = 4;

/** Adds the products of factors to the sums of a tile. */
export function sumProducts({ lanes, form }: Kind, body: Body, { sums }: Tile, panels: Panels): void {
  const { left, right, depth } = panels;
  const size = bytesOf(lanes), width = widthOf(form, lanes);
  const columns = indices(form.vectors).map(() => body.local(lanes.type));
  const turn = (steps: number) => {
    const factors = factorsOf(body, lanes, form, left);
    for (let step = 0; step < steps; step++) {
      columns.forEach((column, j) =>
        body.set(column, lanes.load(right, (step * width + j * lanes.count) * size))
      );
      addProducts(lanes, body, sums, columns, (i) => factors(step * form.height + i));
    }
    body.advance(left, steps * form.height * size);
    body.advance(right, steps * width * size);
  };
  repeat(body, body.keep(op("i32.div_u", depth, i32(STEPS))), () => turn(STEPS));
  repeat(body, body.keep(op("i32.rem_u", depth, i32(STEPS))), () => turn(1));
}

/** Adds the products of a step to the sums. */
export function addProducts(
  lanes: Lanes,
  body: Body,
  sums: Tile["sums"],
  columns: readonly Local[],
  factors: (i: number) => Value,
): void {
  sums.forEach((row, i) => {
    const factor = factors(i);
    row.forEach((sum, j) => body.set(sum, lanes.productSum(factor, columns[j], sum)));
  });
}

// Each by its number, from 0 on.
function factorsOf(body: Body, lanes: Lanes, form: TileForm, left: Count): (at: number) => Local {
  const factor = body.local(lanes.type), several = body.local(lanes.type), size = bytesOf(lanes);
  return (at) => {
    const lane = at % lanes.count;
    // An address of its own costs less than an offset where engines check addresses by instructions.
    if (form.factors !== "spread") body.set(factor, lanes.splat(plus(left, at * size), 0));
    else {
      if (lane === 0) body.set(several, lanes.load(left, at * size));
      body.set(factor, lanes.spread(several, lane));
    }
    return factor;
  };
}

/** Where a block is put. */
export interface Output {
  readonly c: Count;
  readonly cRow: Count;
  readonly cStep: Count;
  readonly m: Count;
  readonly n: Count;
  readonly add: Count;
  /** Room for a tile. */
  readonly room: Count;
  readonly ending: Ending;
}

/** Computes a tile to an address, its rows so far apart, added to what is there or not. */
export type RunTile = (c: Count, cRow: Count, add: Count, ending: Ending) => void;

/** What puts tiles where they belong: at once, or by way of room for one where less of it is wanted. */
export function placing(
  kind: Kind,
): (body: Body, output: Output, i: Count, j: Count, run: RunTile) => void {
  const { lanes, form } = kind, { height } = form, width = widthOf(form, lanes), size = bytesOf(lanes);
  const edge = defineEdge(kind);
  return (body, { c, cRow, cStep, m, n, add, room, ending }, i, j, run) => {
    const to = body.keep(plus(plus(c, times(j, cStep)), times(i, cRow))), here = moved(ending, i, j);
    const rows = body.keep(op("i32.sub", m, i)), columns = body.keep(op("i32.sub", n, j));
    const isHigh = op("i32.ge_u", rows, i32(height)), isWide = op("i32.ge_u", columns, i32(width));
    const isWhole = op("i32.and", op("i32.eq", cStep, i32(size)), op("i32.and", isHigh, isWide));
    body.if(isWhole, () => run(to, cRow, add, here), () => {
      const nothing = body.keep(i32(0));
      run(room, body.keep(i32(width * size)), nothing, ending.map(() => nothing));
      body.call(edge, room, to, cRow, cStep, least(rows, height), least(columns, width), add, ...here);
    });
  };
}

/**
 * Stores a part of a tile: the tile, c, its row and step, how many rows and columns of the tile there are, whether to
 * add; the ending.
 */
function defineEdge(kind: Kind): Callable<readonly "i32"[], null> {
  const { module, lanes, form } = kind, one = oneLane(lanes.element), size = bytesOf(lanes);
  const takes = wholeNumbers(7 + endingOf(kind)), width = widthOf(form, lanes) * size;
  return module.define(takes, null, (body, [tile, c, cRow, cStep, rows, columns, add, ...ending]) => {
    const i = body.local("i32"), j = body.local("i32");
    body.upTo(i, rows, 1, () => {
      const from = body.keep(tile), to = body.keep(c);
      body.set(j, i32(0));
      body.upTo(j, columns, 1, () => {
        const sum = body.keep(one.load(from, 0));
        body.if(add, () => body.set(sum, one.sum(one.load(to, 0), sum)));
        whenComplete(kind, body, ending, (by) => by(one, [sum], i, j));
        one.store(body, to, sum, 0);
        body.advance(from, size);
        body.advance(to, cStep);
      });
      body.advance(tile, width);
      body.advance(c, cRow);
    });
  });
}
