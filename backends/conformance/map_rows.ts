/** Maps of every layout and size, and copies and fills, which are maps too. */
import * as kernels from "./kernels.ts";
import { contiguousLayout, type DType, e, type Expr, input, type Layout, type Shape } from "@tapegrad/core";
import { compoundCases } from "./compound_cases.ts";
import { kernelCase } from "./kernel_case.ts";
import type { KernelCall } from "./kernel_run.ts";
import {
  inputLayouts,
  type LayoutClass,
  layoutOf,
  type Operand,
  operand,
  outputLayouts,
  plain,
  plainRoom,
  room,
} from "./layouts.ts";
import { type Draft, dtypesOf, mainDtype, type Row } from "./session.ts";
import { severalCases } from "./several_cases.ts";
import { manyValues, whole } from "./values.ts";

/** A call of map. */
export function mapping(expr: Expr): KernelCall {
  return (backend, inputs, output) => kernels.map(backend, expr, inputs, output);
}

const [x, y] = [input(0), input(1)];

// Addition, whose result is of the same dtype and exact.
function sum(dtype: DType): Expr {
  return dtype === "bool" ? e.xor(x, y) : e.add(x, y);
}

const SHAPE = [3, 5];

/** `map` itself. */
export const mapRow: Row = {
  op: "map",
  cases: (session) => [
    ...dtypesOf(session).flatMap((dtype) => [
      ...layoutCases(dtype),
      ...shapeCases(dtype),
      ...outputCases(dtype),
      ...inPlaceCases(dtype),
    ]),
    ...compoundCases(session),
    ...severalCases(session),
  ],
};

function layoutCases(dtype: DType): readonly Draft[] {
  return inputLayouts.flatMap((first, i) => {
    const second = inputLayouts[(i + 3) % inputLayouts.length];
    return [first, second].map((other) =>
      kernelCase("map", dtype, first === other ? `two ${first}` : `${first} and ${other}`, () => ({
        inputs: [
          operand(dtype, layoutOf(first, SHAPE), whole(dtype)),
          operand(dtype, layoutOf(other, SHAPE), whole(dtype, 1)),
        ],
        output: plainRoom(dtype, SHAPE),
        call: mapping(sum(dtype)),
        elementwise: true,
      }))
    );
  });
}

const shapes: readonly Shape[] = [
  [],
  [1],
  [1, 1, 1],
  [2, 1, 3],
  [63],
  [64],
  [65],
  [257],
  [2, 1, 3, 1, 2, 2, 2],
  [0],
  [2, 0, 3],
];

function shapeCases(dtype: DType): readonly Draft[] {
  return shapes.flatMap((shape) =>
    (["contiguous", "transposed"] as const).filter((name) => name === "contiguous" || shape.length > 1).map((
      name,
    ) =>
      kernelCase("map", dtype, `${name} [${shape}]`, () => ({
        inputs: [
          operand(dtype, layoutOf(name, shape), whole(dtype)),
          plain(dtype, shape, counted(dtype, shape)),
        ],
        output: plainRoom(dtype, shape),
        call: mapping(sum(dtype)),
        elementwise: true,
      }))
    )
  );
}

function counted(dtype: DType, shape: Shape): number[] {
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => whole(dtype, 2)(i));
}

function outputCases(dtype: DType): readonly Draft[] {
  return outputLayouts.flatMap((name) =>
    (["contiguous", "transposed"] as const).map((from) =>
      kernelCase("map", dtype, `${from} to ${name}`, () => ({
        inputs: [from, "contiguous" as const].map((layout, seed) =>
          operand(dtype, layoutOf(layout, SHAPE), whole(dtype, seed))
        ),
        output: room(dtype, layoutOf(name, SHAPE)),
        call: mapping(sum(dtype)),
        elementwise: true,
      }))
    )
  );
}

function inPlaceCases(dtype: DType): readonly Draft[] {
  return outputLayouts.flatMap((name) => {
    const target = () => operand(dtype, layoutOf(name, SHAPE), whole(dtype));
    const cases: readonly [string, (first: Operand) => Operand[]][] = [
      ["over itself", (first) => [first, plain(dtype, SHAPE, counted(dtype, SHAPE))]],
      ["over both inputs", (first) => [first, first]],
    ];
    return cases.map(([how, inputs]) =>
      kernelCase("map", dtype, `${name} ${how}`, () => {
        const first = target();
        return { inputs: inputs(first), output: first, call: mapping(sum(dtype)) };
      })
    );
  });
}

/** More workgroups of 64 than a device runs along one axis. */
const LARGE = 65536 * 64 + 3;

/** One `map` of millions of elements. */
export const largeRow: Row = {
  op: "map.large",
  cases: (session) => {
    const dtype = mainDtype(session);
    if (!session.large || dtype === "bool") return [];
    return [
      kernelCase("map.large", dtype, `[${LARGE}]`, () => ({
        inputs: [operand(dtype, contiguousLayout([LARGE]), whole(dtype))],
        output: plainRoom(dtype, [LARGE]),
        call: mapping(e.add(x, 1)),
      })),
    ];
  },
};

// Values that a copy may lose.
function laid(dtype: DType, layout: Layout): Operand {
  const values = manyValues(dtype);
  return operand(dtype, layout, (place) => values[(place * 5 + 3) % values.length]);
}

/** Copies of every layout to every other, as `contiguous`, `concat` and `pad` make them. */
export const copyRow: Row = {
  op: "copy",
  cases: (session) =>
    dtypesOf(session).flatMap((dtype) => {
      const shape = [7, 11];
      const copy = (from: LayoutClass, to: LayoutClass): Draft =>
        kernelCase("copy", dtype, `${from} to ${to}`, () => ({
          inputs: [laid(dtype, layoutOf(from, shape))],
          output: room(dtype, layoutOf(to, shape)),
          call: mapping(x),
          elementwise: true,
        }));
      return [
        ...inputLayouts.map((from) => copy(from, "contiguous")),
        ...outputLayouts.slice(1).map((to) => copy("contiguous", to)),
        copy("backward", "offset"),
      ];
    }),
};

const constants: Readonly<Record<string, readonly number[]>> = {
  i32: [0, -1, 2 ** 31 - 1, -(2 ** 31)],
  u32: [0, 1, 2 ** 31, 2 ** 32 - 1],
  bool: [0, 1],
};

/** A constant in every element, without inputs. */
export const fillRow: Row = {
  op: "fill",
  cases: (session) =>
    dtypesOf(session).flatMap((dtype) => {
      const values = constants[dtype] ?? [0, -0, 0.1, -1e4, NaN, Infinity, -Infinity];
      return values.flatMap((value) =>
        (["contiguous", "stepped"] as const).map((name) =>
          kernelCase("fill", dtype, `${Object.is(value, -0) ? "-0" : value} into ${name}`, () => ({
            inputs: [],
            output: room(dtype, layoutOf(name, SHAPE)),
            call: mapping(e.constant(value)),
          }))
        )
      );
    }),
};
