/** The numbers that products are computed with: so many lanes of one kind at once, or one after another. */
import type { Body } from "../../assembler/body.ts";
import type { ValueType } from "../../assembler/types.ts";
import {
  extract,
  f32,
  f64,
  i32,
  type Int,
  load,
  loadLane,
  op,
  replace,
  shuffle,
  v128,
  type Value,
} from "../../assembler/values.ts";
import type { Simd } from "../../features.ts";

/** What elements are; unsigned words are multiplied as signed ones are. */
export type Element = "f32" | "f64" | "i32";

/** How a number of elements is computed with at once. */
export interface Lanes {
  readonly element: Element;
  /** How many elements one value holds. */
  readonly count: number;
  /** The type of such a value. */
  readonly type: ValueType;
  /** How many such values a tile may hold, beside those that go into it. */
  readonly registers: number;
  readonly zero: Value;
  /** Elements next to each other; with `real` fewer, and zeros behind them. */
  load(address: Int, offset: number, real?: number): Value;
  /** One element in all lanes. */
  splat(address: Int, offset: number): Value;
  /** One lane in all lanes. */
  spread(value: Value, lane: number): Value;
  /** Stores elements next to each other; with `real` only the first ones. */
  store(body: Body, address: Int, value: Value, offset: number, real?: number): void;
  sum(a: Value, b: Value): Value;
  /** `a·b + c`, rounded once or twice. */
  productSum(a: Value, b: Value, c: Value): Value;
  /** The elements one by one. */
  each(value: Value): Value[];
  /** What has these elements. */
  of(elements: readonly Value[]): Value;
}

const bytes: Readonly<Record<Element, number>> = { f32: 4, f64: 8, i32: 4 };

/** The size of an element in bytes. */
export function bytesOf({ element }: Lanes): number {
  return bytes[element];
}

/** The best lanes for elements. */
export function lanesOf(element: Element, simd: Simd): Lanes {
  return simd === "scalar" ? oneLane(element) : vectors(element, simd === "relaxed");
}

const zeros: Readonly<Record<Element, Value>> = { f32: f32(0), f64: f64(0), i32: i32(0) };

/** One element at a time. */
export function oneLane<E extends Element>(element: E): Lanes {
  const [loading, add, mul] = [`${element}.load`, `${element}.add`, `${element}.mul`] as const;
  const sum = (a: Value, b: Value) => op(add as "f32.add", a as Value<"f32">, b as Value<"f32">);
  const one = (address: Int, offset: number) => load(loading as "f32.load", address, offset);
  return {
    element,
    count: 1,
    type: element,
    registers: 8,
    zero: zeros[element],
    load: one,
    splat: one,
    spread: (value) => value,
    store: (body, address, value, offset) =>
      body.store(`${element}.store` as "f32.store", address, value as Value<"f32">, offset),
    sum,
    productSum: (a, b, c) => sum(op(mul as "f32.mul", a as Value<"f32">, b as Value<"f32">), c),
    each: (value) => [value],
    of: ([value]) => value,
  };
}

const shapes = { f32: "f32x4", f64: "f64x2", i32: "i32x4" } as const;
const none = v128(new Uint8Array(16));

function vectors(element: Element, fused: boolean): Lanes {
  const shape = shapes[element], size = bytes[element], count = 16 / size;
  const sum = (a: Value, b: Value) => op(`${shape}.add`, a as Value<"v128">, b as Value<"v128">);
  const twice = (a: Value, b: Value, c: Value) =>
    sum(op(shape === "f64x2" ? "f64x2.mul" : `${shape}.mul`, a as Value<"v128">, b as Value<"v128">), c);
  const isFused = fused && shape !== "i32x4";
  return {
    element,
    count,
    type: "v128",
    registers: isFused ? 12 : 10,
    zero: none,
    load: (address, offset, real = count) => loadFirst(address, offset, real * size),
    splat: (address, offset) => load(size === 4 ? "v128.load32_splat" : "v128.load64_splat", address, offset),
    spread: (value, lane) => spreadLane(value as Value<"v128">, lane, size),
    store: (body, address, value, offset, real = count) =>
      storeFirst(body, address, value as Value<"v128">, offset, real * size),
    sum,
    productSum: isFused
      ? (a, b, c) => op(`${shape}.relaxed_madd`, a as Value<"v128">, b as Value<"v128">, c as Value<"v128">)
      : twice,
    each: (value) =>
      Array.from(
        { length: count },
        (_, lane) => extract(`${shape}.extract_lane`, value as Value<"v128">, lane),
      ),
    of: (elements) => joined(shape, elements),
  };
}

function spreadLane(vector: Value<"v128">, lane: number, size: number): Value {
  return shuffle(vector, vector, Array.from({ length: 16 }, (_, byte) => lane * size + byte % size));
}

function joined(shape: string, elements: readonly Value[]): Value {
  const name = `${shape}.replace_lane` as "f32x4.replace_lane";
  return elements.reduce<Value<"v128">>(
    (all, one, lane) => replace(name, all, one as Value<"f32">, lane),
    none,
  );
}

// The first bytes at an address, 4, 8, 12 or 16, with zeros behind them.
function loadFirst(address: Int, offset: number, bytes: number): Value<"v128"> {
  if (bytes === 16) return load("v128.load", address, offset);
  if (bytes === 4) return load("v128.load32_zero", address, offset);
  const two = load("v128.load64_zero", address, offset);
  return bytes === 8 ? two : loadLane("v128.load32_lane", address, two, 2, offset + 8);
}

function storeFirst(body: Body, address: Int, value: Value<"v128">, offset: number, bytes: number): void {
  if (bytes === 16) return body.store("v128.store", address, value, offset);
  if (bytes >= 8) body.storeLane("v128.store64_lane", address, value, 0, offset);
  if (bytes === 4) body.storeLane("v128.store32_lane", address, value, 0, offset);
  if (bytes === 12) body.storeLane("v128.store32_lane", address, value, 2, offset + 8);
}
