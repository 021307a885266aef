/** Reductions of an elementwise expression over axes: `sum(x * y)` is one kernel. */
import type { Backend, ReduceKind, View } from "../device/backend.ts";
import { gradientExprs, tangentExpr } from "../expr/derivative.ts";
import { apply } from "../call/apply.ts";
import type { DType } from "../base/dtype.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { input } from "../expr/expr.ts";
import { cumprod } from "../ops/cumulative.ts";
import { concat, expand, flip, narrow, reshape } from "../ops/shape.ts";
import { filled } from "../tensor/constants.ts";
import { OUTPUT, type Primitive, type Saved, type Signature } from "../call/op.ts";
import { and, eq, isNaN, or, select } from "../expr/scalars/logic.ts";
import { div, mulOrZero } from "../expr/scalars/arithmetic.ts";
import { reducedShape, sizeOf } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  broadcastViews,
  commonShape,
  compactGradient,
  type Gradient,
  map,
  type MapAttributes,
  needsOf,
  resultType,
  runGradient,
} from "./map.ts";

/** What is reduced, how, and over which axes (normalised, ascending). */
export interface ReduceAttributes {
  /** How elements are combined. */
  readonly kind: ReduceKind;
  /** Applied to each element first. */
  readonly map: MapAttributes;
  /** The axes that go. */
  readonly axes: readonly number[];
}

/** The map that changes nothing. */
export const identity: MapAttributes = { name: "identity", expr: input(0) };

/** `kind` over `axes` of a map of the inputs. */
export const reduce: Primitive<ReduceAttributes> = {
  name: "reduce",
  label: ({ kind, map }) => map === identity ? kind : `${kind} of ${map.name}`,
  infer(inputs, { kind, map, axes }): Signature {
    const shape = commonShape(map.name, inputs);
    checkNotEmpty(kind, shape, axes);
    return { shape: reducedShape(shape, axes), dtype: resultOf(kind, resultType(map, inputs)) };
  },
  run(backend: Backend, inputs: readonly View[], output: View, { kind, map, axes }): void {
    const shape = commonShape(map.name, inputs);
    backend.reduce(kind, map.expr, broadcastViews(inputs, shape), axes, output);
  },
  vjp(ct, saved, i): Tensor | null {
    const rule = elementGradients[saved.attributes.kind];
    return rule ? throughMap(rule(ct, saved), saved, i) : null;
  },
  needs({ kind, map }, i): number {
    if (kind === "sum") return needsOf(gradientOf(map, i), map.expr.arity);
    return (OUTPUT - 1) | OUTPUT;
  },
};

function resultOf(kind: ReduceKind, dtype: DType): DType {
  if (kind === "any" || kind === "all") return "bool";
  if (kind === "argmax" || kind === "argmin") return "i32";
  return dtype === "bool" && (kind === "sum" || kind === "prod") ? "i32" : dtype;
}

function checkNotEmpty(kind: ReduceKind, shape: readonly number[], axes: readonly number[]): void {
  const needsOne = kind === "max" || kind === "min" || kind === "argmax" || kind === "argmin";
  if (!needsOne || axes.every((axis) => shape[axis] > 0)) return;
  throw new ShapeError(
    `Cannot ${kind} ${showShape(shape)} over axes ${showShape(axes)}: there are no elements to choose from`,
    { op: kind, shapes: [shape] },
  );
}

/** The gradient to the mapped elements, of their full shape, from the cotangent of the reduction. */
type ElementGradient = (ct: Tensor, saved: Saved<ReduceAttributes>) => Tensor;

const elementGradients: Readonly<Record<ReduceKind, ElementGradient | null>> = {
  sum: (ct, saved) => restore(ct, saved),
  prod: prodGradient,
  max: extremumGradient,
  min: extremumGradient,
  any: null,
  all: null,
  argmax: null,
  argmin: null,
};

// The reduced axes put back and repeated.
function restore(t: Tensor, { inputs, attributes }: Saved<ReduceAttributes>): Tensor {
  const shape = commonShape(attributes.map.name, inputs);
  return expand(reshape(t, reducedShape(shape, attributes.axes, true)), shape);
}

function elements({ inputs, attributes }: Saved<ReduceAttributes>): Tensor {
  return attributes.map.expr.kind === "input" ? inputs[0] : apply(map, inputs, attributes.map);
}

// Elements equal to the extremum share the cotangent evenly; a NaN result belongs to the NaNs.
function extremumGradient(ct: Tensor, saved: Saved<ReduceAttributes>): Tensor {
  const x = elements(saved), y = restore(saved.output, saved);
  const { axes } = saved.attributes;
  const count = apply(reduce, [x, y], { kind: "sum", map: hits, axes });
  return apply(map, [x, y, restore(count, saved), restore(ct, saved)], share);
}

const isHit = or(eq(input(0), input(1)), and(isNaN(input(0)), isNaN(input(1))));
const hits: MapAttributes = { name: "count of extrema", expr: select(isHit, 1, 0) };
const share: MapAttributes = { name: "max backward", expr: select(isHit, div(input(3), input(2)), 0) };

/** A product in which a factor of 0 is stronger than one that overflowed. */
export const finiteProduct: MapAttributes = { name: "product", expr: mulOrZero(input(0), input(1)) };

// The product of all others as the product of those before times those after: right with zeros too.
function prodGradient(ct: Tensor, saved: Saved<ReduceAttributes>): Tensor {
  const x = elements(saved), { axes } = saved.attributes;
  const kept = x.shape.flatMap((_, i) => axes.includes(i) ? [] : [i]);
  const order = [...kept, ...axes];
  const rows = reshape(x.permute(order), [...kept.map((i) => x.shape[i]), reducedCount(x.shape, axes)]);
  const before = productsBefore(rows);
  const after = flip(productsBefore(flip(rows, -1)), -1);
  const back = order.map((_, i) => order.indexOf(i));
  const others = apply(map, [before, after], finiteProduct);
  const laid = others.reshape(order.map((i) => x.shape[i])).permute(back);
  return apply(map, [laid, restore(ct, saved)], finiteProduct);
}

function productsBefore(rows: Tensor): Tensor {
  const n = rows.shape[rows.rank - 1];
  if (n === 0) return rows;
  const first = filled(1, [...rows.shape.slice(0, -1), 1], rows);
  return concat([first, narrow(cumprod(rows, -1), -1, 0, n - 1)], -1);
}

const gradients = new WeakMap<MapAttributes, readonly (Gradient | null)[]>();

// Unlike a map's own, these do not read the mapped elements, which nobody saved.
function gradientOf(map: MapAttributes, i: number): Gradient | null {
  let found = gradients.get(map);
  if (!found) {
    const { expr, name } = map;
    found = gradientExprs(expr, expr.arity, false).map((g) => g && compactGradient(name, g));
    gradients.set(map, found);
  }
  return found[i];
}

function throughMap(ct: Tensor, { inputs, attributes }: Saved<ReduceAttributes>, i: number): Tensor {
  return runGradient(gradientOf(attributes.map, i), [...inputs, ct, ct], inputs[i]);
}

/** The tangent of a sum is the sum of the tangents, in one kernel. */
reduce.jvp = (tangents, { inputs, output, attributes }) => {
  const { kind, map, axes } = attributes;
  if (kind !== "sum") return undefined;
  const expr = tangentExpr(map.expr, tangents.map((t) => t !== null));
  if (!expr) return null;
  const { map: tangent, reads } = compactGradient(`${map.name} tangent`, expr);
  const values = [...inputs, ...tangents.filter((t) => t !== null)];
  const [first, ...rest] = reads.map((k) => values[k]);
  // What the tangent reads may be smaller or narrower than what is summed.
  const full = [expand(first, commonShape(map.name, inputs)), ...rest];
  return apply(reduce, full, { kind, map: tangent, axes }).to(output.dtype);
};

/** How many elements each result of a reduction combines. */
export function reducedCount(shape: readonly number[], axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => shape[axis]));
}
