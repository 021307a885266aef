/** Elements as files hold them, and as tensors do. */
import {
  type Backend,
  checkOptions,
  checkShape,
  described,
  type DType,
  fromArray,
  type HostArray,
  permute,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
  type Tensor,
  type TypedArray,
} from "@tapegrad/core";
import { FileFormatError } from "./format_error.ts";

/**
 * What an element of a file may be: dtypes that tensors have, and those that they are read from.
 *
 * @category Files
 */
export type FileDType =
  | "bool"
  | "i8"
  | "i16"
  | "i32"
  | "i64"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "f16"
  | "bf16"
  | "f32"
  | "f64";

/**
 * What functions that read tensors from files may be told.
 *
 * @category Files
 */
export interface FileReadOptions {
  /** What f16 is read as: f32 unless said. */
  readonly half?: "f16" | "f32";
  /** What f64 is read as, f64 unless said: f32 where a backend has no f64. */
  readonly double?: "f64" | "f32";
  /** Where the tensors are made; on the backend in use unless said. */
  readonly backend?: string | Backend;
}

/** A tensor as it lies in a file. */
export interface StoredTensor {
  readonly kind: FileDType;
  readonly shape: Shape;
  /** Where its elements begin and end. */
  readonly start: number;
  readonly end: number;
  /** Whether the first byte of a number is its highest. */
  readonly isBig?: boolean;
  /** Whether the first axis moves fastest. */
  readonly isFortran?: boolean;
}

/** Refuses options that no reader has; `asked` is what was to be read. */
export function checkReading(what: string, options: FileReadOptions): void {
  checkOptions(`read ${what}`, options, { half: "", double: "", backend: null });
  checkChoice(what, "half", options.half, ["f16", "f32"]);
  checkChoice(what, "double", options.double, ["f64", "f32"]);
}

function checkChoice(what: string, name: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  throw new TypeError(
    `Cannot read ${what} with ${name} as ${described(value)}: choose ${choices.join(" or ")}`,
  );
}

/** Bytes of an element. */
export function widthOf(kind: FileDType): number {
  return kind === "bool" ? 1 : Number(kind.replace(/\D+/, "")) / 8;
}

/** Refuses a shape that no tensor has, or that has not as many elements as there are. */
export function checkStored(what: string, at: number, { kind, shape, start, end }: StoredTensor): void {
  try {
    checkShape("read", shape);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new FileFormatError(what, at, `no tensor has its shape: ${error.message}`, { cause: error });
  }
  const wanted = sizeOf(shape) * widthOf(kind);
  if (wanted === end - start) return;
  throw new FileFormatError(
    what,
    at,
    `${kind} ${showShape(shape)} takes ${wanted} bytes and there are ${end - start}; ` +
      "it was cut off or written otherwise, fetch or save it again",
  );
}

/** A tensor of a file whose header has been checked, of the bytes that it has, which are no longer the caller's. */
export function tensorOf(
  what: string,
  bytes: Uint8Array<ArrayBuffer>,
  stored: StoredTensor,
  options: FileReadOptions,
): Tensor {
  const { kind, shape, isBig = false, isFortran = false } = stored;
  const { buffer } = inHostOrder(bytes, widthOf(kind), isBig);
  const elements = decoded(kind, buffer, (i, value) => unfit(what, stored, i, value));
  const making = { dtype: dtypeFor(kind, options), backend: options.backend };
  if (!isFortran || shape.length < 2) return fromArray(elements, shape, making);
  return permute(fromArray(elements, shape.toReversed(), making), shape.map((_, i) => i).toReversed());
}

function unfit(what: string, { kind, start }: StoredTensor, i: number, value: bigint): FileFormatError {
  return new FileFormatError(
    what,
    start + i * widthOf(kind),
    `element ${i} is ${value}, and ${kind} is read as i32, which ends at ±2^31; save it as f64, or smaller numbers`,
  );
}

/** The dtype that tensors have for what an element of a file is. */
export function dtypeFor(kind: FileDType, { half = "f32", double = "f64" }: FileReadOptions): DType {
  if (kind === "f16") return half;
  if (kind === "f64") return double;
  if (kind === "bf16" || kind === "f32") return "f32";
  return kind === "bool" || kind === "u32" ? kind : "i32";
}

type Refuse = (i: number, value: bigint) => Error;

const decoders: Readonly<Record<FileDType, (buffer: ArrayBuffer, refuse: Refuse) => HostArray>> = {
  bool: (buffer) => new Uint8Array(buffer),
  i8: (buffer) => new Int8Array(buffer),
  i16: (buffer) => new Int16Array(buffer),
  i32: (buffer) => new Int32Array(buffer),
  i64: (buffer, refuse) => narrowed(new BigInt64Array(buffer), refuse),
  u8: (buffer) => new Uint8Array(buffer),
  u16: (buffer) => new Uint16Array(buffer),
  u32: (buffer) => new Uint32Array(buffer),
  u64: (buffer, refuse) => narrowed(new BigUint64Array(buffer), refuse),
  f16: (buffer) => widened(buffer, bitsOfHalf),
  bf16: (buffer) => widened(buffer, (bits) => bits << 16),
  f32: (buffer) => new Float32Array(buffer),
  f64: (buffer) => new Float64Array(buffer),
};

function decoded(kind: FileDType, buffer: ArrayBuffer, refuse: Refuse): HostArray {
  return decoders[kind](buffer, refuse);
}

/** The elements of a file as numbers, integers beyond what a number holds exactly rounded. */
export function decodedNumbers(kind: FileDType, bytes: Uint8Array<ArrayBuffer>): number[] {
  const { buffer } = inHostOrder(bytes.slice(), widthOf(kind), false);
  if (kind === "i64") return Array.from(new BigInt64Array(buffer), Number);
  if (kind === "u64") return Array.from(new BigUint64Array(buffer), Number);
  return Array.from(decoders[kind](buffer, () => new RangeError()) as ArrayLike<number>);
}

function narrowed(wide: BigInt64Array | BigUint64Array, refuse: Refuse): Int32Array {
  const out = new Int32Array(wide.length);
  for (let i = 0; i < out.length; i++) {
    out[i] = Number(wide[i]);
    if (out[i] !== Number(wide[i])) throw refuse(i, wide[i]);
  }
  return out;
}

function widened(buffer: ArrayBuffer, bitsOf: (bits: number) => number): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(buffer), bitsOf).buffer);
}

/** The bits of a half float as those of a float. */
function bitsOfHalf(bits: number): number {
  const sign = (bits & 0x8000) << 16, exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent === 31) return sign | 0x7f800000 | fraction << 13;
  if (exponent > 0) return sign | exponent + 112 << 23 | fraction << 13;
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21;
  return sign | 113 - shift << 23 | (fraction << shift & 1023) << 13;
}

/** The bytes of elements, lowest first. */
export function littleBytes(elements: TypedArray): Uint8Array {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT } = elements;
  return inHostOrder(new Uint8Array(buffer, byteOffset, byteLength), BYTES_PER_ELEMENT, false);
}

/** Numbers in the order of this machine, which is as well from there to a file; turned in place. */
function inHostOrder<T extends Uint8Array>(bytes: T, width: number, isBig: boolean): T {
  const isBigHost = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;
  if (isBig !== isBigHost) {
    for (let i = 0; i + width <= bytes.length; i += width) bytes.subarray(i, i + width).reverse();
  }
  return bytes;
}
