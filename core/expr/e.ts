import type { DType } from "../base/dtype.ts";
import { cast, constant, type Expr, input } from "./expr.ts";
import { builders, type Operand, operand } from "./scalar.ts";
import type * as activation from "./scalars/activation.ts";
import type * as arithmetic from "./scalars/arithmetic.ts";
import type * as floats from "./scalars/floats.ts";
import type * as logic from "./scalars/logic.ts";
import type * as plane from "./scalars/plane.ts";
import type * as powers from "./scalars/powers.ts";
import type * as transcendental from "./scalars/transcendental.ts";
import { square } from "./scalars/arithmetic.ts";
import "./scalars/activation.ts";
import "./scalars/floats.ts";
import "./scalars/plane.ts";
import "./scalars/powers.ts";

/**
 * Builds expressions: one function a scalar function, and inputs, constants and casts.
 *
 * @category Expressions
 */
export type ExprBuilder =
  & Omit<
    & typeof logic
    & typeof arithmetic
    & typeof transcendental
    & typeof powers
    & typeof plane
    & typeof floats
    & typeof activation,
    "later"
  >
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
 * @category Expressions
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
  // All that the files above define but for parts of rules, under the names that they export it by.
  ...builders as unknown as ExprBuilder,
  square,
  input,
  constant,
  cast: (x, dtype) => cast(operand(x), dtype),
};
