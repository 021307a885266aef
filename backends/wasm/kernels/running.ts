/** What accumulates along an axis, element by element, in double precision or in words. */
import { type CumulateKind, isFloating } from "@tapegrad/core/backend";
import type { Body, Local } from "../assembler/body.ts";
import type { ValueType } from "../assembler/types.ts";
import { f64, i32, op, select, type Value } from "../assembler/values.ts";
import type { Plain } from "./cells.ts";

/** What accumulates: what it starts from, and what becomes of that with each element. */
export interface Running {
  /** The values before the first element. */
  readonly start: readonly Value[];
  /** Takes the elements at a place into the state, and gives what stands there in the result. */
  step(body: Body, state: readonly Local[], elements: readonly Value[], place: Value<"i32">): Value;
}

/** What accumulates elements of a dtype, `undefined` where that is not known. */
export function runningOf(kind: CumulateKind, dtype: Plain): Running | undefined {
  if (kind === "argmax" || kind === "argmin") return extreme(kind, dtype);
  if (kind === "linear") return isFloating(dtype) ? linear(dtype as Floating) : undefined;
  if (!isFloating(dtype)) return ofWords(kind);
  return kind === "sum" ? sums(dtype as Floating) : products(dtype as Floating);
}

type Floating = "f32" | "f64";

function ofWords(kind: "sum" | "prod"): Running {
  const name = kind === "sum" ? "i32.add" : "i32.mul";
  return {
    start: [i32(kind === "sum" ? 0 : 1)],
    step(body, [total], [x]): Value {
      body.set(total, op(name, total as Local<"i32">, x as Value<"i32">));
      return total;
    },
  };
}

function sums(dtype: Floating): Running {
  return {
    start: [f64(0)],
    step(body, [total], [x]): Value {
      body.set(total, op("f64.add", total as Local<"f64">, doubled(dtype, x)));
      return narrowed(dtype, total as Local<"f64">);
    },
  };
}

// Where the product of finite numbers has overflowed, one that is 0 still makes it 0.
function products(dtype: Floating): Running {
  return {
    start: [f64(1), i32(0)],
    step(body, [state, flag], [x]): Value {
      const total = state as Local<"f64">, overflowed = flag as Local<"i32">;
      const factor = body.keep(doubled(dtype, x)), next = body.keep(op("f64.mul", total, factor));
      body.if(op("i32.eqz", isFinite(next)), () => {
        body.set(overflowed, op("i32.and", isFinite(factor), op("i32.or", overflowed, isFinite(total))));
      });
      const isNone = op("i32.and", overflowed, op("f64.eq", factor, f64(0)));
      body.set(total, select(isNone, f64(0), next));
      return narrowed(dtype, total);
    },
  };
}

// The first factor multiplies nothing, whatever it is; one of 0 keeps nothing, not even of what overflowed.
function linear(dtype: Floating): Running {
  return {
    start: [f64(0)],
    step(body, [state], [a, b], place): Value {
      const last = state as Local<"f64">, factor = body.keep(doubled(dtype, a));
      const term = body.keep(doubled(dtype, b));
      const isEnd = op(
        "i32.and",
        op("f64.eq", factor, f64(0)),
        op("f64.eq", op("f64.abs", last), f64(Infinity)),
      );
      const kept = select(isEnd, f64(0), op("f64.mul", factor, last));
      body.set(last, select(op("i32.eqz", place), term, op("f64.add", kept, term)));
      return narrowed(dtype, last);
    },
  };
}

// The latest of equals, and a NaN for ever after it.
function extreme(kind: "argmax" | "argmin", dtype: Plain): Running {
  const isMost = kind === "argmax";
  return {
    start: [f64(isMost ? -Infinity : Infinity), i32(0)],
    step(body, [state, where], [x], place): Value {
      const best = state as Local<"f64">, v = body.keep(doubled(dtype, x));
      const takes = op("i32.or", op("f64.ne", v, v), op(isMost ? "f64.ge" : "f64.le", v, best));
      body.if(takes, () => {
        body.set(best, v);
        body.set(where as Local<"i32">, place);
      });
      return where;
    },
  };
}

function isFinite(x: Value<"f64">): Value<"i32"> {
  return op("f64.lt", op("f64.abs", x), f64(Infinity));
}

function doubled(dtype: Plain, x: Value<ValueType>): Value<"f64"> {
  if (dtype === "f64") return x as Value<"f64">;
  if (dtype === "f32") return op("f64.promote_f32", x as Value<"f32">);
  return op(dtype === "i32" ? "f64.convert_i32_s" : "f64.convert_i32_u", x as Value<"i32">);
}

function narrowed(dtype: Floating, x: Value<"f64">): Value {
  return dtype === "f64" ? x : op("f32.demote_f64", x);
}
