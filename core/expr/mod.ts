/**
 * Scalar expressions alone: how they are built, what they mean, their dtypes and their derivatives, and how a backend
 * brings them to the functions that it has. Tensors, which are made of them, are in `@tapegrad/core`.
 *
 * @module
 */
export { type DType, dtypes } from "../base/dtype.ts";
export { gradientExprs, type GradientOptions, tangentExpr } from "./derivative.ts";
export { e, type ExprBuilder } from "./e.ts";
export { castNumber, evaluate, implementationOf } from "./evaluate.ts";
export { Expr, type ExprKind, input, inputsOf, topological } from "./expr.ts";
export { type Knows, legalize } from "./legalize.ts";
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
