/** Making tensors from numbers. */
import { checkNumber } from "../base/integers.ts";
import type { Backend } from "../device/backend.ts";
import { defaultDtype } from "../device/context.ts";
import { checkDtype, type DType, hostArray } from "../base/dtype.ts";
import { apply } from "../call/apply.ts";
import { registerFunctions } from "../call/catalog.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { described } from "../base/text.ts";
import { contiguousCopy } from "../primitives/movement.ts";
import { checkShape, type Shape, sizeOf } from "../base/shape.ts";
import { Storage } from "../device/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { transfer } from "../primitives/transfer.ts";
import { converted, dtypeOfHost, type HostArray, stored } from "./host_elements.ts";
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
 * A tensor of host elements, row-major, in a shape; the elements are copied. Bytes, as pixels are, and integers of
 * 16 bits become i32 unless `dtype` says otherwise: truth values are bytes with `{ dtype: "bool" }`. A count that
 * is not the shape's is a {@link ShapeError}.
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
 * const pixels = Uint8ClampedArray.of(0, 1, 2, 255);
 * assertEquals(await fromArray(pixels, [4]).array(), [0, 1, 2, 255]);
 * assertEquals(await fromArray(pixels, [4], { dtype: "bool" }).array(), [false, true, true, true]);
 * assertThrows(() => fromArray(data, [3]), ShapeError, "from 4 elements");
 * ```
 */
export function fromArray(data: HostArray, shape: Shape, options: CreationOptions = {}): Tensor {
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
  const result = Tensor.contiguous(storage, extents);
  if (options.requiresGrad) result.requiresGrad = true;
  return result;
}

/**
 * A tensor of given elements: a number, nested arrays of numbers or truth values, or a typed array,
 * as {@link fromArray} takes it. Numbers become f32 and truth values bool unless `dtype` says otherwise.
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
export function tensor(data: Nested | HostArray | Tensor, options: CreationOptions = {}): Tensor {
  if (data instanceof Tensor) {
    throw new TypeError("Cannot make a tensor from a tensor: use detach(), to() or requiresGrad");
  }
  if (ArrayBuffer.isView(data)) return fromArray(data, [data.length], options);
  const shape = shapeOfNested(data), flat: (number | boolean)[] = [];
  flatten(data, shape, 0, flat);
  const dtype = checkDtype(options.dtype ?? dtypeOfNumbers(flat));
  return fromArray(stored("make a tensor with", dtype, flat), shape, { ...options, dtype });
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

function raggedError(found: unknown, shape: Shape, depth: number): Error {
  if (shape.length === 0) {
    return new TypeError(
      `Cannot make a tensor of ${
        found === undefined ? "undefined" : described(found)
      }: pass a number, nested arrays of numbers or truth values, or a typed array`,
    );
  }
  const what = typeof found === "object" ? described(found) : `${typeof found} ${String(found)}`;
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
  data: Nested | HostArray | Tensor,
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

/** Ones, of the default dtype unless said; errors are those of {@link full}. */
export function ones(shape: Shape, options: CreationOptions = {}): Tensor {
  return full(shape, 1, options);
}

/**
 * Zeros of the shape of `x`, of its dtype and on its backend unless said; off the tape.
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
export function zerosLike(x: Tensor, options: CreationOptions = {}): Tensor {
  return fullLike(x, 0, options);
}

/** Ones of the shape of `x`, of its dtype and on its backend unless said; off the tape. */
export function onesLike(x: Tensor, options: CreationOptions = {}): Tensor {
  return fullLike(x, 1, options);
}

/** `value` in the shape of `x`, in its dtype and on its backend unless said; off the tape. */
export function fullLike(x: Tensor, value: number, options: CreationOptions = {}): Tensor {
  const { dtype = x.dtype, backend = x.backend } = options;
  return full(x.shape, value, { ...options, dtype, backend });
}

/**
 * `start`, `start + step`, … up to but not including `end`, as a vector; with one argument, from 0. The step, 1
 * unless said, may come third or among the options. The default dtype unless said. A bound that is not finite or
 * a step of 0 is a RangeError.
 *
 * @example
 * ```ts
 * import { arange } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(await arange(3).array(), [0, 1, 2]);
 * assertEquals(await arange(0, 10, 4).array(), [0, 4, 8]);
 * assertEquals(await arange(5, 0, { step: -2, dtype: "i32" }).array(), [5, 3, 1]);
 * assertThrows(() => arange(0, 1, 0), RangeError);
 * ```
 */
export function arange(
  start: number,
  end?: number,
  step: number | CreationOptions & { readonly step?: number } = {},
  options: CreationOptions = {},
): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  const [by, rest] = typeof step === "number" ? [step, options] : [step.step ?? 1, step];
  if (!(Number.isFinite(from) && Number.isFinite(to) && Number.isFinite(by) && by !== 0)) {
    throw new RangeError(
      `Cannot make a range from ${described(from)} to ${described(to)} by ${described(by)}: ` +
        "finite bounds and a step other than 0 are needed",
    );
  }
  return fromFunction(Math.max(0, Math.ceil((to - from) / by)), (i) => from + i * by, rest);
}

/**
 * A vector of `count` numbers from `start` to `end`, both included and exact, at equal distances; the count may
 * come third or among the options. One that is no integer from 0 is a RangeError.
 *
 * @example
 * ```ts
 * import { linspace } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await linspace(0, 1, 5).array(), [0, 0.25, 0.5, 0.75, 1]);
 * assertEquals(await linspace(2, 9, { count: 1, dtype: "i32" }).array(), [2]);
 * ```
 */
export function linspace(
  start: number,
  end: number,
  count: number | CreationOptions & { readonly count: number },
  options: CreationOptions = {},
): Tensor {
  const from = checkNumber("make numbers from", start), to = checkNumber("make numbers up to", end);
  const [n, rest] = typeof count === "object" && count !== null ? [count.count, count] : [count, options];
  if (!(Number.isInteger(n) && n >= 0)) {
    throw new RangeError(
      `Cannot make ${described(n)} numbers from ${from} to ${to}: the count is an integer from 0`,
    );
  }
  const step = n > 1 ? (to - from) / (n - 1) : 0;
  // From the nearer end, so that both ends are exact.
  return fromFunction(n, (i) => i < n / 2 ? from + i * step : to - (n - 1 - i) * step, rest);
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
