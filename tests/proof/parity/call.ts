/** The arguments of a call in PyTorch's manner, read by place or name. */
import { broadcastTensors, complex, expand, fromArray, hostArray, sizeOf, Tensor } from "@tapegrad/core";
import drawn from "./drawn.json" with { type: "json" };
import { Complex, madeOf, makeIndices, type Value } from "./sample.ts";

/** The place of an argument that can only be named. */
export const NAMED = -1;

/** How an operator of PyTorch is said in functions of ours; results with names are in PyTorch's order. */
export type Operator = (call: Call) => Tensor | readonly Tensor[] | object;

/** The results of an operator as a list. */
export function resultsOf(results: ReturnType<Operator>): readonly Tensor[] {
  return results instanceof Tensor ? [results] : Object.values(results) as Tensor[];
}

/** The arguments of one call; `None` and what was left out are the same. */
export class Call {
  readonly #positional: readonly Value[];
  readonly #named: Readonly<Record<string, Value>>;

  constructor(positional: readonly Value[], named: Readonly<Record<string, Value>>) {
    this.#positional = positional;
    this.#named = named;
  }

  /** How many arguments were given by place. */
  get count(): number {
    return this.#positional.length;
  }

  /** The same call with one argument in place of the first few. */
  joined(count: number, join: (values: readonly Value[]) => Value): Call {
    const rest = this.#positional.slice(count);
    return new Call([join(this.#positional.slice(0, count)), ...rest], this.#named);
  }

  /** An argument as it is. */
  value(at: number, name = ""): Value | undefined {
    return this.#positional[at] ?? this.#named[name] ?? undefined;
  }

  #wrong(wanted: string, at: number, name = ""): TypeError {
    return new TypeError(`Argument ${at} ${name} is not ${wanted}: ${String(this.value(at, name))}`);
  }

  /** A tensor, if given. */
  maybe(at: number, name?: string): Tensor | undefined {
    const value = this.value(at, name);
    return value instanceof Tensor ? value : undefined;
  }

  /** A tensor. */
  tensor(at: number, name = ""): Tensor {
    const value = this.maybe(at, name);
    if (value) return value;
    throw this.#wrong("a tensor", at, name);
  }

  /** Whether an argument is a tensor of complex numbers in PyTorch. */
  isComplex(at: number, name?: string): boolean {
    return this.value(at, name) instanceof Complex;
  }

  /** A tensor of complex numbers as pairs; real ones stand for them, as in PyTorch. */
  pairs(at: number): Tensor {
    const value = this.value(at);
    return value instanceof Complex ? value.pairs : complex.fromReal(this.tensor(at));
  }

  /** A tensor that PyTorch takes for a number, off the tape. */
  constant(at: number, name?: string): Tensor {
    return this.tensor(at, name).detach();
  }

  /** A tensor in the shape of another, to which PyTorch broadcasts it by itself. */
  tensorAs(at: number, other: number): Tensor {
    return expand(this.tensor(at), this.tensor(other).shape);
  }

  /** A list of tensors. */
  tensors(at: number, name = ""): Tensor[] {
    const value = this.value(at, name);
    if (Array.isArray(value) && value.every((x) => x instanceof Tensor)) return value;
    throw this.#wrong("a list of tensors", at, name);
  }

  /** Tensors of indices; a vector of truth values stands for the places where it is true. */
  indices(at: number): Tensor[] {
    return this.tensors(at).map((index) => {
      if (index.dtype !== "bool") return index;
      return makeIndices(madeOf(index).flatMap((isTrue, i) => isTrue ? [i] : []));
    });
  }

  /** The tensors given by place, alone or in one list. */
  spread(): Tensor[] {
    return this.#positional.flat().filter((x) => x instanceof Tensor);
  }

  /** A tensor or a number. */
  operand(at: number, name?: string, fallback?: number): Tensor | number {
    return this.maybe(at, name) ?? this.number(at, name, fallback);
  }

  /** A number; one that came as a tensor is read. */
  number(at: number, name?: string, fallback?: number): number {
    const value = this.value(at, name) ?? fallback;
    if (typeof value === "number" || typeof value === "boolean") return Number(value);
    if (value instanceof Tensor) return madeOf(value)[0];
    if (typeof value === "string" && (value === "NaN" || !Number.isNaN(Number(value)))) return Number(value);
    throw this.#wrong("a number", at, name);
  }

  /** A number, if given. */
  maybeNumber(at: number, name?: string): number | undefined {
    return this.value(at, name) === undefined ? undefined : this.number(at, name);
  }

  /** A truth value. */
  flag(at: number, name: string, fallback: boolean): boolean {
    return Boolean(this.value(at, name) ?? fallback);
  }

  /** A truth value, if given. */
  maybeFlag(at: number, name: string): boolean | undefined {
    return this.value(at, name) === undefined ? undefined : this.flag(at, name, false);
  }

  /** A string, if given. */
  maybeText(at: number, name: string): string | undefined {
    return this.value(at, name) === undefined ? undefined : this.text(at, name, "");
  }

  /** A string. */
  text(at: number, name: string, fallback: string): string {
    return String(this.value(at, name) ?? fallback);
  }

  /** Integers, if given: one, a list, or a tensor of them. */
  maybeIntegers(at: number, name = ""): number[] | undefined {
    const value = this.value(at, name);
    if (value === undefined) return undefined;
    if (value instanceof Tensor) return [...madeOf(value)];
    if (typeof value === "number") return [value];
    if (Array.isArray(value) && value.every((x) => typeof x === "number")) return value;
    throw this.#wrong("integers", at, name);
  }

  /** Integers. */
  integers(at: number, name = ""): number[] {
    const value = this.maybeIntegers(at, name);
    if (value) return value;
    throw this.#wrong("integers", at, name);
  }

  /** An integer for all axes, or one for each; one in a list is for all, as in PyTorch. */
  perAxis(at: number, name: string, fallback?: number): number | readonly number[] {
    const given = this.maybeIntegers(at, name) ?? [this.number(at, name, fallback)];
    return given.length === 1 ? given[0] : given;
  }

  /** Pairs of integers, the last axis first in PyTorch's list and last in ours. */
  widths(at: number, name: string): (readonly [number, number])[] {
    const pairs = this.integers(at, name).values(), list: (readonly [number, number])[] = [];
    for (const before of pairs) list.unshift([before, pairs.next().value!]);
    return list;
  }

  /** An integer, or a list of them. */
  counts(at: number, name?: string): number | number[] {
    const value = this.value(at, name);
    const isOne = typeof value === "number" || value instanceof Tensor && value.rank === 0;
    return isOne ? this.number(at, name) : this.integers(at, name);
  }

  /** Integers in a list, or one by one up to the last argument. */
  sizes(at: number): number[] {
    return typeof this.value(at) === "number" ? this.#positional.slice(at).map(Number) : this.integers(at);
  }

  /** Axes to reduce over; none at all means all of them. */
  axes(at: number, name = "dim"): number[] | undefined {
    const axes = this.maybeIntegers(at, name);
    return axes?.length === 0 ? undefined : axes;
  }

  /** What PyTorch drew from 0 to 1 for this call, one number after the other in a shape. */
  drawn(shape: readonly number[], { dtype }: Tensor): Tensor {
    const data = hostArray(dtype, sizeOf(shape));
    data.set(drawn.uniform.slice(0, data.length));
    return fromArray(data, shape, { dtype });
  }

  /** How many elements of a tensor a mask chooses, which broadcast, without reading either. */
  chosen(at: number, mask: number): number {
    const by = this.tensor(mask), [{ shape }] = broadcastTensors([this.tensor(at), by]);
    return madeOf(by).filter(Boolean).length * sizeOf(shape) / by.size;
  }

  /** Whether reduced axes are kept. */
  keep(at: number, name = "keepdim"): { keepDims: boolean } {
    return { keepDims: this.flag(at, name, false) };
  }
}
