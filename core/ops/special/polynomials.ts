/** Orthogonal polynomials, elementwise. */
import { type BinaryOp, defineElementwise } from "../../define/elementwise.ts";
import * as family from "./recurrence.ts";

/**
 * Chebyshev's polynomial Tₙ(x) of the first kind, elementwise, broadcasting. The order n is cut to a whole number, below 0
 * the result is 0; it has no gradient, x has one, unlike PyTorch's. Of orders above 2²⁰, on WebGPU above 64, it is NaN.
 * Integers give f32. It is `torch.special.chebyshev_polynomial_t`.
 *
 * @category Special functions
 * @example
 * ```ts
 * import { special, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable(0.5), y = special.chebyshevPolynomialT(x, tensor([0, 1, 2, 3]));
 * assertEquals(await y.array(), [1, 0.5, -0.5, -1]);
 * y.slice(2).backward();
 * assertEquals(await x.grad!.item(), 2); // of 2x² - 1
 * ```
 */
export const chebyshevPolynomialT: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.chebyshevPolynomialT",
  (x, n) => family.chebyshevT(x, n),
);

/**
 * Chebyshev's polynomial Uₙ(x) of the second kind, elementwise, with the orders of {@link chebyshevPolynomialT}:
 * `torch.special.chebyshev_polynomial_u`.
 *
 * @category Special functions
 */
export const chebyshevPolynomialU: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.chebyshevPolynomialU",
  (x, n) => family.gegenbauer(2)(x, n),
);

/**
 * Chebyshev's polynomial Vₙ(x) of the third kind, elementwise, with the orders of {@link chebyshevPolynomialT}:
 * `torch.special.chebyshev_polynomial_v`.
 *
 * @category Special functions
 */
export const chebyshevPolynomialV: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.chebyshevPolynomialV",
  (x, n) => family.chebyshevV(x, n),
);

/**
 * Chebyshev's polynomial Wₙ(x) of the fourth kind, elementwise, with the orders of {@link chebyshevPolynomialT}:
 * `torch.special.chebyshev_polynomial_w`.
 *
 * @category Special functions
 */
export const chebyshevPolynomialW: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.chebyshevPolynomialW",
  (x, n) => family.chebyshevW(x, n),
);

/**
 * {@link chebyshevPolynomialT} at 2x - 1: `torch.special.shifted_chebyshev_polynomial_t`.
 *
 * @category Special functions
 */
export const shiftedChebyshevPolynomialT: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.shiftedChebyshevPolynomialT",
  (x, n) => family.shiftedT(x, n),
);

/**
 * {@link chebyshevPolynomialU} at 2x - 1: `torch.special.shifted_chebyshev_polynomial_u`.
 *
 * @category Special functions
 */
export const shiftedChebyshevPolynomialU: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.shiftedChebyshevPolynomialU",
  (x, n) => family.shiftedU(x, n),
);

/**
 * {@link chebyshevPolynomialV} at 2x - 1: `torch.special.shifted_chebyshev_polynomial_v`.
 *
 * @category Special functions
 */
export const shiftedChebyshevPolynomialV: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.shiftedChebyshevPolynomialV",
  (x, n) => family.shiftedV(x, n),
);

/**
 * {@link chebyshevPolynomialW} at 2x - 1: `torch.special.shifted_chebyshev_polynomial_w`.
 *
 * @category Special functions
 */
export const shiftedChebyshevPolynomialW: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.shiftedChebyshevPolynomialW",
  (x, n) => family.shiftedW(x, n),
);

/**
 * The physicists' Hermite polynomial Hₙ(x), elementwise, with the orders of {@link chebyshevPolynomialT}:
 * `torch.special.hermite_polynomial_h`.
 *
 * @category Special functions
 */
export const hermitePolynomialH: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.hermitePolynomialH",
  (x, n) => family.hermite(x, n),
);

/**
 * The probabilists' Hermite polynomial Heₙ(x), elementwise, with the orders of {@link chebyshevPolynomialT}:
 * `torch.special.hermite_polynomial_he`.
 *
 * @category Special functions
 */
export const hermitePolynomialHe: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.hermitePolynomialHe",
  (x, n) => family.hermiteHe(x, n),
);

/**
 * Laguerre's polynomial Lₙ(x), elementwise, with the orders of {@link chebyshevPolynomialT}:
 * `torch.special.laguerre_polynomial_l`.
 *
 * @category Special functions
 */
export const laguerrePolynomialL: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.laguerrePolynomialL",
  (x, n) => family.laguerre(0)(x, n),
);

/**
 * Legendre's polynomial Pₙ(x), elementwise, with the orders of {@link chebyshevPolynomialT}:
 * `torch.special.legendre_polynomial_p`.
 *
 * @category Special functions
 */
export const legendrePolynomialP: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.legendrePolynomialP",
  (x, n) => family.gegenbauer(1)(x, n),
);
