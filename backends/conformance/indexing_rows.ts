/** Reading and writing at computed positions, and overlap-add. */
import * as kernels from "./kernels.ts";
import { type DType, isFloating, MissingKernelError, type ScatterKind, type Shape } from "@tapegrad/core";
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
import { type Draft, dtypesOf, expect, passed, type Row, type Session } from "./session.ts";
import { factors, manyValues, uneven } from "./values.ts";

// Positions below an extent in no order, with repetitions.
function positions(dtype: DType, shape: Shape, extent: number, name: LayoutClass = "contiguous"): Operand {
  return operand(dtype, layoutOf(name, shape), (place) => (place * 7 + 3) % extent);
}

function anything(dtype: DType, shape: Shape, name: LayoutClass = "contiguous"): Operand {
  const values = manyValues(dtype);
  return operand(dtype, layoutOf(name, shape), (place) => values[(place * 5 + 1) % values.length]);
}

interface Place {
  readonly of: Shape;
  readonly at: Shape;
  readonly axis: number;
}

// The other extents of an index may be smaller than those of what it points into.
const places: readonly Place[] = [
  { of: [4, 5], at: [6, 5], axis: 0 },
  { of: [4, 5], at: [4, 2], axis: 1 },
  { of: [4, 5], at: [3, 7], axis: 1 },
  { of: [9], at: [1], axis: 0 },
  { of: [2, 3, 4], at: [2, 5, 3], axis: 1 },
  { of: [300, 3], at: [70, 3], axis: 0 },
];

/** `gather`. */
export const gatherRow: Row = {
  op: "gather",
  cases: (session) => [
    ...dtypesOf(session).flatMap((dtype) => [
      ...gatherCases(dtype),
      ...gatherLayouts(dtype, dtypesOf(session, ["i32", "u32"])),
    ]),
    ...rangeCases(
      "gather",
      session,
      (axis) => (backend, [x, index], output) => kernels.gather(backend, x, axis, index, output),
    ),
  ],
};

type GatherCase = (
  detail: string,
  axis: number,
  make: () => { x: Operand; index: Operand; output?: Operand },
) => Draft;

function gatherCase(dtype: DType): GatherCase {
  return (detail, axis, make) =>
    kernelCase("gather", dtype, detail, () => {
      const { x, index, output } = make();
      const call: KernelCall = (backend, [x, index], output) =>
        kernels.gather(backend, x, axis, index, output);
      return { inputs: [x, index], output: output ?? plainRoom(dtype, index.shape), call };
    });
}

function gatherCases(dtype: DType): readonly Draft[] {
  const one = gatherCase(dtype);
  return [
    ...places.map(({ of, at, axis }) =>
      one(
        `[${of}] at [${at}] along ${axis}`,
        axis,
        () => ({ x: anything(dtype, of), index: positions("i32", at, of[axis]) }),
      )
    ),
    one("at no place", 0, () => ({ x: anything(dtype, [4, 5]), index: positions("i32", [0, 5], 4) })),
  ];
}

function gatherLayouts(dtype: DType, indexTypes: readonly DType[]): readonly Draft[] {
  const one = gatherCase(dtype);
  return [
    ...inputLayouts.flatMap((name) =>
      indexTypes.map((type) =>
        one(
          `${name} at contiguous ${type}`,
          0,
          () => ({ x: anything(dtype, [4, 5], name), index: positions(type, [3, 5], 4) }),
        )
      )
    ),
    ...inputLayouts.slice(1).map((name) =>
      one(
        `contiguous at ${name}`,
        1,
        () => ({ x: anything(dtype, [4, 5]), index: positions("i32", [4, 3], 5, name) }),
      )
    ),
    ...outputLayouts.slice(1).map((name) =>
      one(`into ${name}`, 0, () => ({
        x: anything(dtype, [4, 5]),
        index: positions("i32", [3, 5], 4),
        output: room(dtype, layoutOf(name, [3, 5])),
      }))
    ),
  ];
}

const kinds: readonly ScatterKind[] = ["add", "set", "prod", "max", "min"];

/** A row for each kind of `scatter`. */
export const scatterRows: readonly Row[] = kinds.map((kind) => ({
  op: `scatter.${kind}`,
  cases: (session) => [
    ...dtypesOf(session).flatMap((dtype) => [
      ...scatterCases(kind, dtype),
      ...scatterLayouts(kind, dtype, session),
    ]),
    ...rangeCases(
      `scatter.${kind}`,
      session,
      (axis) => (backend, [source, index], output) =>
        kernels.scatter(backend, kind, axis, index, source, output),
    ),
  ],
}));

type Values = (shape: Shape, name?: LayoutClass) => Operand;

function scattered(kind: ScatterKind, dtype: DType): Values {
  if (kind !== "add" && kind !== "prod") return (shape, name) => anything(dtype, shape, name);
  const values = kind === "prod" ? factors(dtype, 1) : uneven(dtype, 1);
  return (shape, name = "contiguous") => operand(dtype, layoutOf(name, shape), values);
}

type ScatterCase = (
  detail: string,
  place: Place,
  make: () => readonly [index: Operand, source: Operand],
) => Draft;

function scatterCase(kind: ScatterKind, dtype: DType): ScatterCase {
  const scatter = (axis: number): KernelCall => (backend, [index, source], output) =>
    kernels.scatter(backend, kind, axis, index, source, output);
  return (detail, { of, at, axis }, make) =>
    kernelCase(`scatter.${kind}`, dtype, detail, () => ({
      inputs: make(),
      output: operand(dtype, layoutOf("contiguous", of), uneven(dtype)),
      call: scatter(axis),
      size: kind === "add" && isFloating(dtype) ? scatter(axis) : undefined,
      count: at[axis] + 1,
      zeroSign: kind === "set",
    }));
}

function scatterCases(kind: ScatterKind, dtype: DType): readonly Draft[] {
  const one = scatterCase(kind, dtype), values = scattered(kind, dtype), many = kind === "prod" ? 20 : 1000;
  return [
    ...places.map((place) =>
      one(`[${place.at}] into [${place.of}] along ${place.axis}`, place, () => [
        positions("i32", place.at, place.of[place.axis]),
        values(place.at),
      ])
    ),
    one(
      "all at one place",
      { of: [2], at: [many], axis: 0 },
      () => [plain("i32", [many], Array(many).fill(1)), values([many])],
    ),
    one(
      "many at each place",
      { of: [50, 2], at: [3000, 2], axis: 0 },
      () => [positions("i32", [3000, 2], 50), values([3000, 2])],
    ),
    one(
      "at no place",
      { of: [4, 5], at: [0, 5], axis: 0 },
      () => [positions("i32", [0, 5], 4), values([0, 5])],
    ),
  ];
}

function scatterLayouts(kind: ScatterKind, dtype: DType, session: Session): readonly Draft[] {
  const one = scatterCase(kind, dtype), values = scattered(kind, dtype), [small] = places;
  const index = (type: DType, name?: LayoutClass) => positions(type, small.at, small.of[0], name);
  return [
    ...dtypesOf(session, ["u32"]).map((type) =>
      one(`at ${type}`, small, () => [index(type), values(small.at)])
    ),
    ...inputLayouts.slice(1).flatMap((name) => [
      one(`${name} source`, small, () => [index("i32"), values(small.at, name)]),
      one(`at ${name}`, small, () => [index("i32", name), values(small.at)]),
    ]),
  ];
}

// An index out of range is an error, when the kernel is called or at the latest when anything is read.
function rangeCases(op: string, session: Session, callAlong: (axis: number) => KernelCall): readonly Draft[] {
  return dtypesOf(session, ["f32"]).flatMap((dtype) =>
    [3, -1].map((out) => ({
      op,
      dtype,
      detail: `index ${out} of 3`,
      alone: true,
      run: ({ backend }) => expectRangeError(backend, out, callAlong(0)),
    } satisfies Draft))
  );
}

async function expectRangeError(
  backend: Session["backend"],
  index: number,
  call: KernelCall,
): ReturnType<Draft["run"]> {
  const make = (dtype: DType, values: readonly number[]) => {
    const { data, ...layout } = plain(dtype, [values.length], values),
      buffer = backend.allocate(dtype, data.length);
    backend.write(buffer, data);
    return { ...layout, buffer };
  };
  const x = make("f32", [1, 2, 3]), at = make("i32", [index, 0, 1]), output = make("f32", [0, 0, 0]);
  let error: unknown;
  try {
    call(backend, [x, at], output);
    await backend.read([output]);
    await backend.synchronize();
  } catch (caught) {
    if (caught instanceof MissingKernelError) throw caught;
    error = caught;
  } finally {
    for (const { buffer } of [x, at, output]) backend.free(buffer);
  }
  expect(error !== undefined, () => "It was neither refused when it was called nor when the result was read");
  return passed;
}

interface Windows {
  readonly shape: Shape;
  readonly axis: number;
  readonly step: number;
  readonly extent: number;
}

const windows: readonly Windows[] = [
  { shape: [4, 3], axis: 0, step: 1, extent: 6 },
  { shape: [3, 2], axis: 0, step: 2, extent: 6 },
  { shape: [3, 2], axis: 0, step: 3, extent: 10 },
  { shape: [2, 4, 3], axis: 1, step: 2, extent: 9 },
  { shape: [4, 3, 2], axis: 0, step: 1, extent: 5 },
  { shape: [0, 3], axis: 0, step: 1, extent: 4 },
  { shape: [50, 40], axis: 0, step: 1, extent: 89 },
];

/** `fold`. */
export const foldRow: Row = {
  op: "fold",
  cases: (session) => dtypesOf(session).flatMap(foldCases),
};

function foldCases(dtype: DType): readonly Draft[] {
  const one = (
    detail: string,
    { shape, axis, step, extent }: Windows,
    from: LayoutClass,
    to?: LayoutClass,
  ): Draft =>
    kernelCase("fold", dtype, detail, () => {
      const call: KernelCall = (backend, [x], output) => kernels.fold(backend, x, axis, step, output);
      const result = shape.slice(0, -1).with(axis, extent);
      return {
        inputs: [operand(dtype, layoutOf(from, shape), uneven(dtype))],
        output: to ? room(dtype, layoutOf(to, result)) : plainRoom(dtype, result),
        call,
        size: isFloating(dtype) ? call : undefined,
        count: Math.ceil(shape[shape.length - 1] / step),
        zeroSign: false,
      };
    });
  return [
    ...windows.map((w) => one(`[${w.shape}] along ${w.axis} every ${w.step}`, w, "contiguous")),
    ...inputLayouts.slice(1).map((name) => one(name, windows[3], name)),
    ...outputLayouts.slice(1).map((name) => one(`into ${name}`, windows[3], "contiguous", name)),
  ];
}
