/** How numbers of one kind are computed: lanes of a vector side by side, or one number in code without vectors. */
import { fuses, type Simd } from "../features.ts";
import type { Body, Local } from "../assembler/body.ts";
import type { ValueType } from "../assembler/types.ts";
import { extract, f32, f64, i32, i64, op, replace, select, v128, type Value } from "../assembler/values.ts";

/** What instructions on numbers of a kind are named after. */
export type Form = "f32x4" | "f64x2" | "i32x4" | "f32" | "f64" | "i32";

interface Facts {
  /** The integers that hold the bits of these numbers. */
  readonly words: "i32x4" | "i64x2" | "i32" | "i64";
  /** The type of one number. */
  readonly lane: "f32" | "f64" | "i32";
  /** How many are computed by an instruction. */
  readonly count: 1 | 2 | 4;
}

const facts: Readonly<Record<Form, Facts>> = {
  f32x4: { words: "i32x4", lane: "f32", count: 4 },
  f64x2: { words: "i64x2", lane: "f64", count: 2 },
  i32x4: { words: "i32x4", lane: "i32", count: 4 },
  f32: { words: "i32", lane: "f32", count: 1 },
  f64: { words: "i64", lane: "f64", count: 1 },
  i32: { words: "i32", lane: "i32", count: 1 },
};

const BITWISE: ReadonlySet<string> = new Set(["and", "or", "xor", "not", "andnot", "bitselect"]);

/** An instruction by a name that is put together; the assembler checks its operands. */
export const instruction = op as unknown as (name: string, ...operands: readonly Value[]) => Value;

/** What a function of a module computes with: its body, the constants that it keeps, and what it may rely on. */
export class Code {
  /** The statements. */
  readonly body: Body;
  /** Whether several lanes are computed at once. */
  readonly isVector: boolean;
  /** Whether relaxed instructions are there. */
  readonly isRelaxed: boolean;
  /** Whether a relaxed product and sum is rounded once. */
  readonly isFused: boolean;
  readonly #constants = new Map<string, Local>();
  readonly #lanes = new Map<Form, Lanes>();

  /** Code of a function. */
  constructor(body: Body, simd: Simd) {
    this.body = body;
    this.isVector = simd !== "scalar";
    this.isRelaxed = simd === "relaxed";
    this.isFused = fuses(simd);
  }

  /** How numbers of a form are computed here. */
  lanes(form: Form): Lanes {
    let lanes = this.#lanes.get(form);
    if (!lanes) this.#lanes.set(form, lanes = new Lanes(this, form));
    return lanes;
  }

  /** A vector that is made once, however often code needs it. */
  vector(lanes: ArrayBufferView<ArrayBuffer>): Value<"v128"> {
    const key = new Uint32Array(lanes.buffer, lanes.byteOffset, 4).join();
    let kept = this.#constants.get(key);
    if (!kept) this.#constants.set(key, kept = this.body.keepEarly(v128(lanes)));
    return kept as Local<"v128">;
  }

  /** A value that may be read more than once. */
  keep<T extends ValueType>(value: Value<T>): Value<T> {
    return "index" in value ? value : this.body.keep(value);
  }
}

/** A vector of what a function of numbers gives for each lane of vectors. */
export function byLane(
  on: Lanes,
  args: readonly Value[],
  each: (one: Lanes, args: readonly Value[]) => Value,
): Value {
  const one = on.code.lanes(on.lane), vectors = args.map((x) => on.keep(x));
  let result: Value = on.number(0);
  for (let lane = 0; lane < on.count; lane++) {
    result = on.replace(result, each(one, vectors.map((x) => on.extract(x, lane))), lane);
  }
  return result;
}

/** Computes numbers of one form. */
export class Lanes {
  readonly code: Code;
  readonly form: Form;
  readonly #facts: Facts;
  readonly #vectors = new Map<number | string, Value>();

  /** In the code of a function. */
  constructor(code: Code, form: Form) {
    this.code = code;
    this.form = form;
    this.#facts = facts[form];
  }

  /** The type of one number. */
  get lane(): "f32" | "f64" | "i32" {
    return this.#facts.lane;
  }

  /** How many an instruction computes. */
  get count(): number {
    return this.#facts.count;
  }

  /** Bits of the fraction, without the leading 1. */
  get fractionBits(): number {
    return this.lane === "f32" ? 23 : 52;
  }

  /** An instruction of this form. */
  is(name: string, ...operands: readonly Value[]): Value {
    return instruction(`${this.form}.${name}`, ...operands);
  }

  /** An instruction on the bits of numbers, as integers of the same width. */
  word(name: string, ...operands: readonly Value[]): Value {
    const isBitwise = this.count > 1 && BITWISE.has(name);
    return instruction(`${isBitwise ? "v128" : this.#facts.words}.${name}`, ...operands);
  }

  /** A number in every lane. */
  number(x: number): Value {
    if (this.lane === "i32") return this.whole(x);
    if (this.count === 1) return this.lane === "f32" ? f32(x) : f64(x);
    return this.#once(Object.is(x, -0) ? "-0" : x, () => {
      return this.lane === "f32" ? new Float32Array(4).fill(x) : new Float64Array(2).fill(x);
    });
  }

  /** An integer in every lane of bits. */
  whole(x: number | bigint): Value {
    const { words } = this.#facts;
    if (words === "i32") return i32(Number(x));
    if (words === "i64") return i64(BigInt(x));
    return this.#once(`${x}n`, () => {
      if (words === "i32x4") return new Int32Array(4).fill(Number(x) | 0);
      return new BigInt64Array(2).fill(BigInt.asIntN(64, BigInt(x)));
    });
  }

  // Code asks for the same few again and again.
  #once(key: number | string, lanes: () => ArrayBufferView<ArrayBuffer>): Value {
    let vector = this.#vectors.get(key);
    if (!vector) this.#vectors.set(key, vector = this.code.vector(lanes()));
    return vector;
  }

  /** The bits of floats. */
  bits(x: Value): Value {
    return this.count > 1 || this.lane === "i32"
      ? x
      : instruction(`${this.#facts.words}.reinterpret_${this.lane}`, x);
  }

  /** The floats that have such bits. */
  ofBits(x: Value): Value {
    return this.count > 1 || this.lane === "i32"
      ? x
      : instruction(`${this.lane}.reinterpret_${this.#facts.words}`, x);
  }

  /** Where a mask holds the first, elsewhere the second. */
  choose(mask: Value, a: Value, b: Value): Value {
    if (this.count === 1) return select(mask as Value<"i32">, a, b);
    // One instruction, where bitselect takes three.
    return this.code.isRelaxed
      ? this.word("relaxed_laneselect", a, b, mask)
      : this.word("bitselect", a, b, mask);
  }

  /** Where a mask does not hold. */
  not(mask: Value): Value {
    return this.count === 1 ? instruction("i32.eqz", mask) : this.word("not", mask);
  }

  /** Both, one or one alone of two masks. */
  combine(name: "and" | "or" | "xor", a: Value, b: Value): Value {
    return instruction(`${this.count === 1 ? "i32" : "v128"}.${name}`, a, b);
  }

  /** No lane at all, as a mask. */
  none(): Value {
    return this.count === 1 ? i32(0) : this.code.vector(new Int32Array(4));
  }

  /** Every lane, as a mask. */
  every(): Value {
    return this.count === 1 ? i32(1) : this.code.vector(new Int32Array(4).fill(-1));
  }

  /** The number in a lane. */
  extract(x: Value, lane: number): Value {
    return this.count === 1
      ? x
      : extract(`${this.form}.extract_lane` as "f32x4.extract_lane", x as Value<"v128">, lane);
  }

  /** Lanes with another number in one. */
  replace(x: Value, by: Value, lane: number): Value {
    if (this.count === 1) return by;
    return replace(
      `${this.form}.replace_lane` as "f32x4.replace_lane",
      x as Value<"v128">,
      by as Value<"f32">,
      lane,
    );
  }

  /** The same number in every lane. */
  splat(x: Value): Value {
    return this.count === 1 ? x : this.is("splat", x);
  }

  /** A value that may be read more than once. */
  keep(value: Value): Value {
    return this.code.keep(value);
  }
}

/** A function of numbers as instructions; what an operand is where it is a constant stands in `numbers`. */
export type Template = (on: Lanes, args: readonly Value[], numbers: readonly (number | undefined)[]) => Value;

/** The instruction of a name. */
export function plain(name: string): Template {
  return (on, args) => on.is(name, ...args);
}
