/** Products of matrices. */
import * as kernels from "./kernels.ts";
import { type DType, isFloating, type Layout, type Shape } from "@tapegrad/core";
import { kernelCase } from "./kernel_case.ts";
import type { KernelCall, KernelRun } from "./kernel_run.ts";
import {
  type LayoutClass,
  layoutOf,
  type Operand,
  operand,
  outputLayouts,
  plain,
  plainRoom,
  room,
} from "./layouts.ts";
import { type Draft, dtypesOf, type Row } from "./session.ts";
import { uneven, whole } from "./values.ts";

const call: KernelCall = (backend, [a, b], output) => kernels.matmul(backend, a, b, output);

function product(dtype: DType, a: Operand, b: Operand, output?: Operand): KernelRun {
  const shape = [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]];
  return {
    inputs: [a, b],
    output: output ?? plainRoom(dtype, shape),
    call,
    size: isFloating(dtype) ? call : undefined,
    count: a.shape[a.shape.length - 1],
    zeroSign: false,
  };
}

/** `matmul`. */
export const matmulRow: Row = {
  op: "matmul",
  cases: (session) =>
    dtypesOf(session).filter((dtype) => dtype !== "bool").flatMap((dtype) => [
      ...layoutCases(dtype),
      ...shapeCases(dtype),
      ...batchCases(dtype),
      ...(isFloating(dtype) ? specialCases(dtype) : [wrappingCase(dtype)]),
    ]),
};

const pairs: readonly (readonly [LayoutClass, LayoutClass])[] = [
  ["contiguous", "contiguous"],
  ["transposed", "contiguous"],
  ["contiguous", "transposed"],
  ["transposed", "transposed"],
  ["repeated row", "repeated column"],
  ["stepped", "backward"],
  ["offset", "repeated element"],
];

function layoutCases(dtype: DType): readonly Draft[] {
  const make = (a: LayoutClass, b: LayoutClass, output?: Operand) =>
    product(
      dtype,
      operand(dtype, layoutOf(a, [5, 7]), uneven(dtype)),
      operand(dtype, layoutOf(b, [7, 3]), uneven(dtype, 1)),
      output,
    );
  return [
    ...pairs.map(([a, b]) => kernelCase("matmul", dtype, `${a} × ${b}`, () => make(a, b))),
    ...outputLayouts.slice(1).map((name) =>
      kernelCase(
        "matmul",
        dtype,
        `into ${name}`,
        () => make("contiguous", "transposed", room(dtype, layoutOf(name, [5, 3]))),
      )
    ),
  ];
}

const shapes: readonly (readonly [Shape, Shape])[] = [
  [[1, 1], [1, 1]],
  [[1, 100], [100, 1]],
  [[100, 1], [1, 9]],
  [[1, 64], [64, 5]],
  [[17, 16], [16, 17]],
  [[65, 33], [33, 70]],
  [[3, 0], [0, 4]],
  [[0, 3], [3, 4]],
  [[2, 3, 4], [2, 4, 5]],
  [[2, 0, 4], [2, 4, 5]],
  [[2, 1, 3, 2], [2, 1, 2, 3]],
];

function shapeCases(dtype: DType): readonly Draft[] {
  return shapes.map(([a, b]) =>
    kernelCase("matmul", dtype, `[${a}] × [${b}]`, () =>
      product(
        dtype,
        operand(dtype, layoutOf("contiguous", a), uneven(dtype)),
        operand(dtype, layoutOf("contiguous", b), uneven(dtype, 1)),
      ))
  );
}

// Leading axes that one operand repeats, or that lie apart.
function batchCases(dtype: DType): readonly Draft[] {
  const once = (shape: Shape, strides: readonly number[]): Layout => ({ shape, strides, offset: 0 });
  const cases: readonly [string, Layout, Layout][] = [
    ["one matrix for all", once([3, 2, 4], [0, 4, 1]), layoutOf("contiguous", [3, 4, 5])],
    ["all with one matrix", layoutOf("contiguous", [3, 2, 4]), once([3, 4, 5], [0, 5, 1])],
    ["crossed", once([3, 2, 2, 4], [8, 0, 4, 1]), once([3, 2, 4, 5], [0, 20, 5, 1])],
    ["batches in the middle", once([3, 2, 4], [4, 12, 1]), once([3, 4, 5], [5, 15, 1])],
  ];
  return cases.map(([detail, a, b]) =>
    kernelCase(
      "matmul",
      dtype,
      detail,
      () => product(dtype, operand(dtype, a, uneven(dtype)), operand(dtype, b, uneven(dtype, 1))),
    )
  );
}

function specialCases(dtype: DType): readonly Draft[] {
  return [NaN, Infinity, -Infinity].map((special) =>
    kernelCase("matmul", dtype, `with ${special}`, () => {
      // The infinity meets a 0, another infinity's opposite, and neither.
      const a = plain(dtype, [2, 3], [1, special, 2, 3, -1, 0]),
        b = plain(dtype, [3, 2], [1, 2, 0, 3, Infinity, -1]);
      return product(dtype, a, b);
    })
  );
}

function wrappingCase(dtype: DType): Draft {
  return kernelCase("matmul", dtype, "that wraps", () => {
    const large = (place: number) => whole(dtype)(place) * 123_456_789;
    return product(
      dtype,
      operand(dtype, layoutOf("contiguous", [3, 4]), large),
      operand(dtype, layoutOf("contiguous", [4, 3]), large),
    );
  });
}
