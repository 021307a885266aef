/** Functions whose gradient is the cotangent times a derivative. */
import type { Expr } from "../expr.ts";
import { unary, type UnaryBuilder } from "../scalar.ts";
import { mul } from "./arithmetic.ts";

/** A function of one operand that gives floats, by its derivative, from its value and its operand. */
export function smooth(
  name: string,
  derivative: (y: Expr, x: Expr) => Expr,
  evaluate?: (x: number) => number,
): UnaryBuilder {
  return unary(name, (ct, y, x) => mul(ct, derivative(y, x)), {
    result: "float",
    ...evaluate && { evaluate },
  });
}
