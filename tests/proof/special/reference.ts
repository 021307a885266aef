import exactText from "../reference/exact_values.json" with { type: "text" };
import slopesText from "../reference/slopes.json" with { type: "text" };
import specialText from "../reference/special_values.json" with { type: "text" };
import type { Column } from "./compare.ts";

/** A number of a reference file: what JSON cannot hold is text. */
export type Encoded = number | boolean | "NaN" | "Infinity" | "-Infinity" | "-0";

/** A tensor of a reference file, the parity dump's encoding. */
export interface EncodedTensor {
  readonly $tensor: {
    readonly dtype: "f64" | "f32" | "i64" | "bool";
    readonly shape: readonly number[];
    readonly data: readonly Encoded[];
    readonly grad: boolean;
  };
}

/** A case of more than a number in and a number out. */
export interface Structured {
  readonly op: string;
  readonly input: readonly EncodedTensor[];
  readonly kwargs: Readonly<Record<string, Encoded | string | readonly number[]>>;
  /** Set where PyTorch refuses. */
  readonly error?: true;
  readonly output?: readonly EncodedTensor[];
  readonly cotangent?: EncodedTensor | null;
  readonly grad?: readonly (EncodedTensor | null)[] | null;
}

/** For one dtype `y` and a gradient to each input, `null` where PyTorch has none. */
type Answers = Readonly<Record<string, readonly Encoded[] | null>>;
type Rows = Readonly<Record<string, Answers | readonly Encoded[]>> & Readonly<Record<Column, Answers>>;
type Family = Readonly<Record<string, Rows>>;

interface Reference {
  readonly unary: Family;
  readonly binary: Family;
  readonly ternary: Family;
  readonly structured: readonly Structured[];
}

/** By op, rows of x and the exact first and second derivatives there. */
export const slopes = JSON.parse(slopesText) as Readonly<
  Record<string, readonly (readonly [x: Encoded, first: Encoded, second: Encoded])[]>
>;

const reference = JSON.parse(specialText) as Reference;
const exact = JSON.parse(exactText) as Record<
  string,
  Record<string, Record<Column, readonly (readonly Encoded[])[]>>
>;

/** A number of a file; in an f32 column it is rounded to what f32 holds. */
export function decode(value: Encoded, dtype: string): number {
  return dtype === "f32" ? Math.fround(Number(value)) : Number(value);
}

/** One place at which an op is compared. */
export interface Point {
  /** Of each operand. */
  readonly inputs: readonly number[];
  /** PyTorch's answer. */
  readonly theirs: number;
  /** The exact one, where PyTorch's is poor. */
  readonly exact: number | undefined;
}

/** The value (`y`) of an elementwise op or one of its gradients (`dy`, or `da`, `db`, `dc`), over all points. */
export interface Answer {
  readonly column: string;
  /** The operand of a gradient. */
  readonly operand: number | null;
  readonly points: readonly Point[];
}

/** What PyTorch answers for an elementwise op in one dtype, for cotangents of one. */
export interface Case {
  /** A column for each operand. */
  readonly inputs: readonly (readonly number[])[];
  readonly answers: readonly Answer[];
}

const operands = { unary: ["x"], binary: ["a", "b"], ternary: ["a", "b", "c"] };
const gradients = { unary: ["dy"], binary: ["da", "db"], ternary: ["da", "db", "dc"] };
const families = Object.keys(operands) as (keyof typeof operands)[];

/** The elementwise ops of the file. */
export const elementwise: readonly string[] = families.flatMap((f) => Object.keys(reference[f]));

/** The rows of an elementwise op in one dtype. */
export function caseOf(op: string, dtype: Column): Case {
  const family = families.find((f) => op in reference[f])!, rows = reference[family][op];
  const numbers = (column: readonly Encoded[]) => column.map((v) => decode(v, dtype));
  const inputs = operands[family].map((o) => numbers(rows[o] as readonly Encoded[]));
  const answers = ["y", ...gradients[family]].flatMap((column, i): Answer[] => {
    const theirs = rows[dtype][column];
    if (!theirs) return [];
    const better = exactPoints(op, column, dtype);
    const points = numbers(theirs).map((value, k): Point => {
      const at = inputs.map((input) => input[k]);
      return { inputs: at, theirs: value, exact: better.get(keyOf(at)) };
    });
    return [{ column, operand: i === 0 ? null : i - 1, points }];
  });
  return { inputs, answers };
}

/** Tells points apart, -0 from 0 too. */
export function keyOf(inputs: readonly number[]): string {
  return inputs.map((x) => Object.is(x, -0) ? "-0" : x).join();
}

function exactPoints(op: string, column: string, dtype: Column): ReadonlyMap<string, number> {
  const rows = exact[op]?.[column]?.[dtype] ?? [];
  return new Map(rows.map((row) => {
    const numbers = row.map((v) => decode(v, dtype));
    return [keyOf(numbers.slice(0, -1)), numbers.at(-1)!];
  }));
}

/** The ops for which the file of exact values has points. */
export const corrected: readonly string[] = Object.keys(exact);

/** The structured cases, in the order of the file. */
export const structured: readonly Structured[] = reference.structured;

/** The elements of an encoded tensor. */
export function elementsOf({ $tensor: { data, dtype } }: EncodedTensor): number[] {
  return data.map((v) => decode(v, dtype));
}

/** Whether f32 holds the numbers that go in: none is too large, too small, or a whole number of too many digits. */
export function fitsSingle({ input }: Structured): boolean {
  const numbers = input.flatMap(elementsOf).filter((x) => Number.isFinite(x) && x !== 0);
  return numbers.every((x) => {
    const near = Math.fround(x);
    return Math.abs(x) >= 2 ** -126 && Number.isFinite(near) && (near === x || !Number.isSafeInteger(x));
  });
}

/** The same case with f32 for f64. */
export function inSingle(record: Structured): Structured {
  const single = (x: EncodedTensor): EncodedTensor =>
    x.$tensor.dtype === "f64" ? { $tensor: { ...x.$tensor, dtype: "f32" } } : x;
  const { cotangent, grad } = record;
  return {
    ...record,
    input: record.input.map(single),
    ...(record.output && { output: record.output.map(single) }),
    ...(cotangent && { cotangent: single(cotangent) }),
    ...(grad && { grad: grad.map((g) => g && single(g)) }),
  };
}
