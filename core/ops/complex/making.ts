/** Complex numbers made of real ones, and their parts. */
import { dtypes } from "../../base/dtype.ts";
import { defineOp } from "../../define/composite.ts";
import { e } from "../../expr/e.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { pairFunction, pairOfReals } from "./expressions.ts";
import { floating, fromReals, pairsOf, partOf } from "./pairs.ts";

/**
 * A function of complex numbers, pairs `[…, 2]`; a last axis that is no pair is a {@link ShapeError}.
 *
 * @category Complex numbers
 */
export type ComplexOp = (z: Tensor) => Tensor;

function ofPairs(op: string, of: ComplexOp): ComplexOp {
  return defineOp(op, (z) => of(pairsOf(op, z)), { dtypes });
}

/**
 * Real numbers as complex ones, whose imaginary parts are 0.
 *
 * @category Complex numbers
 * @example
 * ```ts
 * import { complex, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([3, 4]);
 * assertEquals(await complex.fromReal(x).array(), [[3, 0], [4, 0]]);
 * const z = complex.fromParts(x, tensor([0, 1]));
 * assertEquals(await z.array(), [[3, 0], [4, 1]]);
 * assertEquals(await complex.imag(complex.conj(z)).array(), [-0, -1]);
 * ```
 */
export const fromReal: (x: Tensor) => Tensor = /* @__PURE__ */ defineOp(
  "complex.fromReal",
  (x) => fromReals(floating("complex.fromReal", x)),
  { dtypes },
);

/**
 * Complex numbers of their real and their imaginary parts, which broadcast and meet in one dtype: `torch.complex`.
 *
 * @category Complex numbers
 */
export const fromParts: (re: Tensor, im: Tensor) => Tensor = /* @__PURE__ */ pairOfReals(
  "complex.fromParts",
  (re, im) => [re, im],
);

/**
 * Complex numbers of their absolute values and angles: `torch.polar`.
 *
 * @category Complex numbers
 * @example
 * ```ts
 * import { complex, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const i = complex.polar(tensor(1), tensor(Math.PI / 2));
 * const [re, im] = await complex.mul(i, i).data();
 * assertAlmostEquals(re, -1, 1e-6);
 * assertAlmostEquals(im, 0, 1e-6);
 * ```
 */
export const polar: (abs: Tensor, angle: Tensor) => Tensor = /* @__PURE__ */ pairOfReals(
  "complex.polar",
  (r, angle) => [e.mul(r, e.cos(angle)), e.mul(r, e.sin(angle))],
);

/**
 * The real parts, as a view: `torch.real`.
 *
 * @category Complex numbers
 */
export const real: ComplexOp = /* @__PURE__ */ ofPairs("complex.real", (z) => partOf(z, 0));

/**
 * The imaginary parts, as a view: `torch.imag`.
 *
 * @category Complex numbers
 */
export const imag: ComplexOp = /* @__PURE__ */ ofPairs("complex.imag", (z) => partOf(z, 1));

/**
 * The conjugates, computed: `torch.conj`, `torch.conj_physical`.
 *
 * @category Complex numbers
 */
export const conj: ComplexOp = /* @__PURE__ */ pairFunction("complex.conj", (re, im) => [re, e.neg(im)]);

/**
 * Pairs as the complex numbers that they are, the tensor itself: `torch.view_as_complex`. A last axis that is no pair is
 * a {@link ShapeError}.
 *
 * @category Complex numbers
 */
export const viewAsComplex: ComplexOp = /* @__PURE__ */ ofPairs("complex.viewAsComplex", (z) => z);

/**
 * Complex numbers as the pairs that they are, the tensor itself: `torch.view_as_real`.
 *
 * @category Complex numbers
 */
export const viewAsReal: ComplexOp = /* @__PURE__ */ ofPairs("complex.viewAsReal", (z) => z);
