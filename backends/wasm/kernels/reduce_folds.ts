/** How elements are folded, lane by lane. */
import { type DType, isFloating, type ReduceKind } from "@tapegrad/core/backend";
import type { Value } from "../assembler/values.ts";
import type { Lanes } from "../expr/lanes.ts";

/** What is known of the elements so far. */
export type State = readonly Value[];

/** A way to fold. */
export interface Fold {
  /** What elements are brought to, and what the result is before it is stored. */
  readonly dtype: DType;
  /** How many elements of a lane are folded before they join a sum in double precision; all unless said. */
  readonly block?: number;
  /** What is known of nothing. */
  start(on: Lanes): State;
  /** With an element more, which is read more than once. */
  join(on: Lanes, state: State, x: Value): State;
  /** Of what two states are of. */
  merge(on: Lanes, a: State, b: State): State;
  /** The result. */
  value(on: Lanes, state: State): Value;
}

/** The reductions that fold. */
export type FoldKind = Exclude<ReduceKind, "argmax" | "argmin">;

/** So many numbers are summed in their own precision before they join the total in double. */
const BLOCK = 32;

/** How a reduction folds elements to a result of a dtype; with vectors, or numbers one by one. */
export function foldOf(kind: FoldKind, dtype: DType, isVector: boolean): Fold {
  if (kind === "any" || kind === "all") return tests[kind];
  if (dtype === "bool") return tests[kind === "max" ? "any" : "all"];
  if (kind === "max" || kind === "min") {
    return isFloating(dtype) ? extremum(kind, computedIn(dtype)) : chosen(kind, dtype);
  }
  if (!isFloating(dtype)) return simple(dtype, kind === "sum" ? 0 : 1, kind === "sum" ? "add" : "mul");
  if (kind === "prod") return simple("f64", 1, "mul");
  const isSingle = dtype !== "f64" && isVector;
  return { ...simple(isSingle ? "f32" : "f64", 0, "add"), block: BLOCK };
}

/** Halves are computed with in single precision. */
export function computedIn(dtype: DType): DType {
  return dtype === "f16" ? "f32" : dtype;
}

function simple(dtype: DType, start: number, name: "add" | "mul"): Fold {
  const merge = (on: Lanes, [a]: State, [b]: State): State => [on.is(name, a, b)];
  return {
    dtype,
    start: (on) => [on.number(start)],
    join: (on, state, x) => merge(on, state, [x]),
    merge,
    value: (_, [x]) => x,
  };
}

/** The sum of totals in double precision. */
export const doubleSum: Fold = simple("f64", 0, "add");

function logical(name: "or" | "and"): Fold {
  const merge = (on: Lanes, [a]: State, [b]: State): State => [on.combine(name, a, b)];
  return {
    dtype: "bool",
    start: (on) => [name === "or" ? on.none() : on.every()],
    join: (on, state, x) => merge(on, state, [x]),
    merge,
    value: (_, [x]) => x,
  };
}

const tests = { any: logical("or"), all: logical("and") };

// The extremum of all but NaN, and whether there is one.
function extremum(kind: "max" | "min", dtype: DType): Fold {
  const further = (on: Lanes, a: Value, b: Value) =>
    on.count > 1 ? on.is(`p${kind}`, a, b) : on.choose(on.is(kind === "max" ? "lt" : "gt", a, b), b, a);
  return {
    dtype,
    start: (on) => [on.number(kind === "max" ? -Infinity : Infinity), on.none()],
    join: (on, [most, isNone], x) => [further(on, most, x), on.combine("or", isNone, on.is("ne", x, x))],
    merge: (on, [a, p], [b, q]) => [further(on, a, b), on.combine("or", p, q)],
    value: (on, [most, isNone]) => on.choose(isNone, on.number(NaN), most),
  };
}

function chosen(kind: "max" | "min", dtype: DType): Fold {
  const sign = dtype === "u32" ? "u" : "s", least = dtype === "u32" ? 0 : -(2 ** 31);
  const most = dtype === "u32" ? 2 ** 32 - 1 : 2 ** 31 - 1, wins = kind === "max" ? "lt" : "gt";
  const merge = (on: Lanes, [a]: State, [b]: State): State => [
    on.count > 1 ? on.is(`${kind}_${sign}`, a, b) : on.choose(on.is(`${wins}_${sign}`, a, b), b, a),
  ];
  return {
    dtype,
    start: (on) => [on.whole(kind === "max" ? least : most)],
    join: (on, state, x) => merge(on, state, [x]),
    merge,
    value: (_, [x]) => x,
  };
}
