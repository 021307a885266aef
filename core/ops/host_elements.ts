/** Elements on the host, on their way into a tensor. */
import {
  checkDtype,
  type DType,
  dtypeOfArray,
  hostArray,
  isElementArray,
  type TypedArray,
} from "../base/dtype.ts";
import { DtypeError, ShapeError, showShape } from "../base/errors.ts";
import { checkShape, type Shape, sizeOf } from "../base/shape.ts";
import { Storage } from "../device/storage.ts";
import { filling, type Tensor } from "../tensor/tensor.ts";
import type { CreationOptions } from "./creation.ts";
import { chosenBackend } from "./place.ts";
import { checkHeld, rangeOf } from "../base/integers.ts";
import { described } from "../base/text.ts";

/**
 * The arrays that tensors are made of: those that hold elements, and integers of 8 or 16 bits, which become i32.
 *
 * @category Tensors
 */
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
  const out = hostArray(dtype, from.length), put = storing(asked, dtype, out);
  for (let i = 0; i < from.length; i++) put(i, Number(from[i]));
  return out;
}

/** Puts a number into an array of a dtype's elements. */
export function storing(asked: string, dtype: DType, out: TypedArray): (i: number, value: number) => void {
  const checks = rangeOf(dtype) !== null, isBool = dtype === "bool";
  return (i, value) => {
    out[i] = isBool ? Number(value !== 0) : checks ? checkHeld(asked, value, dtype) : value;
  };
}

/** What creation functions may be told, by values of their kinds. */
export const creating: Readonly<Record<string, unknown>> = {
  dtype: null,
  requiresGrad: false,
  backend: null,
};

/** Host elements as a tensor, of options that have been checked. */
export function placed(data: HostArray, shape: Shape, options: CreationOptions): Tensor {
  const found = dtypeOfHost(data), extents = checkShape("make a tensor of", shape);
  if (data.length !== sizeOf(extents)) {
    throw new ShapeError(
      `Cannot make a tensor of ${showShape(extents)} from ${data.length} elements: it has ${sizeOf(extents)}`,
      { op: "fromArray", shapes: [extents] },
    );
  }
  const dtype = checkDtype(options.dtype ?? found);
  const elements = converted(data, dtype);
  const storage = new Storage(chosenBackend(options), dtype, data.length);
  if (data.length > 0) storage.write(elements);
  const result = filling(storage, extents);
  if (options.requiresGrad) result.requiresGrad = true;
  return result;
}
