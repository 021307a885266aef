/** Packs from memory and into it. */
import { bytesPerElement, type DType } from "@tapegrad/core/backend";
import { i32, type Int, load, loadLane, op, plus, v128, type Value } from "../assembler/values.ts";
import { halfBits, ofHalfBits } from "./half.ts";
import type { Code, Lanes } from "./lanes.ts";
import { converted, lanesOf, type Pack, partsOf } from "./pack.ts";

type Vector = Value<"v128">;
type Address = Int;

/** Where elements are. */
export interface Place {
  readonly dtype: DType;
  /** Of the first, in bytes; read several times. */
  readonly address: Int;
}

/** Elements that are taken one by one. */
export interface Apart extends Place {
  /** How many bytes each is behind the one before. */
  readonly step: Int;
  /** How many of a pack there are, at least one, if it may be fewer than all. */
  readonly left?: Value<"i32">;
}

// What memory holds is as wide as what is computed with, or comes as words.
function rawLanes(code: Code, dtype: DType): Lanes {
  return lanesOf(code, dtype === "f16" ? "i32" : dtype);
}

function decoded(code: Code, dtype: DType, raw: readonly Value[]): Pack {
  const on = lanesOf(code, dtype);
  if (dtype === "f16") return { dtype, parts: raw.map((x) => ofHalfBits(on, x)) };
  if (dtype === "bool") return { dtype, parts: raw.map((x) => on.is("ne", x, on.whole(0))) };
  return { dtype, parts: raw };
}

function encoded(code: Code, pack: Pack, dtype: DType): readonly Value[] {
  const { parts } = converted(code, pack, dtype), on = lanesOf(code, dtype);
  if (dtype === "f16") return parts.map((x) => halfBits(on, x));
  return dtype === "bool" ? parts.map((x) => on.word("and", x, on.whole(1))) : parts;
}

/** Elements that lie side by side, so many behind the address. */
export function loadPack(code: Code, { dtype, address }: Place, elements: number, behind = 0): Pack {
  const bytes = bytesPerElement(dtype), { count } = lanesOf(code, dtype);
  const raw = Array.from({ length: partsOf(code, dtype, elements) }, (_, i) => {
    const offset = (behind + i * count) * bytes;
    return code.isVector ? loadVector(dtype, address, offset) : loadOne(dtype, address, offset);
  });
  return decoded(code, dtype, raw);
}

function loadVector(dtype: DType, address: Address, offset: number): Value {
  if (dtype === "f16") return load("v128.load16x4_u", address, offset);
  if (dtype !== "bool") return load("v128.load", address, offset);
  const bytes = load("v128.load32_zero", address, offset);
  return op("i32x4.extend_low_i16x8_u", op("i16x8.extend_low_i8x16_u", bytes));
}

function loadOne(dtype: DType, address: Address, offset = 0): Value {
  if (dtype === "f32" || dtype === "f64") return load(`${dtype}.load`, address, offset);
  return load(
    dtype === "f16" ? "i32.load16_u" : dtype === "bool" ? "i32.load8_u" : "i32.load",
    address,
    offset,
  );
}

/** One element, in every place of a pack; computed once. */
export function splatPack(code: Code, { dtype, address }: Place, elements: number): Pack {
  const { parts: [part] } = decoded(code, dtype, [rawLanes(code, dtype).splat(loadOne(dtype, address))]);
  return { dtype, parts: new Array(partsOf(code, dtype, elements)).fill(code.keep(part)) };
}

/** Elements taken one by one; where some are missing, there is anything. */
export function gatherPack(code: Code, place: Apart, elements: number): Pack {
  const { dtype } = place, { body } = code, on = rawLanes(code, dtype), bytes = bytesPerElement(dtype);
  if (elements === 1) return loadPack(code, place, 1);
  const raw = Array.from({ length: elements / on.count }, () => body.local("v128"));
  eachApart(code, place, elements, (address, k) => {
    const part = raw[Math.floor(k / on.count)], lane = k % on.count;
    body.set(part, laneLoaded(on, dtype, address, lane === 0 ? v128(new Int32Array(4)) : part, lane));
  });
  return decoded(code, dtype, raw);

  function laneLoaded(on: Lanes, dtype: DType, address: Address, part: Vector, lane: number): Vector {
    if (bytes < 4) return on.replace(part, loadOne(dtype, address), lane) as Vector;
    return loadLane(bytes === 4 ? "v128.load32_lane" : "v128.load64_lane", address, part, lane);
  }
}

// Visits the addresses of the elements, as far as there are any.
function eachApart(
  { body }: Code,
  { address, step, left }: Apart,
  elements: number,
  visit: (address: Address, k: number) => void,
): void {
  const from = (k: number, at: Address) => {
    visit(at, k);
    if (k + 1 === elements) return;
    const next = () => from(k + 1, body.keep(plus(at, step)));
    if (left) body.if(op("i32.gt_u", left, i32(k + 1)), next);
    else next();
  };
  from(0, address);
}

/** Stores elements side by side, so many behind the address. */
export function storePack(code: Code, place: Place, pack: Pack, behind = 0): void {
  const { dtype, address } = place, bytes = bytesPerElement(dtype), { count } = lanesOf(code, dtype);
  encoded(code, pack, dtype).forEach((raw, i) => {
    const offset = (behind + i * count) * bytes;
    if (code.isVector) storeVector(code, place, raw as Vector, offset);
    else storeOne(code, dtype, address, raw, offset);
  });
}

function storeVector(code: Code, { dtype, address }: Place, part: Vector, offset: number): void {
  const { body } = code;
  if (bytesPerElement(dtype) >= 4) return body.store("v128.store", address, part, offset);
  const words = code.keep(part), halves = code.keep(op("i16x8.narrow_i32x4_u", words, words));
  if (dtype === "f16") return body.storeLane("v128.store64_lane", address, halves, 0, offset);
  body.storeLane("v128.store32_lane", address, op("i8x16.narrow_i16x8_u", halves, halves), 0, offset);
}

function storeOne({ body }: Code, dtype: DType, address: Address, raw: Value, offset: number): void {
  if (dtype === "f32") body.store("f32.store", address, raw as Value<"f32">, offset);
  else if (dtype === "f64") body.store("f64.store", address, raw as Value<"f64">, offset);
  else {
    const name = dtype === "f16" ? "i32.store16" : dtype === "bool" ? "i32.store8" : "i32.store";
    body.store(name, address, raw as Value<"i32">, offset);
  }
}

const laneStores = {
  1: "v128.store8_lane",
  2: "v128.store16_lane",
  4: "v128.store32_lane",
  8: "v128.store64_lane",
} as const;

/** Stores elements one by one. */
export function scatterPack(code: Code, place: Apart, pack: Pack, elements: number): void {
  if (elements === 1) return storePack(code, place, pack);
  const { dtype } = place, bytes = bytesPerElement(dtype) as 1 | 2 | 4 | 8, { count } = rawLanes(code, dtype);
  const raw = encoded(code, pack, dtype).map((x) => code.keep(x)), widths = 16 / count / bytes;
  eachApart(code, place, elements, (address, k) => {
    const part = raw[Math.floor(k / count)] as Vector;
    code.body.storeLane(laneStores[bytes], address, part, (k % count) * widths);
  });
}
