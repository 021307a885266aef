import type { DType } from "../base/dtype.ts";
import { cast, constant, type Expr, input } from "./expr.ts";
import {
  type BinaryBuilder,
  type Operand,
  operand,
  type TernaryBuilder,
  type UnaryBuilder,
} from "./scalar.ts";
import * as activation from "./scalars/activation.ts";
import * as arithmetic from "./scalars/arithmetic.ts";
import * as logic from "./scalars/logic.ts";
import * as transcendental from "./scalars/transcendental.ts";

/** The functions of one operand, by name. */
export type UnaryName =
  | ("not" | "isNaN" | "isFinite" | "neg" | "abs" | "sign" | "square" | "reciprocal" | "sqrt" | "rsqrt")
  | ("floor" | "ceil" | "trunc" | "round" | "exp" | "exp2" | "expm1" | "log" | "log1p" | "log2" | "log10")
  | (
    | "sin"
    | "cos"
    | "tan"
    | "asin"
    | "acos"
    | "atan"
    | "sinh"
    | "cosh"
    | "tanh"
    | "asinh"
    | "acosh"
    | "atanh"
  )
  | ("sinc" | "erf" | "erfc" | "erfinv" | "lgamma" | "digamma" | "sigmoid" | "softplus");

/** The functions of two operands, by name. */
export type BinaryName =
  | ("lt" | "le" | "gt" | "ge" | "eq" | "ne" | "and" | "or" | "xor")
  | ("bitAnd" | "bitOr" | "bitXor" | "shiftLeft" | "shiftRight" | "shiftRightLogical")
  | ("add" | "sub" | "mul" | "div" | "pow" | "maximum" | "minimum" | "fmax" | "fmin")
  | ("floorDivide" | "remainder" | "fmod" | "copysign" | "hypot" | "atan2")
  | ("logaddexp" | "xlogy" | "polygamma");

/** The functions of three operands, by name. */
export type TernaryName = "select" | "clamp";

/** Builds expressions: one function a scalar function, and inputs, constants and casts. */
export type ExprBuilder =
  & Readonly<Record<UnaryName, UnaryBuilder>>
  & Readonly<Record<BinaryName, BinaryBuilder>>
  & Readonly<Record<TernaryName, TernaryBuilder>>
  & {
    /** The `index`-th input. */
    readonly input: (index: number) => Expr;
    /** A number, of the dtype of what it meets. */
    readonly constant: (value: number) => Expr;
    /** `x` converted to a dtype. */
    readonly cast: (x: Operand, dtype: DType) => Expr;
  };

/**
 * Builds scalar expressions. Numbers are accepted wherever an expression is.
 *
 * @example
 * ```ts
 * import { e, evaluate } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const relu = e.maximum(e.input(0), 0);
 * assertEquals(evaluate(relu, [-3]), 0);
 * ```
 */
export const e: ExprBuilder = {
  ...logic,
  ...arithmetic,
  ...transcendental,
  ...activation,
  input,
  constant,
  cast: (x, dtype) => cast(operand(x), dtype),
};
