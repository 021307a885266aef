/** The dump of PyTorch's operator database: its format, and its values as tensors of ours. */
import { type DType, fromArray, hostArray, type Tensor } from "@tapegrad/core";

/** A number; what JSON cannot hold is text. */
type EncodedNumber = number | boolean | "NaN" | "Infinity" | "-Infinity";

/** A tensor of a dump, row-major; complex numbers are pairs along a last axis, and their dtype is c128. */
export interface EncodedTensor {
  readonly $tensor: {
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly data: readonly EncodedNumber[];
    readonly grad: boolean;
  };
}

/** A Python slice; `null` where a part was left out. */
export interface Slice {
  readonly $slice: readonly [number | null, number | null, number | null];
}

/** A dtype of PyTorch by its short name. */
export interface DtypeName {
  readonly $dtype: string;
}

/** Python's `...`. */
export interface Ellipsis {
  readonly $ellipsis: true;
}

type Plain = number | string | boolean | null | Slice | DtypeName | Ellipsis;

/** An argument as the dump has it. */
export type Encoded = Plain | EncodedTensor | readonly Encoded[];

/** An argument that is a tensor of complex numbers, which here are pairs along a last axis. */
export class Complex {
  /** Of the pairs. */
  constructor(readonly pairs: Tensor) {}
}

/** An argument with its tensors made. */
export type Value = Plain | Tensor | Complex | readonly Value[];

/** One call of an operator and what PyTorch says comes of it. */
export interface Sample {
  readonly args: readonly Encoded[];
  readonly kwargs: Readonly<Record<string, Encoded>>;
  readonly output: readonly EncodedTensor[];
  readonly differentiable: readonly number[];
  readonly cotangents: readonly EncodedTensor[];
  readonly grads: readonly (EncodedTensor | null)[];
  readonly directions: readonly EncodedTensor[];
  readonly second: readonly (EncodedTensor | null)[] | null;
}

/** The samples of one operator. */
export interface Dump {
  readonly op: string;
  readonly torch: string;
  readonly samples: readonly Sample[];
}

/** Why a sample or an operator has nothing of ours to be compared with. */
export class NotCovered extends Error {
  override readonly name = "NotCovered";
}

const integers = ["i64", "i32", "i16", "i8", "u8"];

/** Our dtype for one of PyTorch's; `float` is what its f64 becomes. */
export function dtypeFor(dtype: string, float: DType): DType {
  if (dtype === "f64" || dtype === "c128") return float;
  if (dtype === "f32" || dtype === "f16" || dtype === "bool") return dtype;
  if (integers.includes(dtype)) return "i32";
  throw new NotCovered(`dtype ${dtype}`);
}

/** The numbers of a tensor. */
export function numbersOf({ $tensor: { data } }: EncodedTensor): number[] {
  return data.map(Number);
}

const hostNumbers = new WeakMap<Tensor, readonly number[]>();

/** A tensor of the dump on the backend in use. */
export function makeTensor(encoded: EncodedTensor, float: DType): Tensor {
  const { shape } = encoded.$tensor, dtype = dtypeFor(encoded.$tensor.dtype, float);
  const numbers = numbersOf(encoded), data = hostArray(dtype, numbers.length);
  data.set(numbers);
  const made = fromArray(data, shape, { dtype });
  hostNumbers.set(made, numbers);
  return made;
}

/** A vector of indices. */
export function makeIndices(numbers: readonly number[]): Tensor {
  const made = fromArray(Int32Array.from(numbers), [numbers.length]);
  hostNumbers.set(made, numbers);
  return made;
}

/** The numbers that a tensor was made of, for arguments that PyTorch takes as tensors and we as numbers. */
export function madeOf(tensor: Tensor): readonly number[] {
  const numbers = hostNumbers.get(tensor);
  if (!numbers) throw new TypeError("Cannot tell the numbers of a tensor that is no argument of the sample");
  return numbers;
}

function isTensor(value: Encoded): value is EncodedTensor {
  return typeof value === "object" && value !== null && "$tensor" in value;
}

function isList(value: Encoded): value is readonly Encoded[] {
  return Array.isArray(value);
}

/** The tensors that gradients are asked for, in order. */
export function leavesOf({ args, kwargs }: Sample): EncodedTensor[] {
  const within = (value: Encoded): EncodedTensor[] => {
    if (isTensor(value)) return value.$tensor.grad ? [value] : [];
    return isList(value) ? value.flatMap(within) : [];
  };
  return [...args, ...Object.values(kwargs)].flatMap(within);
}

/** Positional and named arguments with their tensors made, except those in `leaves`, which are given. */
export function decodeArguments(
  { args, kwargs }: Sample,
  leaves: readonly Tensor[],
  float: DType,
): [Value[], Record<string, Value>] {
  const given = leaves.values();
  const decode = (value: Encoded): Value => {
    if (isTensor(value)) {
      const made = value.$tensor.grad ? given.next().value! : makeTensor(value, float);
      return value.$tensor.dtype === "c128" ? new Complex(made) : made;
    }
    return isList(value) ? value.map(decode) : value;
  };
  const positional = args.map(decode);
  const named = Object.entries(kwargs).map(([name, value]) => [name, decode(value)]);
  return [positional, Object.fromEntries(named)];
}
