/** Sums and means of elementwise ops, in one kernel that computes and adds. */
import { type DType, isFloating } from "../base/dtype.ts";
import { DtypeError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { apply } from "../call/apply.ts";
import { cast as castExpr, type Expr, input } from "../expr/expr.ts";
import { div } from "../expr/scalars/arithmetic.ts";
import type { MapAttributes } from "../primitives/attributes.ts";
import { cast, mapping } from "../primitives/functions.ts";
import { commonShape, resultType } from "../primitives/map.ts";
import { reduce } from "../primitives/reduce.ts";
import { cached } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { elementwiseCall } from "./elementwise.ts";

/**
 * The sum of all elements of what an elementwise op gives: `sum(op(…operands))`, which rounds alike, in one kernel. A
 * function that {@link defineElementwise} did not declare is a `TypeError`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { mul, sumOf, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([1, 2, 3]), product = sumOf(mul, x, tensor([1, 0, 10]));
 * product.backward();
 * assertEquals([await product.item(), await x.grad!.array()], [31, [1, 0, 10]]);
 * ```
 */
export function sumOf<A extends readonly unknown[]>(op: (...operands: A) => Tensor, ...operands: A): Tensor {
  const { tensors, attributes, dtype } = callOf("sum", op, operands);
  return summed(tensors, attributes, [dtype]);
}

/**
 * The mean of all elements of what an elementwise op gives: `mean(op(…operands))`, which rounds alike, with one kernel
 * for the elements; NaN of none. Results that are not floating are a {@link DtypeError}.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { defineElementwise, e, meanOf, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const distance = defineElementwise("distance", (x, y) => e.abs(e.sub(x, y)));
 * assertEquals(await meanOf(distance, tensor([1, 2]), tensor([4, 1])).item(), 2);
 * ```
 */
export function meanOf<A extends readonly unknown[]>(op: (...operands: A) => Tensor, ...operands: A): Tensor {
  const { tensors, attributes, dtype } = callOf("average", op, operands);
  if (!isFloating(dtype)) {
    throw new DtypeError(
      `Cannot take the mean of ${attributes.name}, which is ${dtype}: it would be rounded, cast with to("f32")`,
      { op: "mean", dtypes: [dtype] },
    );
  }
  const wide = dtype === "f16" ? "f32" : dtype, count = sizeOf(commonShape(attributes.name, tensors));
  const total = summed(tensors, attributes, [dtype, wide]);
  return cast(quotient(total, cached(total.backend, wide, count)), dtype);
}

const quotient = mapping("div", div(input(0), input(1)));

interface Summand {
  readonly tensors: readonly Tensor[];
  readonly attributes: MapAttributes;
  readonly dtype: DType;
}

function callOf(asked: string, op: (...operands: never) => Tensor, operands: readonly unknown[]): Summand {
  const call = elementwiseCall(op, operands as readonly Tensor[]);
  if (!call) {
    throw new TypeError(
      `Cannot ${asked} ${described(op)}: an op that defineElementwise() declared is needed`,
    );
  }
  return { ...call, dtype: resultType(call.attributes.exprs[0], call.tensors) };
}

const rounded = new WeakMap<Expr, Map<string, Expr>>();

// Elements are rounded as if they were stored, in one dtype after the other.
function summed(
  tensors: readonly Tensor[],
  { name, exprs: [expr] }: MapAttributes,
  dtypes: readonly DType[],
): Tensor {
  let known = rounded.get(expr);
  if (!known) rounded.set(expr, known = new Map());
  const key = dtypes.join();
  let elements = known.get(key);
  if (!elements) known.set(key, elements = dtypes.reduce(castExpr, expr));
  const axes = commonShape(name, tensors).map((_, i) => i);
  return apply(reduce, tensors, { kind: "sum", name, expr: elements, axes });
}
