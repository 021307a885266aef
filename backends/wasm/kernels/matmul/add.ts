/** Sums of elements that lie side by side. */
import type { Callable } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, op } from "../../assembler/values.ts";
import { bytesOf, type Lanes, oneLane } from "./lanes.ts";
import { repeat } from "./pack.ts";

/** Defines what adds elements to others: where those are, which are added, and how many. */
export function defineAdd(module: Module, lanes: Lanes): Callable {
  return module.define(["i32", "i32", "i32"], null, (body, [to, from, n]) => {
    const add = (by: Lanes) => () => {
      by.store(body, to, by.sum(by.load(to, 0), by.load(from, 0)), 0);
      for (const pointer of [to, from]) body.advance(pointer, by.count * bytesOf(by));
    };
    const rest = body.keep(op("i32.rem_u", n, i32(lanes.count)));
    repeat(body, body.keep(op("i32.div_u", n, i32(lanes.count))), add(lanes));
    if (lanes.count > 1) repeat(body, rest, add(oneLane(lanes.element)));
  });
}
