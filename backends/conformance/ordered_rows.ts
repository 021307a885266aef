/** Kernels that run along an axis in order, and counting. */
import * as kernels from "./kernels.ts";
import { contiguousLayout, type CumulateKind, type DType, isFloating, type Shape } from "@tapegrad/core";
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

const kinds: readonly CumulateKind[] = ["sum", "prod", "argmax", "argmin", "linear"];

/** A row for each kind of `cumulate`. */
export function cumulateRows(): readonly Row[] {
  return kinds.map((kind) => ({ op: `cumulate.${kind}`, cases: (session) => cumulateCases(kind, session) }));
}

function finds(kind: CumulateKind): boolean {
  return kind === "argmax" || kind === "argmin";
}

function resultOf(kind: CumulateKind, dtype: DType): DType {
  return finds(kind) || dtype === "bool" ? "i32" : dtype;
}

function cumulateCases(kind: CumulateKind, session: Session): readonly Draft[] {
  const dtypes = kind === "linear" ? dtypesOf(session).filter(isFloating) : dtypesOf(session);
  return dtypes.filter((dtype) => session.backend.dtypes.has(resultOf(kind, dtype))).flatMap((dtype) => [
    ...layoutCases(kind, dtype, dtype === mainDtype(session)),
    ...sizeCases(kind, dtype, dtype === mainDtype(session)),
    ...(isFloating(dtype) ? specialCases(kind, dtype) : []),
  ]);
}

interface Cumulation {
  readonly inputs: readonly Operand[];
  readonly axis: number;
  readonly reverse?: boolean;
  readonly output?: Operand;
}

function cumulating(
  kind: CumulateKind,
  dtype: DType,
  { inputs, axis, reverse = false, output }: Cumulation,
): KernelRun {
  const { shape } = inputs[0];
  const call: KernelCall = (backend, views, to) => kernels.cumulate(backend, kind, views, axis, reverse, to);
  return {
    inputs,
    output: output ?? plainRoom(resultOf(kind, dtype), shape),
    call,
    size: isFloating(dtype) && (kind === "sum" || kind === "linear") ? call : undefined,
    count: shape[axis],
    zeroSign: false,
  };
}

// Products and recurrences stay in range; extrema have ties.
function valuesFor(kind: CumulateKind, dtype: DType, seed: number): (place: number) => number {
  if (kind === "prod") return factors(dtype, seed);
  if (kind === "linear" && seed === 0) return (place) => inDtype([0.9 * Math.sin(place * 1.3)], dtype)[0];
  return finds(kind) ? whole(dtype, seed) : uneven(dtype, seed);
}

function inputsOf(
  kind: CumulateKind,
  dtype: DType,
  make: (seed: number) => ReturnType<typeof layoutOf>,
): Operand[] {
  return (kind === "linear" ? [0, 1] : [0]).map((seed) =>
    operand(dtype, make(seed), valuesFor(kind, dtype, seed))
  );
}

const runs = [0, 1].flatMap((axis) => [false, true].map((reverse) => ({ axis, reverse })));

function layoutCases(kind: CumulateKind, dtype: DType, isMain: boolean): readonly Draft[] {
  return inputLayouts.flatMap((name, i) => {
    const layout = (seed: number) => layoutOf(inputLayouts[(i + seed) % inputLayouts.length], [3, 5]);
    return inTurn(runs, i, isMain).map(({ axis, reverse }) =>
      kernelCase(
        `cumulate.${kind}`,
        dtype,
        `${name} along ${axis}${reverse ? ", reversed" : ""}`,
        () => cumulating(kind, dtype, { inputs: inputsOf(kind, dtype, layout), axis, reverse }),
      )
    );
  });
}

const sizes: readonly { readonly shape: Shape; readonly axis: number }[] = [
  { shape: [1], axis: 0 },
  { shape: [0], axis: 0 },
  { shape: [3, 0], axis: 1 },
  { shape: [2, 3, 4], axis: 1 },
  { shape: [200, 3], axis: 1 },
  { shape: [257], axis: 0 },
  { shape: [3, 300], axis: 1 },
];

function sizeCases(kind: CumulateKind, dtype: DType, isMain: boolean): readonly Draft[] {
  // A long product leaves the range of floats.
  const long = kind === "prod" && isFloating(dtype) ? [] : [{ shape: [5000], axis: 0 }];
  const one = (detail: string, make: () => Cumulation): Draft =>
    kernelCase(`cumulate.${kind}`, dtype, detail, () => cumulating(kind, dtype, make()));
  return [
    ...[...sizes, ...long].flatMap(({ shape, axis }, i) =>
      inTurn([false, true], i, isMain).map((reverse) =>
        one(`[${shape}] along ${axis}${reverse ? ", reversed" : ""}`, () => ({
          inputs: inputsOf(kind, dtype, () => contiguousLayout(shape)),
          axis,
          reverse,
        }))
      )
    ),
    ...outputsFor(isMain).map((name) =>
      one(`into ${name}`, () => ({
        inputs: inputsOf(kind, dtype, () => contiguousLayout([3, 5])),
        axis: 1,
        output: room(resultOf(kind, dtype), layoutOf(name, [3, 5])),
      }))
    ),
  ];
}

const specials: Readonly<Record<CumulateKind, readonly (readonly (readonly number[])[])[]>> = {
  sum: [[[1, NaN, 2, 3]], [[1, Infinity, 2, -Infinity]]],
  prod: [[[2, NaN, 0, 3]], [[2, 0, 3, Infinity]]],
  argmax: [[[1, 1, NaN, 2]], [[NaN, 1, NaN, 2]], [[2, -Infinity, 2, Infinity]], [[-0, 0, -0, -1]]],
  argmin: [[[1, 1, NaN, 0]], [[NaN, 1, NaN, 0]], [[2, Infinity, 2, -Infinity]], [[0, -0, 0, 1]]],
  // The first factor multiplies nothing, whatever it is.
  linear: [
    [[NaN, 2, 0, 3], [1, 2, 3, 4]],
    [[Infinity, 1, Infinity, 1], [0, 1, 1, 1]],
    [[1, 1, NaN, 1], [1, 1, 1, 1]],
    // A factor of 0 ends an infinite y, but no NaN.
    [[1, 2, 0, 3], [Infinity, 1, 5, 1]],
    [[1, 2, 0, 3], [NaN, 1, 5, 1]],
  ],
};

function specialCases(kind: CumulateKind, dtype: DType): readonly Draft[] {
  return specials[kind].map((rows) =>
    kernelCase(
      `cumulate.${kind}`,
      dtype,
      rows.map((row) => `(${row.join(", ")})`).join(" and "),
      () => cumulating(kind, dtype, { inputs: rows.map((row) => plain(dtype, [row.length], row)), axis: 0 }),
    )
  );
}

/** `argsort`. */
export const argsortRow: Row = {
  op: "argsort",
  cases: (session) =>
    session.backend.dtypes.has("i32")
      ? dtypesOf(session).flatMap((dtype) => argsortCases(dtype, dtype === mainDtype(session)))
      : [],
};

function argsortCases(dtype: DType, isMain: boolean): readonly Draft[] {
  const one = (detail: string, axis: number, make: () => { x: Operand; output?: Operand }): Draft[] =>
    [false, true].map((descending) =>
      kernelCase("argsort", dtype, `${detail}${descending ? ", descending" : ""}`, () => {
        const { x, output } = make();
        return {
          inputs: [x],
          output: output ?? plainRoom("i32", x.shape),
          call: (backend, [view], to) => kernels.argsort(backend, view, axis, descending, to),
        };
      })
    );
  const ties = whole(dtype), contiguous = (shape: Shape) => operand(dtype, contiguousLayout(shape), ties);
  return [
    ...inputLayouts.flatMap((name, i) =>
      inTurn([0, 1], i, isMain).flatMap((axis) =>
        one(`${name} along ${axis}`, axis, () => ({ x: operand(dtype, layoutOf(name, [4, 5]), ties) }))
      )
    ),
    ...outputsFor(isMain).flatMap((name) =>
      one(`into ${name}`, 1, () => ({ x: contiguous([4, 5]), output: room("i32", layoutOf(name, [4, 5])) }))
    ),
    ...[[1], [0], [2], [64], [65], [2, 3, 4], [70, 3]].flatMap((shape) =>
      one(`[${shape}]`, shape.length === 3 ? 1 : 0, () => ({ x: contiguous(shape) }))
    ),
    ...one("extremes", 0, () => ({ x: plain(dtype, [9], extremes(dtype)) })),
    ...one("3000 with ties", 0, () => ({ x: operand(dtype, contiguousLayout([3000]), withNaN(dtype)) })),
  ];
}

function extremes(dtype: DType): readonly number[] {
  if (dtype === "i32") return [5, 2 ** 31 - 1, -(2 ** 31), 0, -1, 2 ** 31 - 1, 5, -(2 ** 31), 1];
  if (dtype === "u32") return [5, 2 ** 32 - 1, 2 ** 31, 0, 2 ** 31 - 1, 2 ** 32 - 1, 5, 0, 1];
  if (dtype === "bool") return [1, 0, 1, 1, 0, 0, 1, 0, 1];
  return [1, NaN, -Infinity, 0, Infinity, -0, NaN, -Infinity, Infinity];
}

function withNaN(dtype: DType): (place: number) => number {
  const usual = whole(dtype);
  return (place) => isFloating(dtype) && place % 97 === 0 ? NaN : usual(place * place);
}

/** `iota`, which counts in u32. */
export const iotaRow: Row = {
  op: "iota",
  cases: (session) =>
    dtypesOf(session, ["u32"]).flatMap((dtype) => [
      ...[0, 1, 7, 256, 70_001].map((n) => counting(dtype, `[${n}]`, plainRoom(dtype, [n]))),
      counting(dtype, "from place 3 on", room(dtype, { shape: [5], strides: [1], offset: 3 })),
    ]),
};

function counting(dtype: DType, detail: string, output: Operand): Draft {
  return kernelCase("iota", dtype, detail, () => ({
    inputs: [],
    output,
    call: (backend, _, to) => kernels.iota(backend, to),
  }));
}
