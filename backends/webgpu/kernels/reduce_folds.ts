/** How each reduction combines elements. */
import type { ReduceKind } from "@tapegrad/core/backend";
import { type Accumulator, type FieldType, productOf, sumOf } from "./accumulator.ts";
import { ascendingKey, leastFirstKey } from "./ordering.ts";
import type { RegisterType } from "../wgsl/types.ts";

const folds = new Map<string, Accumulator>();

/** The accumulator of a reduction of elements of a register type. */
export function foldOf(kind: ReduceKind, type: RegisterType): Accumulator {
  const key = `${kind} ${type}`;
  let fold = folds.get(key);
  if (!fold) folds.set(key, fold = makeFold(kind, type));
  return fold;
}

function makeFold(kind: ReduceKind, type: RegisterType): Accumulator {
  switch (kind) {
    case "sum":
      return sumOf(numeric(type));
    case "prod":
      return productOf(numeric(type));
    case "max":
    case "min":
      return type === "bool" ? truthOf(kind === "max" ? "any" : "all") : extremumOf(kind, type);
    case "any":
    case "all":
      return truthOf(kind);
    case "argmax":
    case "argmin":
      return firstOf(kind, type);
  }
}

// Truth values count as integers: elements are converted to the output's dtype first.
function numeric(type: RegisterType): FieldType {
  return type === "bool" ? "i32" : type;
}

function truthOf(kind: "any" | "all"): Accumulator {
  return {
    name: kind,
    fields: ["u32"],
    nothing: kind === "any" ? "Acc(0u)" : "Acc(1u)",
    element: ([x]) => `Acc(select(0u, 1u, ${x}))`,
    combined: kind === "any" ? "Acc(p.a | q.a)" : "Acc(p.a & q.a)",
    result: "(acc.a != 0u)",
  };
}

// What every element of a type is at least as large as, or as small as.
const least = { f32: "fromBits(0xff800000u)", i32: "bitcast<i32>(0x80000000u)", u32: "0u" } as const;
const largest = { f32: "fromBits(0x7f800000u)", i32: "0x7fffffffi", u32: "0xffffffffu" } as const;

function extremumOf(kind: "max" | "min", type: FieldType): Accumulator {
  const chosen = type === "f32" ? `${kind}imum_f32` : kind;
  return {
    name: `${kind} ${type}`,
    fields: [type],
    nothing: `Acc(${(kind === "max" ? least : largest)[type]})`,
    element: ([x]) => `Acc(${x})`,
    combined: `Acc(${chosen}(p.a, q.a))`,
    result: "acc.a",
    uses: type === "f32" ? [chosen] : [],
  };
}

// The key of the extremum, and its first place, though threads meet elements out of order.
function firstOf(kind: "argmax" | "argmin", type: RegisterType): Accumulator {
  return {
    name: `${kind} ${type}`,
    fields: ["u32", "u32"],
    nothing: "Acc(0u, 0xffffffffu)",
    element: ([x], place) => `Acc(keyOf(${x}), ${place})`,
    combined: "earlier(p, q)",
    result: "i32(acc.b)",
    functions: `${kind === "argmax" ? ascendingKey(type) : leastFirstKey(type)}
fn earlier(p: Acc, q: Acc) -> Acc {
  if (q.a > p.a || (q.a == p.a && q.b < p.b)) { return q; }
  return p;
}`,
  };
}
