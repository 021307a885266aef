/** Arguments that are like those of an earlier call, as most are: they are compared part by part. */
import type { DType } from "../../base/dtype.ts";
import { sameShape, type Shape } from "../../base/shape.ts";
import type { Backend } from "../../device/backend.ts";
import { storageOf } from "../../tensor/internals.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { isPlain } from "../../tensor/tree.ts";
import { type Argument, isKeyWords } from "../program/structure.ts";
import type { Arguments } from "./arguments.ts";

/** What a part of the arguments was; tensors are forgotten, and known by what they are like. */
type Part = TensorPart | ListPart | MembersPart | { readonly kind: "number" | "key" } | ValuePart;

interface TensorPart {
  readonly kind: "tensor";
  readonly dtype: DType;
  readonly shape: Shape;
  readonly backend: Backend;
  readonly requiresGrad: boolean;
  /** The first of the tensors and keys before it that is in the same memory; its own place if none is. */
  readonly alias: number;
}

interface ListPart {
  readonly kind: "list";
  readonly parts: readonly Part[];
}

interface MembersPart {
  readonly kind: "members";
  readonly names: readonly string[];
  readonly parts: readonly Part[];
}

interface ValuePart {
  readonly kind: "value";
  readonly value: unknown;
}

/** What the arguments of a call were like. */
export class Likeness {
  readonly #key: string;
  readonly #parts: readonly Part[];
  readonly #requireGrad: boolean;

  /** Of arguments, which are taken apart as they are. */
  constructor(args: readonly unknown[], { key, requireGrad }: Arguments) {
    this.#key = key;
    this.#requireGrad = requireGrad;
    const given: Argument[] = [];
    this.#parts = args.map((value) => partOf(value, given));
  }

  /** The arguments of another call, if they are like these; else `null`, as may be where they are. */
  take(args: readonly unknown[]): Arguments | null {
    const given: Argument[] = [], numbers: number[] = [];
    if (!areAlike(this.#parts, args, given, numbers)) return null;
    return { key: this.#key, requireGrad: this.#requireGrad, given, numbers };
  }
}

function partOf(value: unknown, given: Argument[]): Part {
  if (value instanceof Tensor) {
    const { dtype, shape, backend, requiresGrad } = value;
    return { kind: "tensor", dtype, shape, backend, requiresGrad, alias: aliasOf(value, given) };
  }
  if (typeof value === "number") return { kind: "number" };
  if (isKeyWords(value)) {
    given.push(value);
    return { kind: "key" };
  }
  if (Array.isArray(value)) return { kind: "list", parts: value.map((part) => partOf(part, given)) };
  if (!isPlain(value)) return { kind: "value", value };
  const names = Object.keys(value);
  return { kind: "members", names, parts: names.map((name) => partOf(value[name], given)) };
}

function aliasOf(tensor: Tensor, given: Argument[]): number {
  const storage = storageOf(tensor), place = given.push(tensor) - 1;
  for (let i = 0; i < place; i++) {
    const other = given[i];
    if (other instanceof Tensor && storageOf(other) === storage) return i;
  }
  return place;
}

function areAlike(
  parts: readonly Part[],
  values: readonly unknown[],
  given: Argument[],
  numbers: number[],
): boolean {
  if (parts.length !== values.length) return false;
  for (let i = 0; i < parts.length; i++) if (!isAlike(parts[i], values[i], given, numbers)) return false;
  return true;
}

function isAlike(part: Part, value: unknown, given: Argument[], numbers: number[]): boolean {
  switch (part.kind) {
    case "tensor":
      return value instanceof Tensor && isTensorLike(part, value, given);
    case "number":
      return typeof value === "number" && numbers.push(value) > 0;
    case "key":
      return isKeyWords(value) && given.push(value) > 0;
    case "list":
      return Array.isArray(value) && areAlike(part.parts, value, given, numbers);
    case "members":
      return isPlain(value) && !isKeyWords(value) && haveMembers(part, value, given, numbers);
    case "value":
      return Object.is(part.value, value);
  }
}

function isTensorLike(part: TensorPart, x: Tensor, given: Argument[]): boolean {
  return x.dtype === part.dtype && (x.shape === part.shape || sameShape(x.shape, part.shape)) &&
    x.backend === part.backend && x.requiresGrad === part.requiresGrad && aliasOf(x, given) === part.alias;
}

function haveMembers(
  { names, parts }: MembersPart,
  value: Readonly<Record<string, unknown>>,
  given: Argument[],
  numbers: number[],
): boolean {
  const found = Object.keys(value);
  if (found.length !== names.length) return false;
  for (let i = 0; i < names.length; i++) {
    if (found[i] !== names[i] || !isAlike(parts[i], value[names[i]], given, numbers)) return false;
  }
  return true;
}
