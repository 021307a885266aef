/** What a dtype is in WGSL: in memory, in a register, and as a literal. */
import { castNumber, type DType, DtypeError } from "@tapegrad/core/backend";

/** The type of a value in a register; halves are computed in f32. */
export type RegisterType = "f32" | "i32" | "u32" | "bool";

/** The type of an element in memory; truth values are words of 0 and 1. */
export type StorageType = "f32" | "f16" | "i32" | "u32";

/** The type in which a kernel computes with a dtype; f64 is a DtypeError, since WGSL has none. */
export function registerType(dtype: DType): RegisterType {
  if (dtype === "f64") {
    throw new DtypeError('Cannot compute f64 on webgpu: WGSL has no f64, cast with to("f32")', {
      dtypes: [dtype],
    });
  }
  return dtype === "f16" ? "f32" : dtype;
}

/** The type of an element of a dtype in a storage buffer; f64 is a DtypeError. */
export function storageType(dtype: DType): StorageType {
  if (dtype === "f16") return "f16";
  const type = registerType(dtype);
  return type === "bool" ? "u32" : type;
}

/** Text that turns an element in memory into a value in a register. */
export function loaded(element: string, dtype: DType): string {
  if (dtype === "f16") return `f32(${element})`;
  return dtype === "bool" ? `(${element} != 0u)` : element;
}

/** Text that turns a value in a register into an element in memory. */
export function stored(value: string, dtype: DType): string {
  if (dtype === "f16") return `f16(${value})`;
  return dtype === "bool" ? `select(0u, 1u, ${value})` : value;
}

/**
 * Text of a number in the register type of a dtype. NaN, infinities, -0 and subnormals are made from their
 * bits by a function that every {@link librarySource} has: as constants WGSL refuses or flushes them.
 */
export function wgslNumber(value: number, dtype: DType): string {
  if (typeof value !== "number") throw new TypeError("Cannot write a constant that is not a number");
  const type = registerType(dtype);
  if (type === "f32") return floatText(value);
  const whole = castNumber(value, type);
  if (type === "bool") return whole === 1 ? "true" : "false";
  if (type === "u32") return `${whole}u`;
  // The least integer has no literal, since its sign is an operator.
  if (whole === -(2 ** 31)) return "bitcast<i32>(0x80000000u)";
  return whole < 0 ? `(${whole}i)` : `${whole}i`;
}

const LEAST_NORMAL = 2 ** -126;
const scratch = new DataView(new ArrayBuffer(4));

function floatText(value: number): string {
  const rounded = Math.fround(value), size = Math.abs(rounded);
  const isPlain = Object.is(rounded, 0) || (size >= LEAST_NORMAL && size < Infinity);
  if (!isPlain) return `fromBits(0x${floatBits(rounded).toString(16)}u)`;
  return rounded < 0 ? `(${rounded}f)` : `${rounded}f`;
}

/** The bits of a number rounded to f32. */
export function floatBits(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}
