/** The product of one row with a large matrix, which is read once, several of its rows at a time, as they lie. */
import type { Body, Callable, Local } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, op, plus, times } from "../../assembler/values.ts";
import { indices } from "./direct.ts";
import { bytesOf, type Lanes, oneLane } from "./lanes.ts";
import { repeat } from "./pack.ts";

type Count = Local<"i32">;
const seven = ["i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;

/** Multiplies: a, its step; b, its step; c; n, k. Distances are in bytes, columns lie next to each other. */
export type Row = Callable<typeof seven, null>;

/** So many rows of the matrix are added at a time. */
const ROWS = 8;

/** Defines the product. */
export function defineRow(module: Module, lanes: Lanes): Row {
  return module.define(seven, null, (body, [a, aStep, b, bStep, c, n, k]) => {
    body.fill(c, 0, times(n, bytesOf(lanes)));
    const add = (count: number) => () => {
      addRows(body, lanes, count, { a, aStep, b, bStep, c, n });
      body.advance(a, times(aStep, count));
      body.advance(b, times(bStep, count));
    };
    repeat(body, body.keep(op("i32.div_u", k, i32(ROWS))), add(ROWS));
    repeat(body, body.keep(op("i32.rem_u", k, i32(ROWS))), add(1));
  });
}

interface Operands {
  readonly a: Count;
  readonly aStep: Count;
  readonly b: Count;
  readonly bStep: Count;
  readonly c: Count;
  readonly n: Count;
}

function addRows(body: Body, lanes: Lanes, count: number, { a, aStep, b, bStep, c, n }: Operands): void {
  const one = oneLane(lanes.element), source = body.keep(a), to = body.keep(c), rows = [body.keep(b)];
  for (let i = 1; i < count; i++) rows.push(body.keep(plus(rows[i - 1], bStep)));
  const factors = rows.map(() => {
    const factor = body.keep(lanes.splat(source, 0));
    body.advance(source, aStep);
    return factor;
  });
  const along = (by: Lanes, turns: Count) =>
    repeat(body, turns, () => {
      const sum = body.keep(by.load(to, 0)),
        first = by === lanes ? (x: Local) => x : (x: Local) => lanes.each(x)[0];
      indices(count).forEach((i) =>
        body.set(sum, by.productSum(first(factors[i]), by.load(rows[i], 0), sum))
      );
      by.store(body, to, sum, 0);
      for (const pointer of [to, ...rows]) body.advance(pointer, by.count * bytesOf(by));
    });
  along(lanes, body.keep(op("i32.div_u", n, i32(lanes.count))));
  if (lanes.count > 1) along(one, body.keep(op("i32.rem_u", n, i32(lanes.count))));
}
