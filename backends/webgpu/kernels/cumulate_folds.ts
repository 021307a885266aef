/** What each kind carries along. */
import type { CumulateKind } from "@tapegrad/core/backend";
import { type Accumulator, type FieldType, productOf, split, sumOf } from "./accumulator.ts";
import { ascendingKey, leastFirstKey } from "./ordering.ts";
import type { RegisterType } from "../wgsl/types.ts";

/**
 * The accumulator that cumulates elements of a register type; `placed` makes of the text of a place in the order
 * of the cumulation that of the place along the axis.
 */
export function cumulateFoldOf(
  kind: CumulateKind,
  type: RegisterType,
  placed: (place: string) => string,
): Accumulator {
  if (kind === "argmax" || kind === "argmin") return latestOf(kind, type, placed);
  const number = type === "bool" ? "i32" : type;
  if (kind === "linear") return number === "f32" ? recurrence : wrappingRecurrence(number);
  return kind === "sum" ? sumOf(number) : productOf(number);
}

// The key of the extremum, and the last of its places.
function latestOf(
  kind: "argmax" | "argmin",
  type: RegisterType,
  placed: (place: string) => string,
): Accumulator {
  return {
    name: `cumulative ${kind} ${type}`,
    fields: ["u32", "u32"],
    nothing: "Acc(0u, 0u)",
    element: ([x], place) => `Acc(keyOf(${x}), ${place})`,
    combined: "later(p, q)",
    result: `i32(${placed("acc.b")})`,
    functions: `${kind === "argmax" ? ascendingKey(type) : leastFirstKey(type)}
fn later(p: Acc, q: Acc) -> Acc {
  if (q.a >= p.a) { return q; }
  return p;
}`,
  };
}

// Steps y → factor·y + term, whose composition is such a step; the very first has no y to multiply.
const wrappingRecurrence = (type: FieldType): Accumulator => ({
  name: `recurrence ${type}`,
  fields: [type, type],
  nothing: `Acc(${type}(1), ${type}(0))`,
  element: ([factor, term]) => `Acc(${factor}, ${term})`,
  combined: "Acc(p.a * q.a, q.a * p.b + q.b)",
  result: "acc.b",
});

// Factors are split, since a product of them that overflows would make NaN of a y of 0, and a factor of 0 ends a y that
// overflowed.
const recurrence: Accumulator = {
  name: "recurrence f32",
  fields: ["f32", "i32", "f32"],
  nothing: "Acc(1f, 0, 0f)",
  element: ([factor, term], place) => `step(${factor}, ${term}, ${place})`,
  combined: "composed(p, q)",
  result: "acc.c",
  functions: `${split}
fn step(factor: f32, term: f32, place: u32) -> Acc {
  if (place == 0u) { return Acc(0f, 0, term); }
  let s = split(factor, 0);
  return Acc(s.m, s.e, term);
}
fn composed(p: Acc, q: Acc) -> Acc {
  let factor = split(p.a * q.a, p.b + q.b);
  let y = split(p.c, q.b);
  let isEnded = q.a == 0f && (bitcast<u32>(p.c) & 0x7fffffffu) == 0x7f800000u;
  return Acc(factor.m, factor.e, select(joined(q.a * y.m, y.e), 0f, isEnded) + q.c);
}`,
  uses: ["scaled"],
};
