/** Texts of conversions between register types. */
import type { RegisterType } from "./types.ts";

/** Text of a value, and its type. */
export interface Value {
  readonly text: string;
  readonly type: RegisterType;
}

type Call = (name: string, args: readonly string[]) => string;

/**
 * The value in another type, as `castNumber` has it: floats truncate towards zero and wrap at 32 bits, NaN is 0, and
 * all but 0 is true. `call` writes the call of a library function.
 */
export function converted({ text, type }: Value, to: RegisterType, call: Call): string {
  if (type === to) return text;
  if (to === "bool") return type === "f32" ? call("isTrue", [text]) : `(${text} != ${zero[type]})`;
  if (type === "bool") return `select(${zero[to]}, ${one[to]}, ${text})`;
  if (to === "f32") return type === "u32" ? call("floatOfUnsigned", [text]) : `f32(${text})`;
  return type === "f32"
    ? call(to === "i32" ? "truncatedToI32" : "truncatedToU32", [text])
    : `bitcast<${to}>(${text})`;
}

const zero: Readonly<Record<RegisterType, string>> = { f32: "0f", i32: "0i", u32: "0u", bool: "false" };
const one: Readonly<Record<RegisterType, string>> = { f32: "1f", i32: "1i", u32: "1u", bool: "true" };
