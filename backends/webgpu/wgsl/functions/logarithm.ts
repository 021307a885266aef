/** Logarithms and inverse hyperbolic functions. The error beside a fit is relative to the function. */
import { polynomial } from "./text.ts";

// (log(1 + f) - f + f^2/2) / f^3, sqrt(1/2) <= 1 + f <= sqrt(2): error 2^-30.3.
const LOG = [
  0.33333313,
  -0.2500001,
  0.2000208,
  -0.16668017,
  0.14220099,
  -0.124052644,
  0.11884857,
  -0.11678018,
  0.067564435,
];
// (asinh(x) - x) / x^3 in x^2, |x| <= 1/2: error 2^-33.9.
const ASINH = [-0.16666666, 0.07499907, -0.044616096, 0.03003357, -0.020049585, 0.00925663];
// (atanh(x) - x) / x^3 in x^2, |x| <= 1/2: error 2^-32.8.
const ATANH = [0.33333337, 0.19999622, 0.14297815, 0.109294005, 0.10524477, 0.016959585, 0.18513992];

/** log 2 in two parts, of which the first has so few bits that its products with exponents are exact. */
export const LN2_HIGH = "0.693359375f", LN2_LOW = "-0.00021219444f";

/** A logarithm to another base: a product with 1 / ln(base) in parts, and log(2) to that base in parts. */
function toBase(name: string, scale: [string, string, string], two: [string, string]): string {
  const [whole, high, low] = scale;
  return `fn ${name}_f32(x: f32) -> f32 {
  if (!isOrdinary(x)) { return logOfEdge(x); }
  let parts = logReduced(x);
  let f = parts.x;
  let k = parts.y;
  let half = 0.5f * f * f;
  let first = head(f - half);
  let rest = ((f - first) - half) + logRest(f);
  return k * ${two[0]} + settled(first * ${high} + settled(rest * ${whole} + (first * ${low} + k * ${
    two[1]
  })));
}`;
}

/** log x and its like. */
export const logarithm: readonly string[] = [
  "fn isOrdinary(x: f32) -> bool { return bitcast<u32>(x) - 1u < 0x7f7fffffu; }",
  // The logarithm of what is not a positive finite number.
  `fn logOfEdge(x: f32) -> f32 {
  if (bitcast<u32>(x) << 1u == 0u) { return fromBits(0xff800000u); }
  return fromBits(select(0x7fc00000u, 0x7f800000u, bitcast<u32>(x) == 0x7f800000u));
}`,
  // f and k so that x = (1 + f) 2^k, sqrt(1/2) <= 1 + f < sqrt(2); subnormal numbers too.
  `fn logReduced(x: f32) -> vec2f {
  let bits = bitcast<u32>(x);
  let shift = select(0u, countLeadingZeros(bits) - 8u, bits < 0x800000u);
  let above = bitcast<i32>((bits << shift) - 0x3f3504f3u);
  let fraction = bitcast<f32>((bitcast<u32>(above) & 0x7fffffu) + 0x3f3504f3u) - 1f;
  return vec2f(fraction, f32((above >> 23u) - i32(shift)));
}`,
  `fn logRest(f: f32) -> f32 { return f * f * f * ${polynomial("f", LOG)}; }`,
  // log(1 + f) + k log 2 + low.
  `fn logOfParts(f: f32, k: f32, low: f32) -> f32 {
  return k * ${LN2_HIGH} + settled(f - settled(0.5f * f * f - settled(logRest(f) + (k * ${LN2_LOW} + low))));
}`,
  `fn log_f32(x: f32) -> f32 {
  if (!isOrdinary(x)) { return logOfEdge(x); }
  let parts = logReduced(x);
  return logOfParts(parts.x, parts.y, 0f);
}`,
  toBase("log2", ["1.442695f", "1.4423828f", "0.00031222839f"], ["1f", "0f"]),
  toBase("log10", ["0.4342945f", "0.4342041f", "9.038034e-5f"], ["0.30102539f", "4.605039e-6f"]),
  // What 1 + x would lose goes its own way: without its last two bits x is added exactly, and below -1/2 with them.
  `fn log1p_f32(x: f32) -> f32 {
  if (abs_f32(x) < 0x1p-25f) { return x; }
  if (x > -0.29f && x < 0.41f) { return logOfParts(x, 0f, 0f); }
  if (!isOrdinary(1f + x)) { return logOfEdge(1f + x); }
  let most = select(bitcast<f32>(bitcast<u32>(x) & 0xfffffffcu), x, x < -0.5f);
  let sum = 1f + most;
  let parts = logReduced(sum);
  return logOfParts(parts.x, parts.y, (x - most) / sum);
}`,
  `fn asinh_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  let z = size * size;
  if (size < 0.5f) { return withSign(size + size * z * ${polynomial("z", ASINH)}, x); }
  if (size < 4096f) { return withSign(log1p_f32(size + z / (1f + sqrt(z + 1f))), x); }
  return withSign(logOfDouble(size), x);
}`,
  // log(2x), which does not overflow.
  `fn logOfDouble(x: f32) -> f32 {
  if (!isOrdinary(x)) { return logOfEdge(x); }
  let parts = logReduced(x);
  return logOfParts(parts.x, parts.y + 1f, 0f);
}`,
  `fn acosh_f32(x: f32) -> f32 {
  if (isNaN_f32(x) || x < 1f) { return fromBits(0x7fc00000u); }
  if (x > 4096f) { return logOfDouble(x); }
  let above = x - 1f;
  return log1p_f32(above + sqrt(above * (above + 2f)));
}`,
  `fn atanh_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  if (size < 0.5f) {
    let z = size * size;
    return withSign(size + size * z * ${polynomial("z", ATANH)}, x);
  }
  if (isNaN_f32(x) || size > 1f) { return fromBits(0x7fc00000u); }
  return withSign(0.5f * log1p_f32((size + size) / (1f - size)), x);
}`,
];
