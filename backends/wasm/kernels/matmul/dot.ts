/** Products of few rows with a transposed matrix: both run along the inner axis, so each element is a dot product. */
import type { Body, Callable, Local } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, op, plus, times } from "../../assembler/values.ts";
import { indices } from "./direct.ts";
import { bytesOf, type Lanes, oneLane } from "./lanes.ts";
import { repeat } from "./pack.ts";

type Count = Local<"i32">;
const eight = ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;
const nine = [...eight, "i32"] as const;

/** Multiplies: a, its row; b, its column; c, its row; m, n, k. Distances are in bytes; steps lie next to each other. */
export type Dot = Callable<typeof nine, null>;

/** So many columns at a time. */
const COLUMNS = 4;
/** So many rows at a time. */
const ROWS = 2;

/** Defines the product. */
export function defineDot(module: Module, lanes: Lanes): Dot {
  const one = defineRows(module, lanes, 1), two = defineRows(module, lanes, ROWS);
  return module.define(nine, null, (body, [a, aRow, b, bColumn, c, cRow, m, n, k]) => {
    body.while(op("i32.ge_u", m, i32(ROWS)), () => {
      body.call(two, a, aRow, b, bColumn, c, cRow, n, k);
      body.advance(a, times(aRow, ROWS));
      body.advance(c, times(cRow, ROWS));
      body.advance(m, -ROWS);
    });
    body.if(m, () => body.call(one, a, aRow, b, bColumn, c, cRow, n, k));
  });
}

function defineRows(module: Module, lanes: Lanes, height: number): Callable<typeof eight, null> {
  return module.define(eight, null, (body, [a, aRow, b, bColumn, c, cRow, n, k]) => {
    const rows = distant(body, a, aRow, height), outputs = distant(body, c, cRow, height);
    for (const width of [COLUMNS, 1]) {
      body.while(op("i32.ge_u", n, i32(width)), () => {
        dots(body, lanes, rows, distant(body, b, bColumn, width), outputs, k);
        body.advance(b, times(bColumn, width));
        for (const output of outputs) body.advance(output, width * bytesOf(lanes));
        body.advance(n, -width);
      });
    }
  });
}

// Pointers from one on, so far apart.
function distant(body: Body, first: Count, apart: Count, count: number): Count[] {
  const all = [body.keep(first)];
  for (let i = 1; i < count; i++) all.push(body.keep(plus(all[i - 1], apart)));
  return all;
}

function dots(
  body: Body,
  lanes: Lanes,
  rows: readonly Count[],
  columns: readonly Count[],
  outputs: readonly Count[],
  k: Count,
): void {
  const one = oneLane(lanes.element), sources = rows.map((row) => body.keep(row)), size = bytesOf(lanes);
  const whole = along(body, lanes, sources, columns, body.keep(op("i32.div_u", k, i32(lanes.count))));
  const rest = along(body, one, sources, columns, body.keep(op("i32.rem_u", k, i32(lanes.count))));
  outputs.forEach((output, i) =>
    indices(columns.length).forEach((j) => {
      const sum = lanes.each(whole[i][j]).reduce((total, part) => one.sum(total, part), rest[i][j]);
      one.store(body, output, sum, j * size);
    })
  );
}

// The sums of products of every row with every column, lane by lane.
function along(
  body: Body,
  lanes: Lanes,
  rows: readonly Count[],
  columns: readonly Count[],
  turns: Count,
): readonly (readonly Local[])[] {
  const sums = rows.map(() => columns.map(() => body.keep(lanes.zero)));
  const step = lanes.count * bytesOf(lanes);
  repeat(body, turns, () => {
    const factors = rows.map((row) => body.keep(lanes.load(row, 0)));
    columns.forEach((column, j) => {
      const factor = body.keep(lanes.load(column, 0));
      sums.forEach((row, i) => body.set(row[j], lanes.productSum(factors[i], factor, row[j])));
    });
    for (const pointer of [...rows, ...columns]) body.advance(pointer, step);
  });
  return sums;
}
