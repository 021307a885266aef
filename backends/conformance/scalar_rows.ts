/** Scalar functions at all values that matter, and casts between all dtypes. */
import * as kernels from "./kernels.ts";
import {
  type Builder,
  type DType,
  e,
  type Expr,
  input,
  isFloating,
  type ScalarFunction,
  scalarFunctions,
  typesOf,
} from "@tapegrad/core";
import { kernelCase } from "./kernel_case.ts";
import type { KernelRun } from "./kernel_run.ts";
import { plain, plainRoom } from "./layouts.ts";
import { type Draft, dtypesOf, type Row, type Session } from "./session.ts";
import { combinations, fewValues, inDtype, manyValues, smallIntegers, someValues } from "./values.ts";

const integers: readonly DType[] = ["i32", "u32", "bool"];
const shifts = [0, 1, 5, 16, 31],
  orders = [0, 1, 2, 3],
  powers = [0, 1, -1, 5.5, -7, 24, -30, 140, -150, 300];

/** What sets a function apart from others of as many operands. */
interface Particulars {
  /** The dtypes that it makes sense for. */
  readonly dtypes?: (dtype: DType) => boolean;
  /** The dtypes of its operands. */
  readonly operands?: (dtype: DType) => readonly DType[];
  /** The values of an operand, or nothing for the usual ones. */
  readonly values?: (dtype: DType, operand: number) => readonly number[] | undefined;
}

const onBits: Particulars = { dtypes: (dtype) => integers.includes(dtype) };
const shifting: Particulars = {
  dtypes: (dtype) => dtype === "i32" || dtype === "u32",
  values: (_, operand) => operand === 1 ? shifts : undefined,
};

const particulars: Readonly<Record<string, Particulars>> = {
  bitcastI32: { dtypes: (dtype) => dtype === "f32" },
  bitcastU32: { dtypes: (dtype) => dtype === "f32" },
  bitcastF32: { dtypes: (dtype) => dtype === "i32" || dtype === "u32" },
  scaleByPower: {
    dtypes: isFloating,
    values: (dtype, operand) => operand === 1 ? inDtype(powers, dtype) : undefined,
  },
  bitAnd: onBits,
  bitOr: onBits,
  bitXor: onBits,
  shiftLeft: shifting,
  shiftRight: shifting,
  shiftRightLogical: shifting,
  select: { operands: (dtype) => ["bool", dtype, dtype] },
  lerp: {
    dtypes: isFloating,
    values: (_, operand) => operand === 2 ? [0, 0.25, 0.5, 0.75, 1, NaN] : undefined,
  },
  polygamma: {
    dtypes: isFloating,
    values: (dtype, operand) =>
      operand === 0 ? orders : inDtype([0.1, 0.5, 1, 1.5, 2, 3, 7.25, 20, 100, NaN, Infinity], dtype),
  },
};

/** A row for each scalar function of core. */
export function scalarRows(): readonly Row[] {
  return scalarFunctions().flatMap((fn) => {
    const build = (e as unknown as Record<string, Builder | undefined>)[fn.name];
    if (!build) return [];
    return [{ op: fn.name, cases: (session) => scalarCases(fn, build, session) }];
  });
}

function scalarCases(fn: ScalarFunction, build: Builder, session: Session): readonly Draft[] {
  const { dtypes = () => true, operands } = particulars[fn.name] ?? {};
  return dtypesOf(session).filter(dtypes).flatMap((dtype) => {
    const types = operands?.(dtype) ?? Array<DType>(fn.arity).fill(dtype),
      expr = build(...types.map((type, i) => operandOf(fn, input(i), type))),
      result = typesOf(expr, types).get(expr)!;
    if (![...types, result].every((type) => session.backend.dtypes.has(type))) return [];
    return kernelCase(fn.name, dtype, "values", () => mapOf(expr, types, valuesFor(fn, types), result));
  });
}

// The reference, which computes in f64, is told the dtype by a cast where the function depends on it.
function operandOf(fn: ScalarFunction, x: Expr, dtype: DType): Expr {
  return fn.evaluateSingle ? e.cast(x, dtype) : x;
}

function valuesFor(fn: ScalarFunction, types: readonly DType[]): number[][] {
  const usual = types.length === 1 ? manyValues : types.length === 2 ? someValues : fewValues;
  // Of integers, functions on floats are told only what f32 holds.
  const makesFloats = fn.result === "float";
  return combinations(types.map((dtype, i) => {
    const given = particulars[fn.name]?.values?.(dtype, i);
    return given ?? (makesFloats && !isFloating(dtype) ? smallIntegers(dtype) : usual(dtype));
  }));
}

function mapOf(expr: Expr, types: readonly DType[], values: readonly number[][], result: DType): KernelRun {
  const shape = [values[0].length];
  return {
    inputs: types.map((dtype, i) => plain(dtype, shape, values[i])),
    output: plainRoom(result, shape),
    call: (backend, inputs, output) => kernels.map(backend, expr, inputs, output),
    elementwise: true,
  };
}

// Around the limits of the integers and of f16.
const outOfRange = [2 ** 31, -(2 ** 31), 3e9, -3e9, 2 ** 32 + 8192, 1e20, 65504, 65520, 2049, 16777217, -1.9];

/** Casts from each dtype to each. */
export const castRow: Row = {
  op: "cast",
  cases: (session) =>
    dtypesOf(session).flatMap((from) =>
      dtypesOf(session).map((to) =>
        kernelCase("cast", from, `to ${to}`, () => {
          const values = isFloating(from)
            ? inDtype([...manyValues(from), ...outOfRange], from)
            : manyValues(from);
          return mapOf(e.cast(input(0), to), [from], [[...values]], to);
        })
      )
    ),
};
