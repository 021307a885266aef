import { type DType, e, type Expr, input, type ReduceKind, type Shape } from "@tapegrad/core/backend";
import { assertEquals, assertLess } from "@std/assert";
import { reduce } from "../../../../backends/wasm/kernels/reduce.ts";
import { samples } from "../../layouts.ts";
import { anyView, assertNear, Draws, filled, heaps, type HostView, onWasm } from "./agree.ts";

const dtypes: readonly DType[] = ["f32", "f64", "i32", "u32", "bool", "f16"];
const shapes: readonly Shape[] = [
  [50],
  [5, 4],
  [4, 5, 6],
  [3, 133],
  [70, 9],
  [2, 3, 9, 12],
  [6, 2, 40],
  [0, 3],
  [3, 0],
  [700, 21],
  [1],
  [],
  [20, 3],
];

function resultOf(kind: ReduceKind, dtype: DType): DType {
  if (kind === "any" || kind === "all") return "bool";
  if (kind === "argmax" || kind === "argmin") return "i32";
  return dtype === "bool" && (kind === "sum" || kind === "prod") ? "i32" : dtype;
}

// Small whole numbers, of which every sum is exact, or special ones.
function fill(draws: Draws, view: HostView, kind: ReduceKind, expr: Expr): HostView {
  const values = samples(view.dtype, 64), isFloat = view.dtype.startsWith("f");
  const isSpecial = expr === x && draws.below(3) === 0 && !(isFloat && (kind === "sum" || kind === "prod"));
  const whole = kind === "prod" ? [1, -1, 1, 1] : [3, -2, 0, 1, 7, -9];
  return filled(view, () => {
    return isSpecial ? draws.of(values) : view.dtype === "bool" ? draws.below(2) : draws.of(whole);
  });
}

function anyAxes(draws: Draws, kind: ReduceKind, shape: Shape): number[] {
  const axes = shape.map((_, axis) => axis);
  if (kind === "argmax" || kind === "argmin") return axes.filter((axis) => shape[axis] > 0).slice(0, 1);
  const chosen = axes.filter(() => draws.below(2) > 0);
  const isEmpty = (kind === "max" || kind === "min") && chosen.some((axis) => shape[axis] === 0);
  return isEmpty ? [] : chosen;
}

const [x, y] = [input(0), input(1)];
const exprs: readonly Expr[] = [x, x, e.mul(x, y), e.add(x, y), e.select(e.lt(x, y), x, y)];

for (const kind of ["sum", "prod", "max", "min", "any", "all", "argmax", "argmin"] as const) {
  Deno.test(`reduce ${kind} gives what the cpu's does, whatever the layouts, in every way of computing`, () => {
    for (let seed = 0; seed < 500; seed++) {
      const draws = new Draws(seed), shape = draws.of(shapes), dtype = dtypes[seed % dtypes.length];
      const expr = dtype === "bool" ? x : draws.of(exprs), axes = anyAxes(draws, kind, shape);
      if ((kind === "argmax" || kind === "argmin") && axes.length === 0) continue;
      const inputs = Array.from({ length: expr.arity }, () => {
        return fill(draws, anyView(draws, dtype, shape, { repeats: true }), kind, expr);
      });
      const kept = shape.filter((_, axis) => !axes.includes(axis));
      const output = anyView(draws, resultOf(kind, dtype), kept);
      const attributes = { kind, expr, axes, name: kind };
      const call = { name: "reduce", inputs, outputs: [output], attributes };
      assertNear(reduce, call, 0, heaps[seed % heaps.length]);
    }
  });
}

function flat(dtype: DType, n: number, offset = 0): HostView {
  const view = anyView(new Draws(1), dtype, [n + offset]);
  return { ...view, shape: [n], strides: [1], offset };
}

function sumOf(view: HostView, axes: number[], outputs: readonly HostView[]): number {
  const attributes = { kind: "sum", expr: x, axes, name: "sum" } as const;
  return onWasm(reduce, { name: "reduce", inputs: [view], outputs, attributes })[0][outputs[0].offset];
}

Deno.test("ten million times 0.1 in f32 are a million", () => {
  const view = flat("f32", 1e7), output = flat("f32", 1);
  view.buffer.fill(0.1);
  assertLess(Math.abs(sumOf(view, [0], [output]) - 1e6), 1);
  const columns = { ...view, shape: [1e6, 10], strides: [10, 1] }, sums = { ...flat("f32", 10), shape: [10] };
  assertLess(Math.abs(sumOf(columns, [0], [sums]) - 1e5), 0.1);
});

Deno.test("sums of uneven numbers are as near as single precision allows, along rows and columns", () => {
  for (const heap of heaps) {
    for (let seed = 0; seed < 15; seed++) {
      const draws = new Draws(seed), shape = draws.of([[3, 5000], [5000, 9], [40, 7, 50], [333, 77]]);
      const view = filled(anyView(draws, "f32", shape), () => draws.next() - 0.5),
        axis = draws.below(shape.length);
      const outputs = [anyView(draws, "f32", shape.toSpliced(axis, 1))];
      const attributes = { kind: "sum", expr: x, axes: [axis], name: "sum" };
      assertNear(reduce, { name: "reduce", inputs: [view], outputs, attributes }, 1e-5, heap);
    }
  }
});

Deno.test("a sum is the same wherever its numbers lie", () => {
  const draws = new Draws(3),
    numbers = Array.from({ length: 3001 }, () => draws.next() - 0.5),
    output = flat("f32", 1);
  const sums = [0, 1, 2, 3].map((offset) => {
    const view = flat("f32", numbers.length, offset);
    numbers.forEach((x, i) => view.buffer[offset + i] = x);
    return sumOf(view, [0], [output]);
  });
  assertEquals(sums, sums.map(() => sums[0]));
});
