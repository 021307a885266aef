import type { DType } from "../base/dtype.ts";
import { cast, constant, type Expr, input } from "./expr.ts";
import { type Operand, operand } from "./scalar.ts";
import * as activation from "./scalars/activation.ts";
import * as arithmetic from "./scalars/arithmetic.ts";
import * as floats from "./scalars/floats.ts";
import * as logic from "./scalars/logic.ts";
import * as plane from "./scalars/plane.ts";
import * as powers from "./scalars/powers.ts";
import * as transcendental from "./scalars/transcendental.ts";

/** Builds expressions: one function a scalar function, and inputs, constants and casts. */
export type ExprBuilder =
  & typeof logic
  & typeof arithmetic
  & typeof transcendental
  & typeof powers
  & typeof plane
  & typeof floats
  & typeof activation
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
  ...powers,
  ...plane,
  ...transcendental,
  ...activation,
  ...floats,
  input,
  constant,
  cast: (x, dtype) => cast(operand(x), dtype),
};
