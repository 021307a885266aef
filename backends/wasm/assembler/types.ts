/** Types of values in WebAssembly, as text and as bytes. */

/** The type of a value. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** The byte that stands for a type. */
export const typeCodes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};
