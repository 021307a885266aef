/** Making tensors from numbers. */
import { checkHeld, checkNumber, rangeOf } from "../base/integers.ts";
import type { Backend } from "../device/backend.ts";
import { defaultDtype } from "../device/context.ts";
import {
  checkDtype,
  type DType,
  dtypeOfArray,
  hostArray,
  isElementArray,
  type TypedArray,
} from "../base/dtype.ts";
import { apply } from "../call/apply.ts";
import { registerFunctions } from "../call/catalog.ts";
import { DtypeError, ShapeError, showShape } from "../base/errors.ts";
import { contiguousCopy } from "../primitives/movement.ts";
import { checkShape, type Shape, sizeOf } from "../base/shape.ts";
import { Storage } from "../device/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { transfer } from "../primitives/transfer.ts";
import { chosenBackend } from "./place.ts";

/** What a creation function may be told. */
export interface CreationOptions {
  /** What the elements are; f32 unless said, or as the data has it. */
  readonly dtype?: DType;
  /** Whether gradients are asked for. */
  readonly requiresGrad?: boolean;
  /** Where it is made; on the backend in use unless said. */
  readonly backend?: string | Backend;
}

/** Numbers or truth values nested to any depth, every level of one length. */
export type Nested = number | boolean | readonly Nested[];

/**
 * A tensor of host elements, row-major, in a shape; the elements are copied, and bytes become bool unless
 * `dtype` says otherwise. A count that is not the shape's is a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { fromArray, ShapeError } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const data = Float64Array.of(1, 2, 3, 4);
 * const x = fromArray(data, [2, 2]);
 * data[0] = 99;
 * assertEquals(await x.array(), [[1, 2], [3, 4]]);
 * assertEquals(x.dtype, "f64");
 * assertThrows(() => fromArray(data, [3]), ShapeError, "from 4 elements");
 * ```
 */
export function fromArray(data: TypedArray, shape: Shape, options: CreationOptions = {}): Tensor {
  const extents = checkShape("make a tensor of", shape);
  if (!isElementArray(data)) {
    throw new DtypeError(
      `Cannot make a tensor from ${
        nameOf(data)
      }: pass a Float16Array, Float32Array, Float64Array, Int32Array, Uint32Array or Uint8Array`,
    );
  }
  if (data.length !== sizeOf(extents)) {
    throw new ShapeError(
      `Cannot make a tensor of ${showShape(extents)} from ${data.length} elements: it has ${sizeOf(extents)}`,
      { op: "fromArray", shapes: [extents] },
    );
  }
  const dtype = checkDtype(options.dtype ?? dtypeOfArray(data));
  const elements = convert(data, dtype);
  const storage = new Storage(chosenBackend(options), dtype, data.length);
  if (data.length > 0) storage.write(elements);
  const result = Tensor.contiguous(storage, extents);
  if (options.requiresGrad) result.requiresGrad = true;
  return result;
}

function convert(data: TypedArray, dtype: DType): TypedArray {
  const isBytes = data instanceof Uint8Array;
  if (!isBytes && dtypeOfArray(data) === dtype) return data;
  return stored("make a tensor with", dtype, data);
}

// Fractions are cut off by integers, and all but 0 is true.
function stored(asked: string, dtype: DType, from: ArrayLike<number | boolean>): TypedArray {
  const out = hostArray(dtype, from.length), checks = rangeOf(dtype) !== null, isBool = dtype === "bool";
  for (let i = 0; i < from.length; i++) {
    const value = Number(from[i]);
    out[i] = isBool ? Number(value !== 0) : checks ? checkHeld(asked, value, dtype) : value;
  }
  return out;
}

/**
 * A tensor of given elements: a number, nested arrays of numbers or truth values, or a typed array,
 * whose dtype is kept (bytes become i32). Numbers become f32 and truth values bool unless `dtype` says otherwise.
 *
 * Throws a {@link ShapeError} if nested arrays differ in length.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(x.shape, [2, 3]);
 * assertEquals(x.dtype, "f32");
 * ```
 */
export function tensor(data: Nested | TypedArray | Tensor, options: CreationOptions = {}): Tensor {
  if (data instanceof Tensor) {
    throw new TypeError("Cannot make a tensor from a tensor: use detach(), to() or requiresGrad");
  }
  if (ArrayBuffer.isView(data)) {
    const elements = data instanceof Uint8Array || !isElementArray(data) ? integers(data) : data;
    return fromArray(elements, [elements.length], options);
  }
  const shape = shapeOfNested(data), flat: (number | boolean)[] = [];
  flatten(data, shape, 0, flat);
  const dtype = checkDtype(options.dtype ?? dtypeOfNumbers(flat));
  return fromArray(stored("make a tensor with", dtype, flat), shape, { ...options, dtype });
}

// Bytes and 16-bit integers, which are no dtypes, fit in i32.
function integers(data: ArrayBufferView): Int32Array {
  const isSmall = data instanceof Int8Array || data instanceof Uint8Array ||
    data instanceof Uint8ClampedArray ||
    data instanceof Int16Array || data instanceof Uint16Array;
  if (isSmall) return Int32Array.from(data);
  throw new DtypeError(
    `Cannot make a tensor of a ${data.constructor.name}: pass a Float16Array, Float32Array, Float64Array, Int32Array, Uint32Array ` +
      "or one of 8- or 16-bit integers",
  );
}

function dtypeOfNumbers(flat: readonly (number | boolean)[]): DType {
  return flat.length > 0 && flat.every((x) => typeof x === "boolean") ? "bool" : defaultDtype();
}

function shapeOfNested(data: Nested): number[] {
  const shape: number[] = [];
  for (let level: Nested = data; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  return shape;
}

function flatten(data: Nested, shape: Shape, depth: number, out: (number | boolean)[]): void {
  if (depth < shape.length) {
    if (!Array.isArray(data) || data.length !== shape[depth]) throw raggedError(data, shape, depth);
    for (const part of data) flatten(part, shape, depth + 1, out);
  } else if (typeof data === "number" || typeof data === "boolean") out.push(data);
  else throw raggedError(data, shape, depth);
}

function nameOf(found: unknown): string {
  return typeof found === "object" && found !== null
    ? `a ${found.constructor?.name ?? "bare object"}`
    : String(found);
}

function raggedError(found: unknown, shape: Shape, depth: number): Error {
  if (shape.length === 0) {
    return new TypeError(
      `Cannot make a tensor of ${
        nameOf(found)
      }: pass a number, nested arrays of numbers or truth values, or a typed array`,
    );
  }
  const what = Array.isArray(found) ? `an array of ${found.length}` : `${typeof found} ${String(found)}`;
  const wanted = depth < shape.length ? `an array of ${shape[depth]}` : "a number";
  return new ShapeError(
    `Cannot make a tensor of ragged arrays: found ${what} at depth ${depth} where the first has ${wanted}`,
  );
}

/**
 * A leaf that requires gradients: what is optimised.
 *
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable(3);
 * x.mul(x).backward();
 * assertEquals(await x.grad!.item(), 6);
 * ```
 */
export function variable(
  data: Nested | TypedArray | Tensor,
  options: Omit<CreationOptions, "requiresGrad"> = {},
): Tensor {
  if (!(data instanceof Tensor)) return tensor(data, { ...options, requiresGrad: true });
  const to = options.backend === undefined ? data.backend : chosenBackend(options);
  const values = data.detach().to(checkDtype(options.dtype ?? data.dtype));
  const copy = to === data.backend
    ? apply(contiguousCopy, [values], null)
    : apply(transfer, [values], { to });
  copy.requiresGrad = true;
  return copy;
}

/**
 * A tensor of one value, in memory of its own; of the default dtype unless said. A shape that is none is a
 * {@link ShapeError}, a dtype that the backend lacks a {@link DtypeError}.
 *
 * @example
 * ```ts
 * import { full, ShapeError } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(await full([2, 2], 7).array(), [[7, 7], [7, 7]]);
 * assertEquals(await full([], 7).item(), 7);
 * assertThrows(() => full([-1], 7), ShapeError, "extents are integers from 0");
 * ```
 */
export function full(shape: Shape, value: number, options: CreationOptions = {}): Tensor {
  const dtype = checkDtype(options.dtype ?? defaultDtype());
  const extents = checkShape("fill", shape),
    [element] = stored("fill with", dtype, [checkNumber("fill", value)]);
  return fromArray(hostArray(dtype, sizeOf(extents)).fill(element), extents, { ...options, dtype });
}

/**
 * Zeros, of the default dtype unless said; errors are those of {@link full}.
 *
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = zeros([2, 3], { dtype: "i32" });
 * assertEquals(await x.array(), [[0, 0, 0], [0, 0, 0]]);
 * assertEquals(x.dtype, "i32");
 * ```
 */
export function zeros(shape: Shape, options: CreationOptions = {}): Tensor {
  return full(shape, 0, options);
}

/**
 * Ones, of the default dtype unless said; errors are those of {@link full}.
 *
 * @example
 * ```ts
 * import { ones } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const w = ones([2], { requiresGrad: true });
 * w.mul(3).sum().backward();
 * assertEquals(await w.grad!.array(), [3, 3]);
 * ```
 */
export function ones(shape: Shape, options: CreationOptions = {}): Tensor {
  return full(shape, 1, options);
}

/**
 * Zeros of the shape and dtype of `x`, on its backend; off the tape.
 *
 * @example
 * ```ts
 * import { tensor, zerosLike } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[true, true]]);
 * assertEquals(await zerosLike(x).array(), [[false, false]]);
 * ```
 */
export function zerosLike(x: Tensor): Tensor {
  return zeros(x.shape, { dtype: x.dtype, backend: x.backend });
}

/**
 * Ones of the shape and dtype of `x`, on its backend; off the tape.
 *
 * @example
 * ```ts
 * import { onesLike, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([2, 3]);
 * x.square().backward({ gradient: onesLike(x) });
 * assertEquals(await x.grad!.array(), [4, 6]);
 * ```
 */
export function onesLike(x: Tensor): Tensor {
  return ones(x.shape, { dtype: x.dtype, backend: x.backend });
}

/**
 * `value` in the shape and dtype of `x`, on its backend; off the tape.
 *
 * @example
 * ```ts
 * import { fullLike, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 2], { dtype: "u32" });
 * const limit = fullLike(x, 9);
 * assertEquals(await limit.array(), [9, 9]);
 * assertEquals(limit.dtype, "u32");
 * ```
 */
export function fullLike(x: Tensor, value: number): Tensor {
  return full(x.shape, value, { dtype: x.dtype, backend: x.backend });
}

/**
 * `start`, `start + step`, … up to but not including `end`, as a vector; with one argument, from 0. The
 * default dtype unless said. A bound that is not finite or a step of 0 is a RangeError.
 *
 * @example
 * ```ts
 * import { arange } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(await arange(3).array(), [0, 1, 2]);
 * assertEquals(await arange(5, 0, { step: -2, dtype: "i32" }).array(), [5, 3, 1]);
 * assertThrows(() => arange(0, 1, { step: 0 }), RangeError);
 * ```
 */
export function arange(
  start: number,
  end?: number,
  options: CreationOptions & { readonly step?: number } = {},
): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  const { step = 1 } = options;
  if (!(Number.isFinite(from) && Number.isFinite(to) && Number.isFinite(step) && step !== 0)) {
    throw new RangeError(
      `Cannot make a range from ${from} to ${to} by ${step}: finite bounds and a step other than 0 are needed`,
    );
  }
  return fromFunction(Math.max(0, Math.ceil((to - from) / step)), (i) => from + i * step, options);
}

/**
 * A vector of `count` numbers from `start` to `end`, both included and exact, at equal distances. A count
 * that is no integer from 0 is a RangeError.
 *
 * @example
 * ```ts
 * import { linspace } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await linspace(0, 1, { count: 5 }).array(), [0, 0.25, 0.5, 0.75, 1]);
 * assertEquals(await linspace(2, 9, { count: 1 }).array(), [2]);
 * ```
 */
export function linspace(
  start: number,
  end: number,
  options: CreationOptions & { readonly count: number },
): Tensor {
  const { count } = options;
  checkNumber("make numbers from", start);
  checkNumber("make numbers up to", end);
  if (!(Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`Cannot make ${count} numbers from ${start} to ${end}: count is an integer from 0`);
  }
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  // From the nearer end, so that both ends are exact.
  return fromFunction(count, (i) => i < count / 2 ? start + i * step : end - (count - 1 - i) * step, options);
}

/**
 * The identity matrix of n rows and m (or n) columns: 1 on the main diagonal, 0 beside it. A count that is
 * no integer from 0 is a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { eye, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await eye(2, 3).array(), [[1, 0, 0], [0, 1, 0]]);
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await x.matmul(eye(2)).array(), await x.array());
 * ```
 */
export function eye(n: number, m: number = n, options: CreationOptions = {}): Tensor {
  const shape = checkShape("make an identity of", [n, m]);
  return fromFunction(n * m, (i) => Number(Math.floor(i / m) === i % m), options).reshape(shape);
}

function fromFunction(length: number, value: (i: number) => number, options: CreationOptions): Tensor {
  const dtype = checkDtype(options.dtype ?? defaultDtype());
  const data = hostArray("f64", length).map((_, i) => value(i));
  return fromArray(stored("make a tensor with", dtype, data), [length], { ...options, dtype });
}

registerFunctions(
  { fromArray: 0, tensor: 0, variable: 0, full: 0, zeros: 0, ones: 0, arange: 0, linspace: 0, eye: 0 },
  { differentiable: false },
);
registerFunctions({ zerosLike: 1, onesLike: 1, fullLike: 1 }, { differentiable: false });
