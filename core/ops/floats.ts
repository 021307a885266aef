/** Floats by their parts, and their neighbours. */
import { registerFunctions } from "../call/catalog.ts";
import { type BinaryOp, defineElementwise } from "../define/elementwise.ts";
import { checkFloating } from "../define/operands.ts";
import { e } from "../expr/e.ts";
import type { Expr } from "../expr/expr.ts";
import { mapped } from "../primitives/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The number of the dtype that is next to a on the way to b, elementwise, broadcasting; b where they are equal. The
 * gradient is that of a: `torch.nextafter`. Integers give f32.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { nextafter, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 0], { dtype: "f64" });
 * assertEquals(await nextafter(x, 2).array(), [1 + Number.EPSILON, Number.MIN_VALUE]);
 * ```
 */
export const nextafter: BinaryOp = /* @__PURE__ */ defineElementwise(
  "nextafter",
  (a, b) => e.nextAfter(a, b),
);

/**
 * Fractions and exponents of 2 that {@link frexp} gives.
 *
 * @category Elementwise
 */
export interface MantissaAndExponent {
  /** From ½ to 1 in size, or 0. */
  readonly mantissa: Tensor;
  /** As i32. */
  readonly exponent: Tensor;
}

// 0 of 0, NaN and the infinities, which are their own mantissas.
function exponentOf(x: Expr): Expr {
  return e.select(e.or(e.eq(x, 0), e.not(e.isFinite(x))), 0, e.add(e.exponentOf(x), 1));
}

const exponents = /* @__PURE__ */ mapped("frexp", (x) => e.cast(exponentOf(x), "i32"));
const mantissas = /* @__PURE__ */ mapped("frexp", (x) => e.scaleByPower(x, e.neg(exponentOf(x))));

/**
 * x as a mantissa from ½ to 1 in size times a power of 2, elementwise: `torch.frexp`. Integers are a {@link DtypeError}.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { frexp, ldexp, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([12, -0.3, 0]), { mantissa, exponent } = frexp(x);
 * assertEquals(await exponent.array(), [4, -1, 0]);
 * assertEquals(await ldexp(mantissa, exponent).array(), await x.array());
 * ```
 */
export function frexp(x: Tensor): MantissaAndExponent {
  checkFloating("frexp", x);
  return { mantissa: mantissas(x), exponent: exponents(x) };
}

registerFunctions({ frexp: 1 });
