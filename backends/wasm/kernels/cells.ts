/** Elements one by one: how they are loaded, stored and added up. */
import { bytesPerElement, type DType, type ScatterKind } from "@tapegrad/core/backend";
import type { Body } from "../assembler/body.ts";
import type { ValueType } from "../assembler/types.ts";
import { type Int, load, op, select, type Value } from "../assembler/values.ts";

/** An element of some kind. */
export interface Cell<T extends ValueType = ValueType> {
  /** What it is once it is loaded. */
  readonly type: T;
  /** How many bytes it has in memory. */
  readonly bytes: number;
  /** What stands at an address. */
  load(address: Int): Value<T>;
  /** Puts a value there. */
  store(body: Body, address: Int, value: Value<T>): void;
}

const byte: Cell<"i32"> = {
  type: "i32",
  bytes: 1,
  load: (address) => load("i32.load8_u", address),
  store: (body, address, value) => body.store("i32.store8", address, value),
};
const short: Cell<"i32"> = {
  type: "i32",
  bytes: 2,
  load: (address) => load("i32.load16_u", address),
  store: (body, address, value) => body.store("i32.store16", address, value),
};
const word: Cell<"i32"> = {
  type: "i32",
  bytes: 4,
  load: (address) => load("i32.load", address),
  store: (body, address, value) => body.store("i32.store", address, value),
};
const long: Cell<"i64"> = {
  type: "i64",
  bytes: 8,
  load: (address) => load("i64.load", address),
  store: (body, address, value) => body.store("i64.store", address, value),
};
const single: Cell<"f32"> = {
  type: "f32",
  bytes: 4,
  load: (address) => load("f32.load", address),
  store: (body, address, value) => body.store("f32.store", address, value),
};
const double: Cell<"f64"> = {
  type: "f64",
  bytes: 8,
  load: (address) => load("f64.load", address),
  store: (body, address, value) => body.store("f64.store", address, value),
};

/** Bits that are moved as they are, by the bytes of an element. */
export function bitsOf(dtype: DType): Cell {
  return { 1: byte, 2: short, 4: word, 8: long }[bytesPerElement(dtype)]!;
}

/** The dtypes that are computed with as they are stored. */
export type Plain = Exclude<DType, "f16">;

const cells: Readonly<Record<Plain, Cell>> = { f32: single, f64: double, i32: word, u32: word, bool: byte };

/** Elements of a dtype; of halves, which are computed with otherwise, there is none. */
export function cellOf(dtype: Plain): Cell {
  return cells[dtype];
}

/** Whether a dtype is computed with as it is stored. */
export function isPlain(dtype: DType): dtype is Plain {
  return dtype !== "f16";
}

/** The sum of elements; of bools whether there is one that is set. */
export function added<T extends ValueType>(dtype: Plain, a: Value<T>, b: Value<T>): Value<T> {
  return op(meetings.add[dtype], a as never, b as never) as Value<T>;
}

type Meet = (body: Body, a: Value, b: Value) => Value;

/** Elements that meet: their sum or product, or one of them; bools by whether one is set, or both. */
export function meeting(kind: keyof typeof meetings, dtype: Plain): Meet {
  const name = meetings[kind][dtype];
  if (!/_[su]$/.test(name)) return (_body, a, b) => op(name, a as never, b as never);
  // Of integers one is chosen by a comparison.
  return (body, a, b) => {
    const [x, y] = [body.keep(a), body.keep(b)];
    return select(op(name, x as never, y as never) as Value<"i32">, x, y);
  };
}

const meetings = {
  add: { f32: "f32.add", f64: "f64.add", i32: "i32.add", u32: "i32.add", bool: "i32.or" },
  prod: { f32: "f32.mul", f64: "f64.mul", i32: "i32.mul", u32: "i32.mul", bool: "i32.and" },
  max: { f32: "f32.max", f64: "f64.max", i32: "i32.gt_s", u32: "i32.gt_u", bool: "i32.or" },
  min: { f32: "f32.min", f64: "f64.min", i32: "i32.lt_s", u32: "i32.lt_u", bool: "i32.and" },
} as const satisfies Readonly<Record<Exclude<ScatterKind, "set">, Readonly<Record<Plain, string>>>>;
