/** Reductions of an elementwise expression over axes: `sum(x * y)` is one kernel. */
import type { DType } from "../base/dtype.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { reducedShape, sizeOf } from "../base/shape.ts";
import { apply } from "../call/apply.ts";
import {
  type Batched,
  nothing,
  type Parts,
  type Primitive,
  primitive,
  type Saved,
  type Saves,
  type TensorType,
} from "../call/op.ts";
import { gradientExprs } from "../expr/derivative.ts";
import { type Expr, input } from "../expr/expr.ts";
import { div } from "../expr/scalars/arithmetic.ts";
import { and, eq, isNaN, or, select } from "../expr/scalars/logic.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ElementExpr, ReduceAttributes, ReduceKind } from "./attributes.ts";
import { broadcastFront } from "./batching.ts";
import { ElementGradients, tangentOf } from "./element_gradients.ts";
import {
  cast,
  concat,
  cumulate,
  expand,
  flip,
  mapping,
  mulOrZero,
  narrow,
  permute,
  reshape,
} from "./functions.ts";
import { broadcastViews, commonShape, resultType } from "./map.ts";

export type { ReduceAttributes };

/** The expression that changes nothing. */
export const identity: ElementExpr = { name: "identity", expr: input(0) };

/** `kind` over `axes` of an expression of the inputs. */
export const reduce: Primitive<ReduceAttributes> = primitive({
  name: "reduce",
  label: ({ kind, name, expr }) => expr === identity.expr ? kind : `${kind} of ${name}`,
  infer(inputs, { kind, name, expr, axes }): TensorType {
    const shape = commonShape(name, inputs);
    checkNotEmpty(kind, shape, axes);
    const dtype = resultOf(kind, resultType(expr, inputs));
    return { shape: reducedShape(shape, axes), dtype, backend: inputs[0].backend };
  },
  views: (inputs, _outputs, { name }) => broadcastViews(inputs, commonShape(name, inputs)),
  vjp([ct], saved, wanted): Parts {
    const rule = elementGradients[saved.attributes.kind];
    return rule && ct ? throughExpr(rule(ct, saved), saved, wanted) : saved.inputs.map(() => null);
  },
  saves({ kind, name, expr }, wanted): Saves {
    if (kind === "sum") return gradients(name, expr, wanted.length).saves(wanted, 1);
    return elementGradients[kind] ? everything(wanted.length) : nothing;
  },
  jvp: sumTangent,
  batch(inputs, axes, attributes): Batched {
    const shifted = { ...attributes, axes: attributes.axes.map((axis) => axis + 1) };
    return { outputs: [apply(reduce, broadcastFront(inputs, axes), shifted)], axes: [0] };
  },
});

function everything(count: number): Saves {
  return { inputs: Array.from({ length: count }, (_, i) => i), outputs: [0] };
}

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
  const shape = commonShape(attributes.name, inputs);
  return expand(reshape(t, reducedShape(shape, attributes.axes, true)), shape);
}

function elements({ inputs, attributes: { name, expr } }: Saved<ReduceAttributes>): Tensor {
  const tensors = inputs as readonly Tensor[];
  if (expr.kind === "input") return tensors[expr.value];
  let map = mapsOf.get(expr);
  if (!map) mapsOf.set(expr, map = mapping(name, expr));
  return map(...tensors);
}

const mapsOf = new WeakMap<Expr, ReturnType<typeof mapping>>();

// Elements equal to the extremum share the cotangent evenly; a NaN result belongs to the NaNs.
function extremumGradient(ct: Tensor, saved: Saved<ReduceAttributes>): Tensor {
  const x = elements(saved), y = restore(saved.outputs[0] as Tensor, saved);
  const { axes } = saved.attributes;
  const count = apply(reduce, [x, y], { kind: "sum", ...hits, axes });
  return share(x, y, restore(count, saved), restore(ct, saved));
}

const isHit = or(eq(input(0), input(1)), and(isNaN(input(0)), isNaN(input(1))));
const hits = { name: "count of extrema", expr: select(isHit, 1, 0) };
const share = mapping("max backward", select(isHit, div(input(3), input(2)), 0));

// The product of all others as the product of those before times those after: right with zeros too.
function prodGradient(ct: Tensor, saved: Saved<ReduceAttributes>): Tensor {
  const x = elements(saved), { axes } = saved.attributes;
  const kept = x.shape.flatMap((_, i) => axes.includes(i) ? [] : [i]);
  const order = [...kept, ...axes];
  const rows = reshape(permute(x, order), [...kept.map((i) => x.shape[i]), reducedCount(x.shape, axes)]);
  const last = rows.rank - 1, before = productsBefore(rows);
  const after = flip(productsBefore(flip(rows, last)), last);
  const back = order.map((_, i) => order.indexOf(i));
  const others = permute(reshape(mulOrZero(before, after), order.map((i) => x.shape[i])), back);
  return mulOrZero(others, restore(ct, saved));
}

function productsBefore(rows: Tensor): Tensor {
  const axis = rows.rank - 1, n = rows.shape[axis];
  if (n === 0) return rows;
  const first = filled(1, [...rows.shape.slice(0, -1), 1], rows);
  const running = cumulate([rows], { kind: "prod", axis, reverse: false });
  return concat([first, narrow(running, axis, 0, n - 1)], axis);
}

const gradientsOf = new WeakMap<Expr, Map<number, ElementGradients>>();

// Unlike a map's own, these do not read the mapped elements, which nobody saved.
function gradients(name: string, expr: Expr, arity: number): ElementGradients {
  let known = gradientsOf.get(expr);
  if (!known) gradientsOf.set(expr, known = new Map());
  let found = known.get(arity);
  if (!found) {
    const exprs = gradientExprs([expr], arity, { readsOutputs: false });
    known.set(arity, found = new ElementGradients(name, exprs, arity));
  }
  return found;
}

function throughExpr(
  ct: Tensor,
  { inputs, attributes: { name, expr } }: Saved<ReduceAttributes>,
  wanted: readonly boolean[],
): Parts {
  return gradients(name, expr, inputs.length).run([...inputs, null, ct], inputs, wanted);
}

// The tangent of a sum is the sum of the tangents, in one kernel.
function sumTangent(
  tangents: Parts,
  { inputs, outputs, attributes }: Saved<ReduceAttributes>,
): Parts | undefined {
  const { kind, name, expr, axes } = attributes;
  if (kind !== "sum") return undefined;
  const tangent = tangentOf(expr, tangents.map((t) => t !== null));
  if (!tangent) return [null];
  const { exprs, reads } = tangent;
  const values = [...inputs, ...tangents.filter((t) => t !== null)] as Tensor[];
  const [first, ...rest] = reads.map((k) => values[k]);
  // What the tangent reads may be smaller or narrower than what is summed.
  const full = [expand(first, commonShape(name, inputs)), ...rest];
  const sum = apply(reduce, full, { kind, name: `${name} tangent`, expr: exprs[0], axes });
  return [cast(sum, outputs[0].dtype)];
}

/** How many elements each result of a reduction combines. */
export function reducedCount(shape: readonly number[], axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => shape[axis]));
}
