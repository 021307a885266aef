/** Types of values in WebAssembly, as text and as bytes. */

/** A reference to an object, or none: its type by its number in the module. */
export type Reference = `ref ${number}`;

/** The type of a value. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128" | Reference;

const codes: Readonly<Record<Exclude<ValueType, Reference>, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** What types are written to. */
interface Writable {
  byte(value: number): void;
  unsigned(value: number): void;
}

/** Writes a type. */
export function writeType(to: Writable, type: ValueType): void {
  if (isNumeric(type)) return to.byte(codes[type]);
  to.byte(0x63);
  to.unsigned(Number(type.slice("ref ".length)));
}

function isNumeric(type: ValueType): type is Exclude<ValueType, Reference> {
  return type in codes;
}
