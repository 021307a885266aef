/** What reductions and cumulations carry along: a struct of a few words, and how two of them combine. */

/** The type of a field, which is one word. */
export type FieldType = "f32" | "i32" | "u32";

/** A struct, and how two of it combine. */
export interface Combination {
  /** The fields `a`, `b`, … of the struct `Acc`. */
  readonly fields: readonly FieldType[];
  /** Text of what combines with anything to just that. */
  readonly nothing: string;
  /** Text of `p` followed by `q`. */
  readonly combined: string;
  /** The source of functions that these call. */
  readonly functions?: string;
  /** Whether rounding piles up, so that elements better meet in blocks first. */
  readonly rounds?: boolean;
}

/** Combines elements in their order, in pairs of any nesting. */
export interface Accumulator extends Combination {
  /** Tells sources apart. */
  readonly name: string;
  /** Text of one element, from those of its values and of its place, a u32. */
  readonly element: (values: readonly string[], place: string) => string;
  /** The value of `acc` in the output's register type. */
  readonly result: string;
  /** Names of library functions that these call. */
  readonly uses?: readonly string[];
}

/** The source that all kernels of an accumulator share. */
export function accumulatorSource({ fields, nothing, combined, functions = "" }: Combination): string {
  return `
struct Acc { ${fields.map((type, k) => `${fieldName(k)}: ${type}`).join(", ")} }
${functions}
fn nothing() -> Acc { return ${nothing}; }
fn combined(p: Acc, q: Acc) -> Acc { return ${combined}; }`;
}

/** The name of field `k`. */
export function fieldName(k: number): string {
  return "abc"[k];
}

/** Text that reads an accumulator from an array of u32, whose field `k` is at `place(k)`. */
export function readAcc({ fields }: Accumulator, array: string, place: (k: number) => string): string {
  return `Acc(${fields.map((type, k) => `bitcast<${type}>(${array}[${place(k)}])`).join(", ")})`;
}

/** Statements that write `acc` to such an array. */
export function writeAcc({ fields }: Accumulator, array: string, place: (k: number) => string): string {
  return fields.map((_, k) => `${array}[${place(k)}] = bitcast<u32>(acc.${fieldName(k)});`).join("\n  ");
}

/** Sums; those of integers wrap. */
export function sumOf(type: FieldType): Accumulator {
  return {
    name: `sum ${type}`,
    fields: [type],
    nothing: `Acc(${type}(0))`,
    element: ([x]) => `Acc(${x})`,
    combined: "Acc(p.a + q.a)",
    result: "acc.a",
    rounds: type === "f32",
  };
}

/** Products: those of integers wrap, those of floats overflow only as a whole. */
export function productOf(type: FieldType): Accumulator {
  if (type === "f32") return scaledProduct;
  return {
    name: `product ${type}`,
    fields: [type],
    nothing: `Acc(${type}(1))`,
    element: ([x]) => `Acc(${x})`,
    combined: "Acc(p.a * q.a)",
    result: "acc.a",
  };
}

/**
 * Floats as m·2^e with |m| in [1, 2), unless m is 0, infinite or NaN: a part of a product that overflowed by
 * itself would make NaN of a 0 in another.
 */
export const split = `
struct Split { m: f32, e: i32 }
fn split(x: f32, e: i32) -> Split {
  let isSmall = (bitcast<u32>(x) & 0x7f800000u) == 0u;
  let bits = bitcast<u32>(select(x, x * 0x1p23f, isSmall));
  let exponent = i32((bits >> 23u) & 255u);
  if (exponent == 0 || exponent == 255) { return Split(x, 0); }
  let total = e + exponent - select(127, 150, isSmall);
  return Split(bitcast<f32>((bits & 0x807fffffu) | 0x3f800000u), clamp(total, -1000000000, 1000000000));
}
fn joined(m: f32, e: i32) -> f32 { return scaled(m, clamp(e, -252, 254)); }`;

const scaledProduct: Accumulator = {
  name: "product f32",
  fields: ["f32", "i32"],
  nothing: "Acc(1f, 0)",
  element: ([x]) => `splitAcc(${x}, 0)`,
  combined: "splitAcc(p.a * q.a, p.b + q.b)",
  result: "joined(acc.a, acc.b)",
  functions: `${split}
fn splitAcc(x: f32, e: i32) -> Acc {
  let s = split(x, e);
  return Acc(s.m, s.e);
}`,
  uses: ["scaled"],
};
