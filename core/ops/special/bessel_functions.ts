/** Bessel functions and Airy's, elementwise. */
import { defineElementwise, type UnaryOp } from "../../define/elementwise.ts";
import { airy } from "./airy.ts";
import * as bessel from "./bessel.ts";
import * as first from "./modified_first.ts";
import * as second from "./modified_second.ts";

/**
 * The modified Bessel function I₀ of the first kind, elementwise; Infinity at both infinities, where PyTorch has NaN.
 * Integers give f32. It is `torch.i0`, `torch.special.i0` and `torch.special.modified_bessel_i0`.
 *
 * @category Special functions
 * @example
 * ```ts
 * import { special, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = variable(1, { dtype: "f64" });
 * const y = special.i0(x);
 * y.backward();
 * assertAlmostEquals(await y.item(), 1.2660658777520084, 1e-15);
 * assertEquals(await x.grad!.item(), await special.i1(x).item());
 * ```
 */
export const i0: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.i0",
  (x) => first.i0(x),
);

/**
 * The modified Bessel function I₁ of the first kind, elementwise; infinite at the infinities, where PyTorch has NaN.
 * Integers give f32. It is `torch.special.i1` and `torch.special.modified_bessel_i1`.
 *
 * @category Special functions
 */
export const i1: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.i1",
  (x) => first.i1(x),
);

/**
 * e^-|x|·I₀(x), elementwise, which does not overflow; its gradient at 0 is 0. Integers give f32:
 * `torch.special.i0e`.
 *
 * @category Special functions
 */
export const i0e: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.i0e",
  (x) => first.i0e(x),
);

/**
 * e^-|x|·I₁(x), elementwise, which does not overflow; integers give f32: `torch.special.i1e`.
 *
 * @category Special functions
 */
export const i1e: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.i1e",
  (x) => first.i1e(x),
);

export {
  /** The same as {@link i0}. */
  i0 as modifiedBesselI0,
  /** The same as {@link i1}. */
  i1 as modifiedBesselI1,
};

/**
 * The modified Bessel function K₀ of the second kind, elementwise; Infinity at 0, NaN below, integers give f32. It is
 * `torch.special.modified_bessel_k0`, with a gradient.
 *
 * @category Special functions
 */
export const modifiedBesselK0: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.modifiedBesselK0",
  (x) => second.k0(x),
);

/**
 * The modified Bessel function K₁ of the second kind, elementwise; Infinity at 0, NaN below, integers give f32. It is
 * `torch.special.modified_bessel_k1`, with a gradient.
 *
 * @category Special functions
 */
export const modifiedBesselK1: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.modifiedBesselK1",
  (x) => second.k1(x),
);

/**
 * eˣ·K₀(x), elementwise, which does not underflow; integers give f32. It is
 * `torch.special.scaled_modified_bessel_k0`, with a gradient.
 *
 * @category Special functions
 */
export const scaledModifiedBesselK0: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.scaledModifiedBesselK0",
  (x) => second.k0e(x),
);

/**
 * eˣ·K₁(x), elementwise, which does not underflow; integers give f32. It is
 * `torch.special.scaled_modified_bessel_k1`, with a gradient.
 *
 * @category Special functions
 */
export const scaledModifiedBesselK1: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.scaledModifiedBesselK1",
  (x) => second.k1e(x),
);

/**
 * The Bessel function J₀ of the first kind, elementwise; 0 at both infinities, where PyTorch has NaN. It and its slope
 * are within 8 units of the last place next to their zeros too, whose digits are those of f64 twice; on a device without
 * f64 next to the first 8, beyond which it has the digits of √(2/πx), within which it swings. Integers give f32. It is
 * `torch.special.bessel_j0`, with a gradient.
 *
 * @category Special functions
 * @example
 * ```ts
 * import { special, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor([0, 2.404825557695773, Infinity], { dtype: "f64" });
 * const [top, zero, end] = await special.besselJ0(x).data();
 * assertAlmostEquals(zero, 0, 1e-16);
 * assertEquals([top, end], [1, 0]);
 * ```
 */
export const besselJ0: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.besselJ0",
  (x) => bessel.j0(x),
);

/**
 * The Bessel function J₁ of the first kind, elementwise, with the edges and digits of {@link besselJ0}. It is
 * `torch.special.bessel_j1`, with a gradient.
 *
 * @category Special functions
 */
export const besselJ1: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.besselJ1",
  (x) => bessel.j1(x),
);

/**
 * The Bessel function Y₀ of the second kind, elementwise; -Infinity at 0, NaN below, 0 at Infinity, where PyTorch has NaN;
 * with the digits of {@link besselJ0}. It is `torch.special.bessel_y0`, with a gradient.
 *
 * @category Special functions
 */
export const besselY0: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.besselY0",
  (x) => bessel.y0(x),
);

/**
 * The Bessel function Y₁ of the second kind, elementwise; -Infinity at 0, NaN below, 0 at Infinity, where PyTorch has NaN;
 * with the digits of {@link besselJ0}. It is `torch.special.bessel_y1`, with a gradient.
 *
 * @category Special functions
 */
export const besselY1: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.besselY1",
  (x) => bessel.y1(x),
);

/**
 * The spherical Bessel function j₀(x) = sin(x)/x, elementwise; 1 at 0, integers give f32. It is
 * `torch.special.spherical_bessel_j0`, with a gradient.
 *
 * @category Special functions
 */
export const sphericalBesselJ0: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.sphericalBesselJ0",
  (x) => bessel.sphericalJ0(x),
);

/**
 * Airy's function Ai, elementwise; 0 at both infinities, where PyTorch has NaN. Below 0 it swings, with the digits of
 * |x|^-¼/√π next to its zeros. Integers give f32. It is `torch.special.airy_ai`, with a gradient.
 *
 * @category Special functions
 * @example
 * ```ts
 * import { special, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const y = await special.airyAi(tensor([0, -Infinity, 200], { dtype: "f64" })).data();
 * assertAlmostEquals(y[0], 3 ** (-2 / 3) / 1.3541179394264005, 1e-15); // over Γ(2/3)
 * assertEquals([y[1], y[2]], [0, 0]);
 * ```
 */
export const airyAi: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.airyAi",
  (x) => airy(x),
);
