/** What weights send back to where their windows were, added up along lines. */
import type { Callable, Local } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, load, op, plus } from "../../assembler/values.ts";
import { wholeNumbers } from "../matmul/hooks.ts";
import { bytesOf, type Lanes, oneLane } from "../matmul/lanes.ts";
import { repeat } from "../matmul/pack.ts";

const ENTRY = 4;

/**
 * Adds rows to where their taps are: from where, how far a row is from the next; the table of taps, how many there are; to
 * where; how many lines a row has, how far one is from the next, and from the next of those that are added to; how many
 * elements a line has, and how far apart they come.
 */
export type Spread = Callable<readonly "i32"[], null>;

/** Defines that, for elements that come to lie next to each other or not. */
export function defineSpread(module: Module, lanes: Lanes, isDense: boolean): Spread {
  const one = oneLane(lanes.element), size = bytesOf(lanes);
  return module.define(wholeNumbers(10), null, (body, given) => {
    const [from, row, taps, depth, to, lines, line, next, n, step] = given;
    const by = isDense ? lanes : one;
    const add = (lanes: Lanes, p: Local<"i32">, q: Local<"i32">) => {
      lanes.store(body, q, lanes.sum(lanes.load(q, 0), lanes.load(p, 0)), 0);
      body.advance(p, lanes.count * size);
      body.advance(q, isDense ? lanes.count * size : step);
    };
    repeat(body, depth, () => {
      const source = body.keep(from), target = body.keep(plus(to, load("i32.load", taps)));
      repeat(body, lines, () => {
        const p = body.keep(source), q = body.keep(target);
        repeat(body, body.keep(op("i32.div_u", n, i32(by.count))), () => add(by, p, q));
        if (by.count > 1) repeat(body, body.keep(op("i32.rem_u", n, i32(by.count))), () => add(one, p, q));
        body.advance(source, line);
        body.advance(target, next);
      });
      body.advance(from, row);
      body.advance(taps, ENTRY);
    });
  });
}
