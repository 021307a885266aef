/** Products of packed panels: a block of the output, tile by tile. */
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
   * memory less often, where every address is checked by instructions.
   */
  readonly factors: "loaded" | "spread";
}

/** How many columns a tile has. */
export function widthOf({ vectors }: TileForm, lanes: Lanes): number {
  return vectors * lanes.count;
}

type Count = Local<"i32">;

/**
 * Multiplies panels: left, right, their depth, c, its row and step, how many rows and columns, whether the product is
 * added to what is there, and room for a tile. Distances are in bytes. With an epilogue: whether it is complete, the
 * numbers of the first row and column in the whole product, and what the epilogue is given.
 */
export type Block = Callable<readonly "i32"[], null>;

const BLOCK = 10, ENDING = 3;

/** What the functions of a block have in common. */
interface Kind {
  readonly module: Module;
  readonly lanes: Lanes;
  readonly form: TileForm;
  readonly epilogue: Epilogue | undefined;
}

/** Whether a product is complete, where its first element is, and what the epilogue is given. */
type Ending = readonly Value<"i32">[];

function endingOf({ epilogue }: Kind): number {
  return epilogue ? ENDING + epilogue.parameters : 0;
}

/** Defines the product of packed panels. */
export function defineBlock(module: Module, lanes: Lanes, form: TileForm, epilogue?: Epilogue): Block {
  const kind: Kind = { module, lanes, form, epilogue };
  const tile = defineTile(kind), edge = defineEdge(kind), { height } = form;
  const width = widthOf(form, lanes), size = bytesOf(lanes), takes = wholeNumbers(BLOCK + endingOf(kind));
  return module.define(
    takes,
    null,
    (body, [left, right, depth, c, cRow, cStep, m, n, add, room, ...ending]) => {
      const j = body.local("i32"), i = body.local("i32"), isDense = body.keep(op("i32.eq", cStep, i32(size)));
      body.upTo(j, n, width, () => {
        const b = body.keep(plus(right, times(times(j, depth), size)));
        const column = body.keep(plus(c, times(j, cStep))), columns = body.keep(op("i32.sub", n, j));
        const isWide = body.keep(op("i32.and", isDense, op("i32.ge_u", columns, i32(width))));
        body.set(i, i32(0));
        body.upTo(i, m, height, () => {
          const a = plus(left, times(times(i, depth), size)), to = body.keep(plus(column, times(i, cRow)));
          const rows = body.keep(op("i32.sub", m, i)), here = moved(ending, i, j);
          body.if(op("i32.and", isWide, op("i32.ge_u", rows, i32(height))), () => {
            body.call(tile, a, b, depth, to, cRow, add, ...here);
          }, () => {
            body.call(tile, a, b, depth, room, i32(width * size), i32(0), ...ending.map(() => i32(0)));
            body.call(edge, room, to, cRow, cStep, least(rows, height), least(columns, width), add, ...here);
          });
        });
      });
    },
  );
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

// left, right, depth, c, its row, whether to add; the ending.
function defineTile(kind: Kind): Block {
  const { module, lanes, form } = kind, takes = wholeNumbers(6 + endingOf(kind));
  return module.define(takes, null, (body, [left, right, depth, c, cRow, add, ...ending]) => {
    const rows = [c], places = indices(form.vectors), vector = lanes.count * bytesOf(lanes);
    for (let i = 1; i < form.height; i++) rows.push(body.keep(plus(rows[i - 1], cRow)));
    const sums = rows.map(() => places.map(() => body.keep(lanes.zero)));
    const eachSum = (visit: (sum: Local, i: number, j: number) => void) =>
      sums.forEach((row, i) => row.forEach((sum, j) => visit(sum, i, j)));
    sumProducts(body, lanes, form, { left, right, depth, sums });
    body.if(
      add,
      () => eachSum((sum, i, j) => body.set(sum, lanes.sum(lanes.load(rows[i], j * vector), sum))),
    );
    whenComplete(kind, body, ending, (by) => sums.forEach((row, i) => by(lanes, row, i, 0)));
    eachSum((sum, i, j) => lanes.store(body, rows[i], sum, j * vector));
  });
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

interface Sums {
  readonly left: Count;
  readonly right: Count;
  readonly depth: Count;
  readonly sums: readonly (readonly Local[])[];
}

/** How many steps a turn of the loop makes: with so many, vectors of factors end where a turn does. */
const STEPS = 4;

function sumProducts(body: Body, lanes: Lanes, form: TileForm, { left, right, depth, sums }: Sums): void {
  const size = bytesOf(lanes), width = widthOf(form, lanes);
  const columns = indices(form.vectors).map(() => body.local(lanes.type));
  const turn = (steps: number) => {
    const factors = factorsOf(body, lanes, form, left);
    for (let step = 0; step < steps; step++) {
      columns.forEach((column, j) =>
        body.set(column, lanes.load(right, (step * width + j * lanes.count) * size))
      );
      sums.forEach((row, i) => {
        const factor = factors(step * form.height + i);
        row.forEach((sum, j) => body.set(sum, lanes.productSum(factor, columns[j], sum)));
      });
    }
    body.advance(left, steps * form.height * size);
    body.advance(right, steps * width * size);
  };
  repeat(body, body.keep(op("i32.div_u", depth, i32(STEPS))), () => turn(STEPS));
  repeat(body, body.keep(op("i32.rem_u", depth, i32(STEPS))), () => turn(1));
}

// Each by its number, from 0 on.
function factorsOf(body: Body, lanes: Lanes, form: TileForm, left: Count): (at: number) => Local {
  const factor = body.local(lanes.type), several = body.local(lanes.type), size = bytesOf(lanes);
  return (at) => {
    const lane = at % lanes.count;
    // An address of its own costs less than an offset where engines check addresses by instructions.
    if (form.factors === "loaded") body.set(factor, lanes.splat(plus(left, at * size), 0));
    else {
      if (lane === 0) body.set(several, lanes.load(left, at * size));
      body.set(factor, lanes.spread(several, lane));
    }
    return factor;
  };
}

// A tile, c, its row and step, how many rows and columns of the tile there are, whether to add; the ending.
function defineEdge(kind: Kind): Block {
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
