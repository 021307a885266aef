/** What this backend computes of expressions. */
import {
  approximationOf,
  type DType,
  isFloating,
  type Knows,
  type ScalarFunction,
} from "@tapegrad/core/backend";
import { instructionsOf } from "./tables.ts";

/** Functions of masks and bits, which are no instructions on numbers of one kind. */
const own: ReadonlySet<string> = new Set(
  ["select", "rarely", "and", "or", "xor", "not", "bitcastI32", "bitcastU32", "bitcastF32"],
);

/** Whether a function is computed by instructions; those of relaxed SIMD need not round a product and a sum once. */
export function hasInstructions(name: string, met: DType, isFused: boolean): boolean {
  if (name === "fma" && met === "f64") return isFused;
  return own.has(name) || name === "fma" || instructionsOf(name, met) !== undefined;
}

/** Every function: what has neither instructions nor an approximation is called, on floats if it has no expansion. */
export const wasmKnows: Knows = {
  backend: "wasm",
  has: (fn: ScalarFunction, dtype: DType) => {
    if (hasInstructions(fn.name, dtype, true) || !isFloating(dtype)) return true;
    return fn.expand === undefined && approximationOf(fn, dtype) === undefined;
  },
  expands: approximationOf,
};
