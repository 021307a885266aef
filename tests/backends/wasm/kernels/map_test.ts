import {
  type DType,
  dtypes,
  e,
  type Expr,
  hostArray,
  type MapAttributes,
  type Shape,
  typeOf,
} from "@tapegrad/core/backend";
import { input } from "@tapegrad/core";
import "@tapegrad/backends";
import { assertEquals } from "@std/assert";
import { simds, validates } from "../../../../backends/wasm/features.ts";
import { map } from "../../../../backends/wasm/kernels/map.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { anyView, assertAgrees, Draws, filled, type HostView } from "./agree.ts";

const heaps = new Map(simds.filter(validates).map((simd) => [simd, new Heap({ simd })]));
const shapes: readonly Shape[] = [
  [],
  [1],
  [3],
  [4],
  [19],
  [64],
  [5, 3],
  [3, 37],
  [40, 2],
  [33, 41],
  [2, 3, 9],
  [2, 0, 3],
];
const [x, y] = [input(0), input(1)];

const values: Readonly<Record<DType, readonly number[]>> = {
  f32: [0, -0, 1, -1.5, 2 ** -149, 3e38, Infinity, NaN],
  f64: [0, -0, 1, -1.5, 5e-324, 1e308, Infinity, NaN],
  f16: [0, -0, 1, -1.5, 2 ** -24, 65504, Infinity, NaN],
  i32: [0, 1, -1, 7],
  u32: [0, 1, 7],
  bool: [0, 1],
};

function numbers(draws: Draws, view: HostView): HostView {
  const some = values[view.dtype];
  return filled(view, () => {
    if (draws.below(3) === 0 || view.dtype === "bool") return draws.of(some);
    const least = view.dtype === "u32" ? 0 : -1000;
    return Math.trunc(least + draws.next() * 2000) / (draws.below(2) === 0 ? 1 : 8);
  });
}

// Rounded once, so that they have the cpu's bits, which computes in double precision.
const exact: readonly Expr[] = [
  e.add(x, y),
  e.mul(x, y),
  e.maximum(x, y),
  e.select(e.lt(x, y), x, y),
  e.and(x, e.ge(y, 1)),
  e.sub(1, x),
  e.add(x, x),
  e.div(x, y),
  e.sqrt(e.abs(y)),
  x,
  e.cast(x, "f64"),
  e.cast(x, "i32"),
  e.cast(y, "f16"),
  e.cast(e.gt(x, 0), "f32"),
  e.floorDivide(x, y),
];

interface Drawn {
  readonly exprs: readonly Expr[];
  readonly types: readonly DType[];
}

function anyExprs(draws: Draws): Drawn {
  for (;;) {
    const exprs = Array.from({ length: 1 + draws.below(2) }, () => draws.of(exact));
    const types = [draws.of(dtypes), draws.of(dtypes)];
    try {
      for (const expr of exprs) typeOf(expr, types);
      return { exprs, types };
    } catch {
      // Integers with a sign and without do not meet.
    }
  }
}

for (const [simd, heap] of heaps) {
  Deno.test(`map has the cpu's bits, whatever the expressions, dtypes and layouts: ${simd}`, () => {
    for (let seed = 0; seed < 500; seed++) {
      const draws = new Draws(seed), { exprs, types } = anyExprs(draws), shape = draws.of(shapes);
      const inputs = types.map((dtype) => numbers(draws, anyView(draws, dtype, shape, { repeats: true })));
      const outputs = exprs.map((expr) => numbers(draws, anyView(draws, typeOf(expr, types), shape)));
      const attributes: MapAttributes = { name: exprs.join(" and "), exprs };
      assertAgrees(map, { name: "map", inputs, outputs, attributes }, heap);
    }
  });
}

function dense(dtype: DType, shape: Shape, strides: readonly number[]): HostView {
  const buffer = hostArray(dtype, shape.reduce((a, b) => a * b, 1)) as HostView["buffer"];
  return filled(
    { buffer, dtype, shape, strides, offset: 0 } as HostView,
    (i) => i % (dtype === "bool" ? 2 : 251),
  );
}

for (const [simd, heap] of heaps) {
  Deno.test(`what lies across is turned, at edges of tiles too: ${simd}`, () => {
    for (const shape of [[4, 4], [9, 6], [70, 133], [130, 64]] as const) {
      const along = [shape[1], 1], across = [1, shape[0]];
      for (const dtype of ["f32", "i32", "u32", "f64", "bool"] as const) {
        for (const [second, expr] of [[across, x], [along, e.sub(x, y)], [[1, 0], e.sub(y, x)]] as const) {
          const inputs = [dense(dtype, shape, across), dense(dtype, shape, second)];
          const outputs = [dense(typeOf(expr, [dtype, dtype]), shape, along)];
          assertAgrees(
            map,
            { name: "map", inputs, outputs, attributes: { name: "turned", exprs: [expr] } },
            heap,
          );
        }
      }
    }
  });
}

for (const [simd, heap] of heaps) {
  Deno.test(`of many operands each has its own dtype and layout: ${simd}`, () => {
    for (const count of [9, 10, 11, 17, 20, 21]) {
      const inputs = Array.from({ length: count }, (_, i) => input(i)), shape = [37];
      const exprs = [inputs.reduce((sum, each) => e.add(e.mul(sum, 2), each))];
      // What the last ones are like tells the calls apart.
      for (
        const other of [[1, "f32"], [0, "f32"], [2, "f32"], [0, "i32"], [1, "i32"], [-1, "f32"]] as const
      ) {
        const views = inputs.map((_, i): HostView => {
          const [step, dtype] = i < count - 2 ? [i % 3 === 0 ? 1 : 0, "f32"] as const : other;
          const offset = step < 0 ? 80 : 1, buffer = hostArray(dtype, 82) as HostView["buffer"];
          return filled({ buffer, dtype, shape, strides: [step], offset }, (place) => (place + i) % 7);
        });
        const outputs = [dense(typeOf(exprs[0], views.map(({ dtype }) => dtype)), shape, [1])];
        assertAgrees(map, { name: "map", inputs: views, outputs, attributes: { name: "many", exprs } }, heap);
      }
    }
  });
}

Deno.test("what would take seconds to compile is left to the cpu", () => {
  let vast = x;
  for (let i = 0; i < 5000; i++) vast = e.add(e.mul(vast, x), i);
  const [heap] = heaps.values(), pointer = heap.allocate(64);
  const flat = { pointer, dtype: "f32", shape: [4], strides: [1] } as const;
  assertEquals(map([flat], [flat], { name: "vast", exprs: [vast] }, heap), false);
  const strided = { pointer, dtype: "f32", shape: [4], strides: [2] } as const;
  assertEquals(map([strided], [strided], { name: "vast", exprs: [vast] }, heap), false);
});
