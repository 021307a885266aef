/**
 * What rules are written with: functions of tensors, each a call of one primitive. They find it by its name, so
 * that families whose gradients need each other need not import each other.
 */
import type { DType } from "../base/dtype.ts";
import { repeatedAxes, sameShape, type Shape } from "../base/shape.ts";
import { apply } from "../call/apply.ts";
import { primitiveNamed } from "../call/catalog.ts";
import { withRecording } from "../call/record.ts";
import { cast as castExpr, type Expr, input } from "../expr/expr.ts";
import { add as addExpr, mul as mulExpr, mulOrZero as mulOrZeroExpr } from "../expr/scalars/arithmetic.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type * as attributes from "./attributes.ts";

function call<A>(op: string, inputs: readonly Tensor[], attributes: A): Tensor {
  return apply(primitiveNamed<A>(op), inputs, attributes);
}

/** Declares a map of one expression, to be called again and again. */
export function mapping(name: string, expr: Expr): (...inputs: Tensor[]) => Tensor {
  const attributes: attributes.MapAttributes = { name, exprs: [expr] };
  return (...inputs) => call("map", inputs, attributes);
}

/** {@link mapping} of an expression that is built of its inputs. */
export function mapped(name: string, build: (...inputs: Expr[]) => Expr): (...inputs: Tensor[]) => Tensor {
  return mapping(name, build(...Array.from({ length: build.length }, (_, i) => input(i))));
}

/** a + b, broadcasting. */
export const add: (a: Tensor, b: Tensor) => Tensor = mapping("add", addExpr(input(0), input(1)));

/** a · b, broadcasting. */
export const mul: (a: Tensor, b: Tensor) => Tensor = mapping("mul", mulExpr(input(0), input(1)));

/** a · b, in which a factor of 0 is stronger than one that overflowed. */
export const mulOrZero: (a: Tensor, b: Tensor) => Tensor = mapping(
  "product",
  mulOrZeroExpr(input(0), input(1)),
);

const casts = new Map<DType, (x: Tensor) => Tensor>();

/** Elements converted to a dtype. */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  let to = casts.get(dtype);
  if (!to) casts.set(dtype, to = mapping(`to ${dtype}`, castExpr(input(0), dtype)));
  return to(x);
}

/** The sum over axes. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  const attributes: attributes.ReduceAttributes = { kind: "sum", name: "identity", expr: input(0), axes };
  return call("reduce", [x], attributes);
}

/** The sum over the axes along which `shape` would have to be repeated to give the tensor's. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const axes = repeatedAxes(x.shape, shape);
  return reshape(axes.length === 0 ? x : sum(x, axes), shape);
}

/** Another shape of the same elements. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return call<attributes.ShapeAttributes>("reshape", [x], { shape });
}

/** Repeated to a shape. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return call<attributes.ShapeAttributes>("expand", [x], { shape });
}

/** Axes in another order. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  return call<attributes.PermuteAttributes>("permute", [x], { axes });
}

/** The last two axes exchanged. */
export function transpose(x: Tensor): Tensor {
  const n = x.rank;
  return permute(x, [...Array.from({ length: n - 2 }, (_, i) => i), n - 1, n - 2]);
}

/** Every `step`-th element per axis. */
export function slice(x: Tensor, attributes: attributes.SliceAttributes): Tensor {
  return call("slice", [x], attributes);
}

/** `count` elements from `start` along an axis. */
export function narrow(x: Tensor, axis: number, start: number, count: number): Tensor {
  return slice(x, {
    starts: x.shape.map((_, i) => i === axis ? start : 0),
    counts: x.shape.map((n, i) => i === axis ? count : n),
    steps: x.shape.map(() => 1),
  });
}

/** Elements along an axis in reverse. */
export function flip(x: Tensor, axis: number): Tensor {
  return slice(x, {
    starts: x.shape.map((n, i) => i === axis ? Math.max(n - 1, 0) : 0),
    counts: x.shape,
    steps: x.shape.map((_, i) => i === axis ? -1 : 1),
  });
}

/** Elements with a constant around and between them. */
export function pad(x: Tensor, attributes: attributes.PadAttributes): Tensor {
  return call("pad", [x], attributes);
}

/** Tensors one after another along an axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  return call<attributes.AxisAttributes>("concat", parts, { axis });
}

/** Windows along an axis as a new last axis. */
export function unfold(x: Tensor, attributes: attributes.UnfoldAttributes): Tensor {
  return call("unfold", [x], attributes);
}

/** Windows added where they overlap. */
export function fold(x: Tensor, attributes: attributes.FoldAttributes): Tensor {
  return call("fold", [x], attributes);
}

/** What accumulates along an axis, of one input, or two for the linear recurrence. */
export function cumulate(inputs: readonly Tensor[], attributes: attributes.CumulateAttributes): Tensor {
  return call("cumulate", inputs, attributes);
}

/** The product of matrices. */
export function product(a: Tensor, b: Tensor): Tensor {
  return call("matmul", [a, b], null);
}

/** 0, 1, 2, … along an axis, repeated to a shape, as i32. */
export function positions(shape: Shape, axis: number, like: Tensor): Tensor {
  const ones = filled(1, shape, { dtype: "i32", backend: like.backend });
  const counted = cumulate([ones], { kind: "sum", axis, reverse: false });
  return minusOne(counted);
}

const minusOne = mapping("sub", addExpr(input(0), -1));

/** Another tensor of the same elements, linked to the first on the tape and in forward mode. */
export function aliasOf(x: Tensor): Tensor {
  return call("alias", [x], null);
}

/** The same elements off the tape; unlike with `detach()`, a tangent stays with them. */
export function offTape(x: Tensor): Tensor {
  return withRecording(false, () => aliasOf(x));
}
