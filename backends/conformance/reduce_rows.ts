/** Reductions of every kind. */
import * as kernels from "./kernels.ts";
import {
  type DType,
  e,
  type Expr,
  input,
  isFloating,
  type ReduceKind,
  type Shape,
  sizeOf,
} from "@tapegrad/core";
import { kernelCase } from "./kernel_case.ts";
import type { KernelCall, KernelRun } from "./kernel_run.ts";
import {
  inputLayouts,
  layoutOf,
  type Operand,
  operand,
  outputsFor,
  plain,
  plainRoom,
  room,
} from "./layouts.ts";
import { type Draft, dtypesOf, inTurn, mainDtype, type Row, type Session } from "./session.ts";
import { factors, inDtype, uneven, whole } from "./values.ts";

const kinds: readonly ReduceKind[] = ["sum", "prod", "max", "min", "any", "all", "argmax", "argmin"];

/** The dtype of a reduction's result. */
function resultOf(kind: ReduceKind, dtype: DType): DType {
  if (kind === "any" || kind === "all") return "bool";
  if (kind === "argmax" || kind === "argmin") return "i32";
  return dtype === "bool" && (kind === "sum" || kind === "prod") ? "i32" : dtype;
}

/** A row for each kind. */
export function reduceRows(): readonly Row[] {
  return kinds.map((kind) => ({ op: `reduce.${kind}`, cases: (session) => casesOf(kind, session) }));
}

function casesOf(kind: ReduceKind, session: Session): readonly Draft[] {
  const dtypes = dtypesOf(session).filter((dtype) => session.backend.dtypes.has(resultOf(kind, dtype)));
  return dtypes.flatMap((dtype) => [
    ...layoutCases(kind, dtype, dtype === mainDtype(session)),
    ...shapeCases(kind, dtype),
    ...outputCases(kind, dtype, dtype === mainDtype(session)),
    ...fusedCases(kind, dtype, session),
    ...(isFloating(dtype) ? specialCases(kind, dtype) : wrappingCases(kind, dtype)),
    ...(isFloating(dtype) && kind === "sum" ? [likeTerms(dtype)] : []),
  ]);
}

/** What a reduction is called on. */
interface Reduction {
  readonly inputs: readonly Operand[];
  readonly axes: readonly number[];
  readonly expr?: Expr;
  readonly output?: Operand;
}

/** A reduction, with its budget and the unit in which it is measured. */
function reduction(
  kind: ReduceKind,
  dtype: DType,
  { inputs, axes, expr = input(0), output }: Reduction,
): KernelRun {
  const { shape } = inputs[0], kept = shape.filter((_, axis) => !axes.includes(axis));
  const call = (of: Expr): KernelCall => (backend, views, to) =>
    kernels.reduce(backend, kind, of, views, axes, to);
  return {
    inputs,
    output: output ?? plainRoom(resultOf(kind, dtype), kept),
    call: call(expr),
    size: kind === "sum" && isFloating(dtype) ? call(e.abs(expr)) : undefined,
    count: sizeOf(axes.map((axis) => shape[axis])),
    zeroSign: false,
  };
}

// Products stay in range, and extrema have ties.
function valuesFor(kind: ReduceKind, dtype: DType, seed = 0): (place: number) => number {
  if (kind === "sum") return uneven(dtype, seed);
  return kind === "prod" ? factors(dtype, seed) : whole(dtype, seed);
}

function layoutCases(kind: ReduceKind, dtype: DType, isMain: boolean): readonly Draft[] {
  const choices = finds(kind) ? [[0], [1]] : [[0], [1], [0, 1]];
  return inputLayouts.flatMap((name, i) =>
    inTurn(choices, i, isMain).map((axes) =>
      kernelCase(`reduce.${kind}`, dtype, `${name} over ${axes}`, () =>
        reduction(kind, dtype, {
          inputs: [operand(dtype, layoutOf(name, [3, 5]), valuesFor(kind, dtype))],
          axes,
        }))
    )
  );
}

// Positions are along one axis.
function finds(kind: ReduceKind): boolean {
  return kind === "argmax" || kind === "argmin";
}

const LONG = 100_000;

interface Sized {
  readonly shape: Shape;
  readonly axes: readonly number[];
}

function sizes(kind: ReduceKind, dtype: DType): readonly Sized[] {
  const chooses = finds(kind) || kind === "max" || kind === "min";
  const empty = chooses ? [] : [{ shape: [3, 0], axes: [1] }, { shape: [0], axes: [0] }];
  // A long product leaves the range of floats.
  const long = kind === "prod" && isFloating(dtype) ? [] : [{ shape: [LONG], axes: [0] }];
  const several = finds(kind) ? [] : [
    { shape: [2, 3, 4], axes: [0, 2] },
    { shape: [2, 1, 3, 2, 2, 2, 2], axes: [0, 3, 5] },
    { shape: [1, 1], axes: [0, 1] },
    { shape: [5, 65], axes: [0, 1] },
  ];
  return [
    { shape: [], axes: [] },
    { shape: [3, 5], axes: [] },
    { shape: [2, 3, 4], axes: [1] },
    { shape: [0, 3], axes: [1] },
    { shape: [3, 257], axes: [1] },
    { shape: [257, 3], axes: [0] },
    { shape: [300, 7], axes: [1] },
    ...empty,
    ...several,
    ...long,
  ];
}

function shapeCases(kind: ReduceKind, dtype: DType): readonly Draft[] {
  return sizes(kind, dtype).map(({ shape, axes }) =>
    kernelCase(`reduce.${kind}`, dtype, `[${shape}] over [${axes}]`, () =>
      reduction(kind, dtype, {
        inputs: [operand(dtype, layoutOf("contiguous", shape), valuesFor(kind, dtype))],
        axes,
      }))
  );
}

// Rounding piles up in a running total of like terms.
function likeTerms(dtype: DType): Draft {
  const term = inDtype([0.1], dtype)[0];
  return kernelCase(
    "reduce.sum",
    dtype,
    `[${LONG}] of ${term}`,
    () =>
      reduction("sum", dtype, {
        inputs: [operand(dtype, layoutOf("contiguous", [LONG]), () => term)],
        axes: [0],
      }),
  );
}

function outputCases(kind: ReduceKind, dtype: DType, isMain: boolean): readonly Draft[] {
  return outputsFor(isMain).map((name) =>
    kernelCase(`reduce.${kind}`, dtype, `into ${name}`, () =>
      reduction(kind, dtype, {
        inputs: [operand(dtype, layoutOf("contiguous", [2, 4, 3]), valuesFor(kind, dtype))],
        axes: [1],
        output: room(resultOf(kind, dtype), layoutOf(name, [2, 3])),
      }))
  );
}

const [x, y] = [input(0), input(1)];

function fusedCases(kind: ReduceKind, dtype: DType, { backend }: Session): readonly Draft[] {
  const both = () => [0, 1].map((seed) => operand(dtype, layoutOf("contiguous", [4, 6]), whole(dtype, seed)));
  const fused = (detail: string, expr: Expr, inputs: () => Operand[], result = dtype): Draft[] =>
    backend.dtypes.has(result)
      ? [
        kernelCase(`reduce.${kind}`, dtype, detail, () =>
          reduction(kind, result, { inputs: inputs(), axes: [1], expr })),
      ]
      : [];
  const second = () => operand(dtype, layoutOf("repeated row", [4, 6]), whole(dtype, 1));
  return [
    ...fused("of x = y", e.eq(x, y), both, "bool"),
    ...(dtype === "bool" || kind === "prod" ? [] : [
      ...fused("of x · y", e.mul(x, y), both),
      ...fused("of x + repeated y", e.add(x, y), () => [both()[0], second()]),
      ...fused(
        "of a choice",
        e.select(y, x, 1),
        () => [both()[0], plain("bool", [4, 6], Array(24).fill(1).fill(0, 9))],
      ),
    ]),
  ];
}

const specials: Readonly<Record<string, readonly (readonly number[])[]>> = {
  sum: [[NaN, 1, 2], [Infinity, 1, 2], [Infinity, -Infinity, 1], [-Infinity, 1, 1]],
  prod: [[NaN, 1, 2], [Infinity, 0, 1], [Infinity, -2, 1], [0, -1, 5]],
  max: [[NaN, 1, 2], [1, NaN, 2], [1, 2, NaN], [-Infinity, -1, -2], [-Infinity, -Infinity, -Infinity], [
    1,
    Infinity,
    1,
  ]],
  min: [[NaN, 1, 2], [1, NaN, 2], [1, 2, NaN], [Infinity, 1, 2], [Infinity, Infinity, Infinity], [
    1,
    -Infinity,
    1,
  ]],
  any: [[NaN, 0, 0], [0, -0, 0], [0, Infinity, 0], [0, 0, 1e-3]],
  all: [[NaN, 1, 1], [-0, 1, 1], [1, Infinity, 1], [NaN, 0, 1]],
  argmax: [[2, 2, 1], [1, NaN, 3], [NaN, NaN, 1], [-Infinity, -Infinity, -Infinity], [1, Infinity, NaN], [
    -0,
    0,
    -1,
  ]],
  argmin: [[1, 1, 2], [1, NaN, 0], [NaN, NaN, 1], [Infinity, Infinity, Infinity], [1, -Infinity, NaN], [
    0,
    -0,
    1,
  ]],
};

function specialCases(kind: ReduceKind, dtype: DType): readonly Draft[] {
  return specials[kind].flatMap((row) => {
    // Alone, and far into a row that is shared among many threads.
    const long = [...Array(600).fill(row[0] === row[1] ? row[0] : neutral(kind)), ...row];
    return [row, long].map((values) =>
      kernelCase(
        `reduce.${kind}`,
        dtype,
        `${values === row ? "" : "600 elements, then "}(${row.join(", ")})`,
        () => reduction(kind, dtype, { inputs: [plain(dtype, [values.length], values)], axes: [0] }),
      )
    );
  });
}

function neutral(kind: ReduceKind): number {
  if (kind === "sum" || kind === "any") return 0;
  if (kind === "prod" || kind === "all") return 1;
  return kind.endsWith("max") ? -100 : 100;
}

function wrappingCases(kind: ReduceKind, dtype: DType): readonly Draft[] {
  if (dtype === "bool") return [];
  const values = dtype === "i32"
    ? [2 ** 31 - 1, 2 ** 31 - 1, 3, -(2 ** 31)]
    : [2 ** 32 - 1, 2 ** 31, 2 ** 32 - 2, 3];
  return [
    kernelCase(
      `reduce.${kind}`,
      dtype,
      `(${values.join(", ")})`,
      () => reduction(kind, dtype, { inputs: [plain(dtype, [4], values)], axes: [0] }),
    ),
  ];
}
