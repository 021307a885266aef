/** Complex matrices as pairs of real ones. */
import { product, transpose } from "../../../primitives/functions.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { add, div, mul, neg, square, sub } from "../../arithmetic.ts";
import { concat, stack } from "../../joining.ts";
import { squeeze } from "../../shape.ts";
import { narrow } from "../../windows.ts";

/** Real and imaginary parts of one shape. */
export interface Complex {
  readonly re: Tensor;
  readonly im: Tensor;
}

/** From pairs on a trailing axis. */
export function fromPairs(x: Tensor): Complex {
  return { re: squeeze(narrow(x, -1, 0, 1), -1), im: squeeze(narrow(x, -1, 1, 1), -1) };
}

/** What is made of each part. */
export function eachPart({ re, im }: Complex, fn: (x: Tensor) => Tensor): Complex {
  return { re: fn(re), im: fn(im) };
}

/** The sum. */
export function plus(a: Complex, b: Complex): Complex {
  return { re: add(a.re, b.re), im: add(a.im, b.im) };
}

/** The difference. */
export function minus(a: Complex, b: Complex): Complex {
  return { re: sub(a.re, b.re), im: sub(a.im, b.im) };
}

/** The product of matrices. */
export function times(a: Complex, b: Complex): Complex {
  return {
    re: sub(product(a.re, b.re), product(a.im, b.im)),
    im: add(product(a.re, b.im), product(a.im, b.re)),
  };
}

/** The quotient of elements, where the divisor is no number so large or small that its square is lost. */
export function over(a: Complex, b: Complex): Complex {
  const size = add(square(b.re), square(b.im));
  return {
    re: div(add(mul(a.re, b.re), mul(a.im, b.im)), size),
    im: div(sub(mul(a.im, b.re), mul(a.re, b.im)), size),
  };
}

/** The conjugate transpose. */
export function adjoint({ re, im }: Complex): Complex {
  return { re: transpose(re), im: neg(transpose(im)) };
}

/** x of a·x = b, by `solve` of real matrices of twice the extent. */
export function solved(a: Complex, b: Complex, solve: (a: Tensor, b: Tensor) => Tensor): Complex {
  const n = a.re.shape.at(-1)!, rows = concat([concat([a.re, neg(a.im)], -1), concat([a.im, a.re], -1)], -2);
  const x = solve(rows, concat([b.re, b.im], -2));
  return { re: narrow(x, -2, 0, n), im: narrow(x, -2, n, n) };
}

/** To pairs on a trailing axis. */
export function toPairs({ re, im }: Complex): Tensor {
  return stack([re, im], -1);
}
