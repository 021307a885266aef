/** How far the scalar functions of the library may be from their values. */
import { e, evaluate } from "@tapegrad/core/backend";

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
  ...rows("bitAnd bitOr bitXor shiftLeft shiftRight shiftRightLogical bitcastI32 bitcastU32 bitcastF32", 0),
  ...rows(
    "neg abs sign maximum minimum fmax fmin clamp floor ceil trunc round copysign fmod exponentOf nextAfter",
    0,
  ),
  ...rows("add sub mul mulOrZero fma scaleByPower remainder floorDivide", 0.5),
  // Half a unit where we measured; WGSL leaves devices more room.
  ...rows("div reciprocal sqrt", 1),
  ...rows("exp exp2 log log2 log10 log1p asin acos pow", 1),
  ...rows("sin cos atan cosh tanh atanh expm1 rsqrt softsign hypot", 1.5),
  ...rows("tan sinh asinh atan2 erf sigmoid softplus xlogy xlog1py normalDensity", 2),
  ...rows("acosh erfinv", 2.5),

  ...rows("sinc logaddexp silu lerp normalQuantile", 3),
  ...rows("erfc normalCdf gelu geluTanh mish tanhshrink", 4.5),
  ...rows("lgamma", 5),
  ...rows("digamma", 6),
  ...rows("polygamma", 8),
};

const x = e.input(0), order = e.input(1);
const polygamma = e.polygamma(order, x);

/**
 * Below which size the units of a function's result do not shrink, by its operands: next to zeros for which there is no
 * exact reduction. Where a function is not named it is 0.
 */
export const unitSize: Readonly<Record<string, (...operands: number[]) => number>> = {
  // 5 and 6 units of it are below 2^-21.
  lgamma: (x) => x < 0 ? 0.5 : 0,
  digamma: (x) => x < 0 ? 0.5 : 0,
  // That of what is left where the terms next to 0 cancel.
  polygamma: (n, x) => n === 0 ? 0.5 : x < 0 ? Math.abs(evaluate(polygamma, [1 - x, n])) : 0,
  // In twice the digits of f32, of terms below 1 and of the size of the operands, unless these are out of range.
  logaddexp: (a, b) => Math.max(a, b) < 0 ? 2 ** -22 : 0,
  lerp: (a, b, w) => {
    const across = Math.abs(b - a);
    return Math.max(across, Math.abs(w * across)) > 2 ** 127
      ? Infinity
      : 2 ** -22 * Math.max(Math.abs(a), w * across);
  },
};
