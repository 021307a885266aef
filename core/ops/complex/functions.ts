/** Functions of complex numbers. */
import { e } from "../../expr/e.ts";
import type { Expr } from "../../expr/expr.ts";
import { pairFunction, type Parts, realFunction } from "./expressions.ts";
import type { ComplexOp } from "./making.ts";

function isZero(re: Expr, im: Expr): Expr {
  return e.and(e.eq(re, 0), e.eq(im, 0));
}

// The same but at 0, where slopes would be NaN: 1 there, which has none.
function awayFromZero(re: Expr, im: Expr): Parts {
  const zero = isZero(re, im);
  return [e.select(zero, 1, re), e.select(zero, 0, im)];
}

/**
 * The absolute value, elementwise, without overflow between; its gradient at 0 is 0: `torch.abs` of complex numbers.
 *
 * @category Complex numbers
 * @example
 * ```ts
 * import { complex, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const z = variable([[3, 4], [0, 0]]);
 * assertEquals(await complex.abs(z).array(), [5, 0]);
 * assertEquals(await complex.angle(z).sin().sum().item(), Math.fround(0.8));
 * complex.abs(z).mul(5).sum().backward();
 * assertEquals(await z.grad!.array(), [[3, 4], [0, 0]]);
 * ```
 */
export const abs: ComplexOp = /* @__PURE__ */ realFunction(
  "complex.abs",
  (re, im) => e.select(isZero(re, im), 0, e.hypot(...awayFromZero(re, im))),
);

/**
 * The angle from -π to π, elementwise; its gradient at 0 is 0: `torch.angle`.
 *
 * @category Complex numbers
 */
export const angle: ComplexOp = /* @__PURE__ */ realFunction("complex.angle", (re, im) => {
  const [x, y] = awayFromZero(re, im), turn = e.atan2(y, x);
  // At -0 it is that of the numbers below: a difference which has no slope.
  const isBelow = e.and(isZero(re, im), e.gt(e.abs(e.atan2(im, re)), 2));
  return e.add(turn, e.select(isBelow, e.mul(Math.PI, sideOf(im)), 0));
});

// -1 of what is below 0, -0 too, and 1, without a slope.
function sideOf(x: Expr): Expr {
  return e.select(e.lt(e.atan2(x, -1), 0), -1, 1);
}

/**
 * z/|z|, elementwise, and 0 of 0: `torch.sgn` of complex numbers.
 *
 * @category Complex numbers
 */
export const sgn: ComplexOp = /* @__PURE__ */ pairFunction("complex.sgn", (re, im) => {
  const [x, y] = awayFromZero(re, im), size = e.hypot(x, y);
  return [e.select(isZero(re, im), 0, e.div(x, size)), e.div(y, size)];
});

/**
 * e to the power of z, elementwise: `torch.exp` of complex numbers.
 *
 * @category Complex numbers
 * @example
 * ```ts
 * import { complex, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await complex.sqrt(tensor([[-4, 0], [3, 4]])).array(), [[0, 2], [2, 1]]);
 * assertEquals(await complex.exp(complex.log(tensor([1, 0]))).array(), [1, 0]);
 * ```
 */
export const exp: ComplexOp = /* @__PURE__ */ pairFunction("complex.exp", (re, im) => {
  const size = e.exp(re);
  return [e.mulOrZero(size, e.cos(im)), e.mulOrZero(size, e.sin(im))];
});

// Next to 1 by what |z|² is more than 1, whose digits the root would lose.
function logSize(re: Expr, im: Expr): Expr {
  const [x, y] = [e.abs(re), e.abs(im)], large = e.maximum(x, y), small = e.minimum(x, y);
  const size = e.hypot(re, im), isNear = e.and(e.gt(size, 0.7), e.lt(size, 1.5));
  const more = e.add(e.mul(e.sub(large, 1), e.add(large, 1)), e.mul(small, small));
  return e.select(isNear, e.mul(0.5, e.log1p(e.select(isNear, more, 0))), e.log(size));
}

/**
 * The principal logarithm, log|z| + i·angle(z), elementwise: `torch.log` of complex numbers.
 *
 * @category Complex numbers
 */
export const log: ComplexOp = /* @__PURE__ */ pairFunction(
  "complex.log",
  (re, im) => [logSize(re, im), e.atan2(im, re)],
);

/**
 * The principal square root, whose real part is not below 0, elementwise: `torch.sqrt` of complex numbers.
 *
 * @category Complex numbers
 */
export const sqrt: ComplexOp = /* @__PURE__ */ pairFunction("complex.sqrt", (re, im) => {
  // Halves, whose sum does not overflow; the other part is a quotient, in which nothing cancels.
  const isRight = e.ge(re, 0), half = e.mul(0.5, re);
  const large = e.sqrt(e.add(e.select(isRight, half, e.neg(half)), e.hypot(half, e.mul(0.5, im))));
  const small = e.div(im, e.mul(2, e.select(e.eq(large, 0), 1, large))), side = sideOf(im);
  return [e.select(isRight, large, e.mul(side, small)), e.select(isRight, small, e.mul(side, large))];
});
