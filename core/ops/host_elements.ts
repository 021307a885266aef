/** Elements on the host, on their way into a tensor. */
import { type DType, dtypeOfArray, hostArray, isElementArray, type TypedArray } from "../base/dtype.ts";
import { DtypeError } from "../base/errors.ts";
import { checkHeld, rangeOf } from "../base/integers.ts";
import { described } from "../base/text.ts";

/** The arrays that tensors are made of: those that hold elements, and integers of 8 or 16 bits, which become i32. */
export type HostArray = TypedArray | Int8Array | Uint8ClampedArray | Int16Array | Uint16Array;

function isSmall(data: unknown): data is Exclude<HostArray, TypedArray> | Uint8Array {
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray || data instanceof Int8Array ||
    data instanceof Int16Array || data instanceof Uint16Array;
}

/** The dtype that host elements have unless another is asked for: bytes are pixels, not truth values. */
export function dtypeOfHost(data: HostArray): DType {
  if (isSmall(data)) return "i32";
  if (isElementArray(data)) return dtypeOfArray(data);
  throw new DtypeError(
    `Cannot make a tensor from ${
      described(data)
    }: pass a Float16Array, Float32Array, Float64Array, Int32Array, ` +
      "Uint32Array or one of 8- or 16-bit integers",
  );
}

/** Host elements as those of a dtype; the same array where it has that already. */
export function converted(data: HostArray, dtype: DType): TypedArray {
  const isPlain = !isSmall(data) && dtypeOfArray(data) === dtype;
  return isPlain ? data : stored("make a tensor with", dtype, data);
}

/** Numbers as elements of a dtype, of which fractions are cut off by integers, and all but 0 is true. */
export function stored(asked: string, dtype: DType, from: ArrayLike<number | boolean>): TypedArray {
  const out = hostArray(dtype, from.length), checks = rangeOf(dtype) !== null, isBool = dtype === "bool";
  for (let i = 0; i < from.length; i++) {
    const value = Number(from[i]);
    out[i] = isBool ? Number(value !== 0) : checks ? checkHeld(asked, value, dtype) : value;
  }
  return out;
}
