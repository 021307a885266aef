/** Values that code computes: constants, loads and instructions on other values, each written where it is used. */
import type { Bytes } from "./bytes.ts";
import {
  extractions,
  type Instruction,
  instructions,
  laneLoads,
  loads,
  replacements,
  sixteen,
} from "./instructions.ts";
import { type ValueType, writeType } from "./types.ts";

/** How a value is computed: it is computed again wherever it stands; {@link Body.keep} computes it once. */
export interface Value<T extends ValueType = ValueType> {
  /** Its type. */
  readonly type: T;
  /** Writes the instructions that leave it on the stack. */
  readonly write: (to: Bytes) => void;
}

/** A number in the code, or what computes one: an address, a count. */
export type Int = Value<"i32"> | number;

type Table = Readonly<Record<string, Instruction<readonly ValueType[], ValueType>>>;
/** The operands that an instruction takes. */
export type OperandsOf<I> = I extends Instruction<infer P, ValueType>
  ? { readonly [K in keyof P]: Value<P[K]> }
  : never;
/** The type that an instruction gives. */
export type ResultOf<I> = I extends Instruction<readonly ValueType[], infer R> ? R : never;

/** Names of instructions that need nothing but operands. */
export type OpName = keyof typeof instructions;
/** Names of instructions that load. */
export type LoadName = keyof typeof loads;

/** Writes an opcode, behind its prefix if it has one. */
export function writeCode(to: Bytes, code: number): void {
  if (code > 0xff) {
    to.byte(code >>> 16);
    to.unsigned(code & 0xffff);
  } else {
    to.byte(code);
  }
}

/** Refuses operands of other types than are taken. */
export function checkTypes(name: string, takes: readonly ValueType[], operands: readonly Value[]): void {
  if (takes.length === operands.length && takes.every((type, i) => operands[i].type === type)) return;
  throw new TypeError(
    `Cannot write ${name} of [${operands.map((x) => x.type).join(", ")}]: it takes [${takes.join(", ")}]`,
  );
}

function applied<R extends ValueType>(
  table: Table,
  name: string,
  operands: readonly Value[],
  behind: (to: Bytes) => void = () => {},
): Value<R> {
  const { takes, gives, code } = table[name];
  checkTypes(name, takes, operands);
  return {
    type: gives as R,
    write: (to) => {
      for (const operand of operands) operand.write(to);
      writeCode(to, code);
      behind(to);
    },
  };
}

/** An instruction on values: `op("f32x4.add", a, b)`. */
export function op<N extends OpName>(
  name: N,
  ...operands: OperandsOf<(typeof instructions)[N]>
): Value<ResultOf<(typeof instructions)[N]>> {
  return applied(instructions, name, operands);
}

/** A whole number of 32 bits, signed or not. */
export function i32(value: number): Value<"i32"> {
  return { type: "i32", write: (to) => (to.byte(0x41), to.signed(value | 0)) };
}

/** A whole number of 64 bits. */
export function i64(value: bigint): Value<"i64"> {
  return { type: "i64", write: (to) => (to.byte(0x42), to.signed(BigInt.asIntN(64, value))) };
}

/** A number in single precision. */
export function f32(value: number): Value<"f32"> {
  return { type: "f32", write: (to) => (to.byte(0x43), to.single(value)) };
}

/** A number in double precision. */
export function f64(value: number): Value<"f64"> {
  return { type: "f64", write: (to) => (to.byte(0x44), to.double(value)) };
}

/** A vector, from the memory of an array of sixteen bytes: `v128(Float32Array.of(1, 2, 3, 4))`. */
export function v128(lanes: ArrayBufferView): Value<"v128"> {
  const bytes = new Uint8Array(lanes.buffer, lanes.byteOffset, lanes.byteLength);
  if (bytes.length !== 16) throw new TypeError(`Cannot make a vector of ${bytes.length} bytes: it has 16`);
  return { type: "v128", write: (to) => (writeCode(to, sixteen.constant), to.raw(bytes)) };
}

/** A number as a constant, a value as it is. */
export function int(value: Int): Value<"i32"> {
  return typeof value === "number" ? i32(value) : value;
}

/** The sum of addresses or counts. */
export function plus(a: Int, b: Int): Value<"i32"> {
  if (typeof a === "number" && typeof b === "number") return i32(a + b);
  return b === 0 ? int(a) : a === 0 ? int(b) : op("i32.add", int(a), int(b));
}

/** The product of counts; with a power of two, a shift. */
export function times(a: Int, b: Int): Value<"i32"> {
  if (typeof a === "number") return typeof b === "number" ? i32(Math.imul(a, b)) : times(b, a);
  if (typeof b !== "number") return op("i32.mul", a, b);
  if (b === 1) return a;
  const shift = Math.log2(b);
  return Number.isInteger(shift) ? op("i32.shl", a, i32(shift)) : op("i32.mul", a, i32(b));
}

/** The bytes behind a load or store: no alignment is promised, which costs nothing where the address has it. */
export function place(offset: number): (to: Bytes) => void {
  return (to) => (to.byte(0), to.unsigned(offset));
}

/** What stands at an address and a number of bytes behind it. */
export function load<N extends LoadName>(
  name: N,
  address: Int,
  offset = 0,
): Value<ResultOf<(typeof loads)[N]>> {
  return applied(loads, name, [int(address)], place(offset));
}

/** A vector one lane of which is loaded. */
export function loadLane(
  name: keyof typeof laneLoads,
  address: Int,
  vector: Value<"v128">,
  lane: number,
  offset = 0,
): Value<"v128"> {
  return applied(laneLoads, name, [int(address), vector], (to) => (place(offset)(to), to.byte(lane)));
}

/** The value of a lane. */
export function extract<N extends keyof typeof extractions>(
  name: N,
  vector: Value<"v128">,
  lane: number,
): Value<ResultOf<(typeof extractions)[N]>> {
  return applied(extractions, name, [vector], (to) => to.byte(lane));
}

/** A vector with another value in a lane. */
export function replace<N extends keyof typeof replacements>(
  name: N,
  ...[vector, value, lane]: [...OperandsOf<(typeof replacements)[N]>, lane: number]
): Value<"v128"> {
  return applied(replacements, name, [vector as Value, value as Value], (to) => to.byte(lane as number));
}

/** Sixteen bytes out of the thirty-two of two vectors, by their numbers. */
export function shuffle(a: Value<"v128">, b: Value<"v128">, bytes: readonly number[]): Value<"v128"> {
  checkTypes("i8x16.shuffle", ["v128", "v128"], [a, b]);
  if (bytes.length !== 16 || bytes.some((k) => !(k >= 0 && k < 32))) {
    throw new RangeError(`Cannot shuffle by [${bytes.join(", ")}]: sixteen numbers from 0 to 31 are needed`);
  }
  return {
    type: "v128",
    write: (to) => {
      a.write(to);
      b.write(to);
      writeCode(to, sixteen.shuffle);
      to.raw(bytes);
    },
  };
}

/** One of two values, both of which are computed: the first where the condition is not 0. */
export function select<T extends ValueType>(condition: Value<"i32">, a: Value<T>, b: Value<T>): Value<T> {
  checkTypes("select", [a.type, a.type, "i32"], [a, b, condition]);
  return {
    type: a.type,
    write: (to) => {
      for (const operand of [a, b, condition]) operand.write(to);
      if (a.type !== "v128") return to.byte(0x1b);
      to.raw([0x1c, 1]);
      writeType(to, a.type);
    },
  };
}
