/** Activations in pieces: linear or constant on one side at least. */
import { defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { saturating } from "../define/numbers.ts";
import { e } from "../expr/e.ts";
import type { Expr } from "../expr/expr.ts";
import type { Operand } from "../expr/scalar.ts";
import type { ParametricOp, RangeOp } from "./activation.ts";

// Written so that NaN passes and the gradient at 0 is 0.
/**
 * max(x, 0), elementwise, of the dtype of x; the gradient at 0 is 0, NaN stays. `torch.nn.functional.relu`.
 *
 * @category Activations
 * @example
 * ```ts
 * import { relu, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([-1, 0, 2]);
 * const y = relu(x);
 * y.sum().backward();
 * assertEquals(await y.array(), [0, 0, 2]);
 * assertEquals(await x.grad!.array(), [0, 0, 1]);
 * assertEquals(await relu(NaN).item(), NaN);
 * ```
 */
export const relu: UnaryOp = defineElementwise("relu", (x) => e.select(e.le(x, 0), 0, x));

/**
 * x limited to 0 … 6, elementwise, of the dtype of x; the gradient at both ends is 0.
 * `torch.nn.functional.relu6`.
 *
 * @category Activations
 */
export const relu6: UnaryOp = defineElementwise(
  "relu6",
  (x) => e.select(e.le(x, 0), 0, e.select(e.ge(x, 6), 6, x)),
);

/**
 * x above 0, slope·x at and below it, elementwise; the slope is 0.01 unless given. `torch.nn.functional.leaky_relu`.
 *
 * @category Activations
 * @example
 * ```ts
 * import { leakyRelu, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await leakyRelu(tensor([-4, 0, 4]), 0.25).array(), [-1, 0, 4]);
 * const slope = variable(0.25);
 * leakyRelu(tensor([-4, 4]), slope).sum().backward();
 * assertEquals(await slope.grad!.item(), -4); // a slope can be learned
 * ```
 */
export const leakyRelu: ParametricOp = defineElementwise(
  "leakyRelu",
  (x, slope) => e.select(e.gt(x, 0), x, e.mul(slope, x)),
  { defaults: [0.01] },
);

// At 0 it has the slope of the curve below and no curvature.
function eluOf(x: Expr, alpha: Operand): Expr {
  return e.select(e.lt(x, 0), e.mul(alpha, e.expm1(x)), e.mul(e.select(e.eq(x, 0), alpha, 1), x));
}

/**
 * x above 0, α(eˣ - 1) at and below it, elementwise; α is 1 unless given. Clevert et al. (2015).
 * `torch.nn.functional.elu`.
 *
 * @category Activations
 */
export const elu: ParametricOp = defineElementwise(
  "elu",
  (x, alpha) => eluOf(x, alpha),
  { defaults: [1] },
);

/**
 * x above 0, α(e^(x/α) - 1) at and below it, elementwise; α is 1 unless given. Unlike {@link elu} its slope
 * is continuous for every α. Barron (2017). `torch.nn.functional.celu`.
 *
 * @category Activations
 * @example
 * ```ts
 * import { celu, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable(0);
 * celu(x, 0.5).backward();
 * assertEquals(await x.grad!.item(), 1);
 * assertEquals(await celu(tensor([-Infinity, 2]), 0.5).array(), [-0.5, 2]);
 * ```
 */
export const celu: ParametricOp = defineElementwise(
  "celu",
  (x, alpha) => e.select(e.lt(x, 0), e.mul(alpha, e.expm1(e.div(x, alpha))), x),
  { defaults: [1] },
);

// Klambauer et al., "Self-Normalizing Neural Networks" (2017), equation 2.
const SELU_SCALE = 1.0507009873554805, SELU_ALPHA = 1.6732632423543772;

/**
 * λx above 0, λα(eˣ - 1) at and below it, elementwise, with the constants of Klambauer et al. (2017),
 * equation 2. `torch.nn.functional.selu`.
 *
 * @category Activations
 */
export const selu: UnaryOp = defineElementwise("selu", (x) => e.mul(SELU_SCALE, eluOf(x, SELU_ALPHA)));

// The gradient at the bounds is 0, unlike clamp's.
/**
 * x limited to low … high (-1 … 1 unless given), elementwise, broadcasting, `high` winning if they
 * cross; the gradient at the bounds is 0, unlike that of {@link clamp}. `torch.nn.functional.hardtanh`.
 *
 * @category Activations
 * @example
 * ```ts
 * import { hardtanh, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([-1, 0.5, 3]);
 * const y = hardtanh(x, -1, 2);
 * y.sum().backward();
 * assertEquals(await y.array(), [-1, 0.5, 2]);
 * assertEquals(await x.grad!.array(), [0, 1, 0]);
 * ```
 */
export const hardtanh: RangeOp = defineElementwise(
  "hardtanh",
  (x, low, high) =>
    e.select(e.le(x, low), e.select(e.gt(low, high), high, low), e.select(e.ge(x, high), high, x)),
  { defaults: [-1, 1], numbers: saturating },
);

/**
 * x/6 + ½ limited to 0 … 1, elementwise; the gradient at the bounds ±3 is 0. `torch.nn.functional.hardsigmoid`.
 *
 * @category Activations
 */
export const hardsigmoid: UnaryOp = defineElementwise(
  "hardsigmoid",
  (x) => e.select(e.le(x, -3), 0, e.select(e.ge(x, 3), 1, e.div(e.add(x, 3), 6))),
);

/**
 * x·relu6(x + 3)/6, elementwise: 0 below -3, x above 3. Howard et al. (2019). `torch.nn.functional.hardswish`.
 *
 * @category Activations
 */
export const hardswish: UnaryOp = defineElementwise("hardswish", (x) => {
  const above = e.add(x, 3), curve = e.div(e.mul(x, above), 6);
  // At ±3 it has the slope of the curve and no curvature.
  const tangent = e.select(e.gt(x, 0), e.mul(1.5, e.sub(x, 1)), e.mul(-0.5, above));
  const inside = e.select(e.eq(e.abs(x), 3), tangent, curve);
  return e.select(e.lt(x, -3), -0, e.select(e.gt(x, 3), x, inside));
});

/**
 * x outside -λ … λ, 0 inside and at ±λ, elementwise; λ is ½ unless given. `torch.nn.functional.hardshrink`.
 *
 * @category Activations
 */
export const hardshrink: ParametricOp = defineElementwise(
  "hardshrink",
  (x, lambda) => e.select(e.and(e.ge(x, e.neg(lambda)), e.le(x, lambda)), 0, x),
  { defaults: [0.5] },
);

/**
 * x moved by λ towards 0, and 0 inside -λ … λ, elementwise; λ is ½ unless given.
 * `torch.nn.functional.softshrink`.
 *
 * @category Activations
 */
export const softshrink: ParametricOp = defineElementwise(
  "softshrink",
  (x, lambda) =>
    e.select(e.gt(x, lambda), e.sub(x, lambda), e.select(e.lt(x, e.neg(lambda)), e.add(x, lambda), 0)),
  { defaults: [0.5] },
);
