/**
 * Scalar expressions alone: how they are built, what they mean, their dtypes and their derivatives. What it takes to
 * compute them everywhere is loaded by `@tapegrad/core/backend` and `@tapegrad/core`: functions in simpler ones, and
 * the code in double precision of special functions, of activations, `lerp`, `logaddexp` and of the bits of floats,
 * which {@link evaluate} refuses without it. Tensors, which are made of expressions, are in `@tapegrad/core`.
 *
 * @module
 */
export { type DType, dtypes } from "../base/dtype.ts";
export { gradientExprs, type GradientOptions, tangentExpr } from "./derivative.ts";
export { e, type ExprBuilder } from "./e.ts";
export { castNumber, evaluate, implementationOf } from "./evaluate.ts";
export { Expr, type ExprKind, input, inputsOf, topological } from "./expr.ts";
export { rewrite, substitute } from "./rewrite.ts";
export {
  type BinaryBuilder,
  type Builder,
  defineScalar,
  type Operand,
  type ResultRule,
  type ScalarFunction,
  scalarFunctions,
  type ScalarRule,
  type TernaryBuilder,
  type UnaryBuilder,
} from "./scalar.ts";
export { computedIn, typeOf, typesOf } from "./typing.ts";
