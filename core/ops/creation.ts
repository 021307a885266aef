/** Making tensors of given numbers. */
import { checkNumber } from "../base/integers.ts";
import type { Backend } from "../device/backend.ts";
import { defaultDtype } from "../device/context.ts";
import { checkDtype, type DType, hostArray } from "../base/dtype.ts";
import { apply } from "../call/apply.ts";
import { registerFunctions } from "../call/catalog.ts";
import { ShapeError } from "../base/errors.ts";
import { described } from "../base/text.ts";
import { contiguousCopy } from "../primitives/movement.ts";
import { checkOptions } from "../base/settings.ts";
import { checkShape, MOST_AXES, type Shape, sizeOf } from "../base/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { transfer } from "../primitives/transfer.ts";
import { creating, type HostArray, placed, stored } from "./host_elements.ts";
import { chosenBackend } from "./place.ts";

/**
 * What a creation function may be told.
 *
 * @category Creation
 */
export interface CreationOptions {
  /** What the elements are; f32 unless said, or as the data has it. */
  readonly dtype?: DType;
  /** Whether gradients are asked for. */
  readonly requiresGrad?: boolean;
  /** Where it is made; on the backend in use unless said. */
  readonly backend?: string | Backend;
}

/**
 * Numbers or truth values nested to any depth, every level of one length.
 *
 * @category Creation
 */
export type Nested = number | boolean | readonly Nested[];

/**
 * A tensor of host elements, row-major, in a shape; the elements are copied. Bytes, as pixels are, and integers of
 * 16 bits become i32 unless `dtype` says otherwise: truth values are bytes with `{ dtype: "bool" }`. A count that
 * is not the shape's is a {@link ShapeError}.
 *
 * @category Creation
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
  checkOptions("make a tensor", options, creating);
  return placed(data, shape, options);
}

/**
 * A tensor of given elements: a number, nested arrays of numbers or truth values, or a typed array,
 * as {@link fromArray} takes it. Numbers become f32 and truth values bool unless `dtype` says otherwise.
 *
 * Throws a {@link ShapeError} if nested arrays differ in length.
 *
 * @category Creation
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
  checkOptions("make a tensor", options, creating);
  if (data instanceof Tensor) {
    throw new TypeError("Cannot make a tensor from a tensor: use detach(), to() or requiresGrad");
  }
  if (ArrayBuffer.isView(data)) return placed(data, [data.length], options);
  const shape = shapeOfNested(data), flat: (number | boolean)[] = [];
  flatten(data, shape, 0, flat);
  const dtype = checkDtype(options.dtype ?? dtypeOfNumbers(flat));
  return placed(stored("make a tensor with", dtype, flat), shape, { ...options, dtype });
}

function dtypeOfNumbers(flat: readonly (number | boolean)[]): DType {
  return flat.length > 0 && flat.every((x) => typeof x === "boolean") ? "bool" : defaultDtype();
}

function shapeOfNested(data: Nested): Shape {
  const shape: number[] = [];
  for (let level: Nested = data; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0 || shape.length > MOST_AXES) break;
  }
  return checkShape("make a tensor of", shape);
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
 * @category Creation
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
  checkOptions("make a variable", options, copying);
  if (!(data instanceof Tensor)) return tensor(data, { ...options, requiresGrad: true });
  const to = options.backend === undefined ? data.backend : chosenBackend(options);
  const values = data.detach().to(checkDtype(options.dtype ?? data.dtype));
  const copy = to === data.backend
    ? apply(contiguousCopy, [values], null)
    : apply(transfer, [values], { to });
  copy.requiresGrad = true;
  return copy;
}

const copying = { dtype: null, backend: null };

/**
 * A tensor of one value, in memory of its own; of the default dtype unless said. A shape that is none is a
 * {@link ShapeError}, a dtype that the backend lacks a {@link DtypeError}.
 *
 * @category Creation
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
  checkOptions("fill a tensor", options, creating);
  const dtype = checkDtype(options.dtype ?? defaultDtype());
  const extents = checkShape("fill", shape),
    [element] = stored("fill with", dtype, [checkNumber("fill", value)]);
  return placed(hostArray(dtype, sizeOf(extents)).fill(element), extents, { ...options, dtype });
}

/**
 * Zeros, of the default dtype unless said; errors are those of {@link full}.
 *
 * @category Creation
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
 * @category Creation
 */
export function ones(shape: Shape, options: CreationOptions = {}): Tensor {
  return full(shape, 1, options);
}

/**
 * Zeros of the shape of `x`, of its dtype and on its backend unless said; off the tape.
 *
 * @category Creation
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

/**
 * Ones of the shape of `x`, of its dtype and on its backend unless said; off the tape.
 *
 * @category Creation
 */
export function onesLike(x: Tensor, options: CreationOptions = {}): Tensor {
  return fullLike(x, 1, options);
}

/**
 * `value` in the shape of `x`, in its dtype and on its backend unless said; off the tape.
 *
 * @category Creation
 */
export function fullLike(x: Tensor, value: number, options: CreationOptions = {}): Tensor {
  checkTensor("make a tensor like", x);
  checkOptions("fill a tensor", options, creating);
  const { dtype = x.dtype, backend = x.backend } = options;
  return full(x.shape, value, { ...options, dtype, backend });
}

registerFunctions(
  { fromArray: 0, tensor: 0, variable: 0, full: 0, zeros: 0, ones: 0 },
  { differentiable: false },
);
registerFunctions({ zerosLike: 1, onesLike: 1, fullLike: 1 }, { differentiable: false });
