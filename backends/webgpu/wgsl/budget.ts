/** How far the scalar functions of the library may be from their values. */
import { e, evaluate, type Expr } from "@tapegrad/core";

function rows(names: string, units: number): Record<string, number> {
  return Object.fromEntries(names.split(" ").map((name) => [name, units]));
}

/**
 * The largest distance in f32 from the value in f64, by the function's name: in units of the last place of that value, or
 * of {@link unitSize} where this is larger; one rounding is 1/2. Not counted are subnormal numbers, which a device may
 * take for 0, so that up to 2^-126 may be missing from a result.
 */
export const ulpBudget: Readonly<Record<string, number>> = {
  ...rows("lt le gt ge eq ne and or xor not isNaN isFinite select", 0),
  ...rows("bitAnd bitOr bitXor shiftLeft shiftRight shiftRightLogical", 0),
  ...rows("neg abs sign maximum minimum fmax fmin clamp floor ceil trunc round copysign fmod", 0),
  ...rows("add sub mul remainder floorDivide", 0.5),
  // Half a unit where we measured; WGSL leaves devices more room.
  ...rows("div reciprocal sqrt", 1),
  ...rows("exp exp2 log log2 log10 log1p asin acos pow", 1),
  ...rows("sin cos atan cosh tanh atanh expm1 rsqrt softsign hypot", 1.5),
  ...rows("tan sinh asinh atan2 erf sigmoid softplus xlogy", 2),
  ...rows("acosh erfinv lerp", 2.5),
  ...rows("sinc logaddexp", 3),
  ...rows("erfc", 4.5),
  ...rows("lgamma", 5),
  ...rows("digamma", 6),
  ...rows("polygamma", 8),
};

const x = e.input(0), order = e.input(1);
const values = { lgamma: e.lgamma(x), digamma: e.digamma(x), polygamma: e.polygamma(order, x) };

function size(root: Expr, ...inputs: number[]): number {
  return Math.abs(evaluate(root, inputs));
}

/**
 * Below which size the units of a function's result do not shrink, by its operands: that of the terms which cancel
 * near a zero of the function. Where a function is not named it is 0.
 */
export const unitSize: Readonly<Record<string, (...operands: number[]) => number>> = {
  // In f64 too πx is rounded, which moves the zeros of its sine.
  sinc: (x) => 1 / (Math.PI * Math.abs(x)),
  lerp: (a, b, w) => Math.max(Math.abs(a), Math.abs(b), Math.abs(w * (b - a))),
  logaddexp: (a, b) => {
    const apart = Math.abs(a - b);
    return Math.max(Math.abs(Math.max(a, b)), Math.log1p(Math.exp(-apart)) * Math.max(1, apart));
  },
  lgamma: (x) => x < 0 ? Math.max(1, size(values.lgamma, 1 - x)) : 0,
  digamma: (x) => x < 0 ? Math.max(1, size(values.digamma, 1 - x)) : 0,
  polygamma: (n, x) => {
    if (n === 0) return unitSize.digamma(x);
    if (x > 0) return 0;
    return size(values.polygamma, x - Math.floor(x), n) + size(values.polygamma, Math.ceil(x) - x, n);
  },
};
