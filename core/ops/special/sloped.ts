/** Scalar functions that are put together from others, with derivatives of their own. */
import type { Expr } from "../../expr/expr.ts";
import { type Operand, operand, part, type TernaryBuilder } from "../../expr/scalar.ts";
import { productError } from "../../expr/compensated.ts";
import { mul, neg } from "../../expr/scalars/arithmetic.ts";
import { fma } from "../../expr/scalars/floats.ts";

/** A function of one number, in expressions. */
export type Curve = (x: Operand) => Expr;

/** Its operand as a float: squares of integers would wrap. */
const float = /* @__PURE__ */ part("special_float", [(ct) => ct], {
  result: "float",
  evaluate: (x) => x,
  expand: (x) => x,
  simplify: (x) => x.fn?.name === "special_float" ? x : null,
});

/** c - a·b for a c next to that product, exactly; where f32 is computed in double precision, in that. */
export const left: TernaryBuilder = /* @__PURE__ */ part("special_left", [null, null, null], {
  result: "same",
  evaluate: (a, b, c) => c - a * b - productError(a, b, a * b),
  expand: (a, b, c) => fma(neg(a), b, c),
});

/**
 * A function by what computes it on every backend, and by its derivative, of the operand and the value. The first is an
 * approximation, whose own derivative has fewer digits or none: `special_…(value, x)` is the value, and its gradient is
 * that to x alone.
 */
export function sloped(name: string, value: (x: Expr) => Expr, slope: (x: Expr, y: Expr) => Expr): Curve {
  const tied = part(`special_${name}`, [null, (ct, y, _value, x) => mul(ct, slope(x, y))], {
    result: "float",
    evaluate: (value) => value,
    expand: (value) => value,
  });
  return (x) => {
    const at = float(operand(x));
    return tied(value(at), at);
  };
}
