/** What reductions have in common. */
import { reducedShape, type Shape } from "../base/shape.ts";
import { apply } from "../call/apply.ts";
import { e } from "../expr/e.ts";
import type { ElementExpr, ReduceKind } from "../primitives/attributes.ts";
import { reduce, reducedCount } from "../primitives/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ReduceOptions } from "./reductions.ts";
import { reshape } from "./shape.ts";

const squaredDifference: ElementExpr = {
  name: "squared difference",
  expr: e.square(e.sub(e.input(0), e.input(1))),
};

/** The options of reductions, by values of their kinds. */
export const reducing = { keepDims: false };

/** Σ(x - center)² over axes. */
export function squaresAround(x: Tensor, center: Tensor, axes: readonly number[]): Tensor {
  return apply(reduce, [x, center], { kind: "sum", ...squaredDifference, axes });
}

/** What a sum over axes is divided by: how many elements, less a correction, no less than nothing. */
export function leftToDivide(shape: Shape, axes: readonly number[], correction: number): number {
  return Math.max(0, reducedCount(shape, axes) - correction);
}

/** A reduction of an expression of inputs over axes, which stay with extent 1 where asked. */
export function reduceMap(
  kind: ReduceKind,
  { name, expr }: ElementExpr,
  inputs: readonly Tensor[],
  axes: readonly number[],
  options: ReduceOptions,
): Tensor {
  const result = apply(reduce, inputs, { kind, name, expr, axes });
  return options.keepDims ? reshape(result, reducedShape(inputs[0].shape, axes, true)) : result;
}
