import { DtypeError } from "./errors.ts";
import { halfArray } from "./half.ts";
import { held } from "./held.ts";
import { described } from "./text.ts";

/**
 * The type of a tensor's elements; `f16` halves memory, kernels compute in more.
 *
 * @category Dtypes and shapes
 */
export type DType = "f16" | "f32" | "f64" | "i32" | "u32" | "bool";

/**
 * The arrays that hold elements on the host; `bool` is a `Uint8Array` of 0 and 1.
 *
 * @category Dtypes and shapes
 */
export type TypedArray =
  // Not by its name, which older libraries of types do not have.
  | (typeof globalThis extends { readonly Float16Array: { readonly prototype: infer Half } } ? Half : never)
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint8Array;

interface DTypeFacts {
  /** 0 for bool, 1 for integers, 2 for floats: PyTorch's categories. */
  readonly category: 0 | 1 | 2;
  readonly bytes: number;
  /** A small dense number, for kernel keys. */
  readonly code: number;
}

const f32: DTypeFacts = { category: 2, bytes: 4, code: 0 };
const f64: DTypeFacts = { category: 2, bytes: 8, code: 1 };

const facts: Readonly<Record<DType, DTypeFacts>> = {
  f16: { category: 2, bytes: 2, code: 5 },
  f32,
  f64,
  i32: { category: 1, bytes: 4, code: 2 },
  u32: { category: 1, bytes: 4, code: 3 },
  bool: { category: 0, bytes: 1, code: 4 },
};

// Apart from the facts, so that programs without tensors do without it.
const arrays: Readonly<Record<DType, (length: number) => TypedArray>> = {
  f16: newHalfArray,
  f32: (n) => new Float32Array(n),
  f64: (n) => new Float64Array(n),
  i32: (n) => new Int32Array(n),
  u32: (n) => new Uint32Array(n),
  bool: (n) => new Uint8Array(n),
};

function newHalfArray(length: number): TypedArray {
  const Half = halfArray();
  if (Half) return new Half(length);
  throw new DtypeError("Cannot hold f16: this runtime has no Float16Array, use f32", { dtypes: ["f16"] });
}

/**
 * Every dtype there is.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { dtypes, isFloating } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(dtypes.filter(isFloating), ["f16", "f32", "f64"]);
 * ```
 */
export const dtypes: readonly DType[] = ["f16", "f32", "f64", "i32", "u32", "bool"];

/**
 * Whether gradients can flow through elements of this dtype: f16, f32 and f64.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { isFloating } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([isFloating("f64"), isFloating("i32")], [true, false]);
 * ```
 */
export function isFloating(dtype: DType): boolean {
  return category(dtype) === 2;
}

// Each op asks several times: engines compare two names faster than they look one up, once they met several.
function factsOf(dtype: DType): DTypeFacts {
  return dtype === "f32" ? f32 : dtype === "f64" ? f64 : facts[dtype] ?? refuse(dtype);
}

function refuse(found: unknown, what = "make a tensor of dtype"): never {
  throw new DtypeError(`Cannot ${what} ${described(found)}: choose one of ${dtypes.join(", ")}`);
}

/** 0 for bool, 1 for integers, 2 for floats. */
export function category(dtype: DType): 0 | 1 | 2 {
  return factsOf(dtype).category;
}

/**
 * Bytes of one element: 8 in f64, 2 in f16, 1 in bool, else 4.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { bytesPerElement, dtypes } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(dtypes.map(bytesPerElement), [2, 4, 8, 4, 4, 1]);
 * ```
 */
export function bytesPerElement(dtype: DType): number {
  return factsOf(dtype).bytes;
}

/**
 * A small dense number for a dtype, below 8, to build kernel keys from.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { dtypeCode, dtypes } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new Set(dtypes.map(dtypeCode)).size, dtypes.length);
 * ```
 */
export function dtypeCode(dtype: DType): number {
  return factsOf(dtype).code;
}

/**
 * A fresh, zeroed host array of `length` elements, of the kind that {@link Tensor.data} gives. In f16 it is a {@link
 * DtypeError} where the runtime has no `Float16Array`; {@link hasHostArray} tells.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { hostArray } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(hostArray("i32", 3), new Int32Array(3));
 * assertEquals(hostArray("bool", 2), new Uint8Array(2));
 * ```
 */
export function hostArray(dtype: DType, length: number): TypedArray {
  checkDtype(dtype);
  checkLength(length, dtype);
  if (length > MOST_ELEMENTS) throw tooLong(length, dtype);
  try {
    return arrays[dtype](length);
  } catch (error) {
    throw error instanceof RangeError ? tooLong(length, dtype) : error;
  }
}

/**
 * Whether this runtime can hold elements of a dtype on the host: all but f16 for certain.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { dtypes, hasHostArray } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(dtypes.filter((dtype) => !hasHostArray(dtype)), "Float16Array" in globalThis ? [] : ["f16"]);
 * ```
 */
export function hasHostArray(dtype: DType): boolean {
  return checkDtype(dtype) !== "f16" || halfArray() !== undefined;
}

/**
 * Refuses a number of elements, or without a dtype of bytes, that is no integer from 0: what an allocator asks of
 * whoever calls it.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { checkLength } from "@tapegrad/core";
 * import { assertThrows } from "@std/assert";
 *
 * checkLength(3, "f32");
 * assertThrows(() => checkLength(NaN, "f32"), RangeError, "Cannot allocate NaN elements of f32");
 * ```
 */
export function checkLength(length: number, dtype?: DType): void {
  if (Number.isSafeInteger(length) && length >= 0) return;
  const what = dtype === undefined ? "bytes" : `elements of ${dtype}`;
  throw new RangeError(`Cannot allocate ${described(length)} ${what}: an integer from 0 is needed`);
}

/** Positions of elements are i32. */
const MOST_ELEMENTS = 2 ** 31 - 1;

function tooLong(length: number, dtype: DType): RangeError {
  const bytes = length * bytesPerElement(dtype), { buffers, bytes: taken } = held;
  return new RangeError(
    `Cannot allocate ${length} elements of ${dtype}: an array of ${bytes} bytes is more than there is memory for, ` +
      `beside ${taken} bytes in ${buffers} buffers that are held; split the tensor, or release some by a scope`,
  );
}

function isHalfArray(value: unknown): value is Float16Array {
  const Half = halfArray();
  return Half !== undefined && value instanceof Half;
}

/** Whether a value is one of the arrays that hold elements. */
export function isElementArray(value: unknown): value is TypedArray {
  return isHalfArray(value) || value instanceof Float32Array || value instanceof Float64Array ||
    value instanceof Int32Array ||
    value instanceof Uint32Array || value instanceof Uint8Array;
}

/** The dtype that a host array's elements have; bytes are not a dtype of ours. */
export function dtypeOfArray(array: TypedArray): DType {
  if (array instanceof Float32Array) return "f32";
  if (array instanceof Float64Array) return "f64";
  if (array instanceof Int32Array) return "i32";
  if (array instanceof Uint32Array) return "u32";
  return isHalfArray(array) ? "f16" : "bool";
}

/** Refuses what is no dtype, naming those that are; `what` was asked of it. */
export function checkDtype(dtype: DType, what = "make a tensor of dtype"): DType {
  return typeof dtype === "string" && Object.hasOwn(facts, dtype) ? dtype : refuse(dtype, what);
}

/**
 * The dtype two dtypes meet in: the higher category, within floats the wider.
 * Signed and unsigned integers have no common 32-bit type, so mixing them is an error.
 */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  const x = category(a), y = category(b);
  if (x !== y) return x > y ? a : b;
  if (x === 2) return bytesPerElement(a) > bytesPerElement(b) ? a : b;
  throw new DtypeError(`Cannot mix ${a} and ${b}: no 32-bit integer holds both, cast one with to()`, {
    dtypes: [a, b],
  });
}
