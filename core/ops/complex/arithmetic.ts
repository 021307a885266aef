/** Products, quotients and powers of complex numbers. */
import { dtypes } from "../../base/dtype.ts";
import { ShapeError, showShape } from "../../base/errors.ts";
import { defineOp } from "../../define/composite.ts";
import { e } from "../../expr/e.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { matmul as product } from "../linear_algebra.ts";
import { stack } from "../joining.ts";
import { reshape } from "../shape.ts";
import { elementPairs, meeting, pairFunction, type Parts, twoPairFunction } from "./expressions.ts";
import type { ComplexOp } from "./making.ts";

/**
 * A function of two complex numbers, pairs `[…, 2]`, which broadcast and meet in one dtype.
 *
 * @category Complex numbers
 */
export type ComplexBinaryOp = (z: Tensor, w: Tensor) => Tensor;

/**
 * z·w, elementwise: `torch.mul` of complex numbers. Sums and differences are those of the pairs, `add` and `sub`.
 *
 * @category Complex numbers
 * @example
 * ```ts
 * import { complex, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const z = variable([1, 2]), w = tensor([[3, -1], [0, 1]]);
 * assertEquals(await complex.mul(z, w).array(), [[5, 5], [-2, 1]]);
 * assertEquals(await complex.div(complex.mul(z, w), w).array(), [[1, 2], [1, 2]]);
 * complex.abs(complex.mul(z, z)).backward(); // |z|², whose gradient is 2z
 * assertEquals(await z.grad!.array(), [2, 4]);
 * ```
 */
export const mul: ComplexBinaryOp = /* @__PURE__ */ twoPairFunction(
  "complex.mul",
  ([a, b], [c, d]) => [e.sub(e.mul(a, c), e.mul(b, d)), e.add(e.mul(a, d), e.mul(b, c))],
);

// Smith's: the smaller part over the larger one is no more than 1, so that nothing overflows that need not.
function quotient([a, b]: Parts, [c, d]: Parts): Parts {
  const isWide = e.ge(e.abs(c), e.abs(d)), large = e.select(isWide, c, d), small = e.select(isWide, d, c);
  const ratio = e.div(small, large), divisor = e.add(large, e.mul(small, ratio));
  const re = e.select(isWide, e.add(a, e.mul(b, ratio)), e.add(e.mul(a, ratio), b));
  const im = e.select(isWide, e.sub(b, e.mul(a, ratio)), e.sub(e.mul(b, ratio), a));
  return [e.div(re, divisor), e.div(im, divisor)];
}

/**
 * z/w, elementwise, without overflow between: `torch.div` of complex numbers.
 *
 * @category Complex numbers
 */
export const div: ComplexBinaryOp = /* @__PURE__ */ twoPairFunction("complex.div", quotient);

/**
 * 1/z, elementwise: `torch.reciprocal` of complex numbers.
 *
 * @category Complex numbers
 */
export const reciprocal: ComplexOp = /* @__PURE__ */ pairFunction(
  "complex.reciprocal",
  (re, im) => quotient([e.constant(1), e.constant(0)], [re, im]),
);

/**
 * Products of matrices of complex numbers, `[…, m, k, 2]` and `[…, k, n, 2]`, by one of real ones; leading extents
 * broadcast: `torch.matmul` of complex numbers.
 *
 * @category Complex numbers
 * @example
 * ```ts
 * import { complex, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const z = tensor([[[1, 1], [0, 2]]]), w = tensor([[[1, 0]], [[0, 1]]]);
 * assertEquals(await complex.matmul(z, w).array(), [[[-1, 1]]]);
 * ```
 */
export const matmul: ComplexBinaryOp = /* @__PURE__ */ defineOp("complex.matmul", (z, w) => {
  const [left, right] = meeting("complex.matmul", [z, w]);
  if (left.rank < 3 || right.rank < 3 || left.shape.at(-2) !== right.shape.at(-3)) {
    throw new ShapeError(
      `Cannot complex.matmul ${showShape(left.shape)} and ${showShape(right.shape)}: ` +
        "[…, m, k, 2] and […, k, n, 2] are needed",
      { op: "complex.matmul", shapes: [left.shape, right.shape] },
    );
  }
  const [m, k] = left.shape.slice(-3), [n] = right.shape.slice(-2), rows = right.shape.slice(0, -3);
  // Below each row of w its product with i: what the imaginary parts of z multiply.
  const both = reshape(stack([right, turned(right)], -3), [...rows, 2 * k, 2 * n]);
  const flat = product(reshape(left, [...left.shape.slice(0, -3), m, 2 * k]), both);
  return reshape(flat, [...flat.shape.slice(0, -1), n, 2]);
}, { dtypes, arity: 2 });

const turned: ComplexOp = /* @__PURE__ */ elementPairs("complex.matmul", (re, im) => [e.neg(im), re]);
