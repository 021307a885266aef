/** Exponential and hyperbolic functions. The error beside a fit is relative to the function. */
import { LN2_HIGH, LN2_LOW } from "./logarithm.ts";
import { polynomial } from "./text.ts";

// (exp(r) - 1 - r) / r^2, |r| <= 0.36: error 2^-32.8.
const EXP = [0.5, 0.16666666, 0.041666433, 0.0083335675, 0.0013938424, 0.00019749082];
// (tanh(x) - x) / x^3 in x^2, |x| <= 0.63: error 2^-32.2.
const TANH = [-0.3333333, 0.13333218, -0.053947587, 0.02170287, -0.00817868, 0.0021413406];
// (sinh(x) - x) / x^3 in x^2, |x| <= 1: error 2^-31.6.
const SINH = [0.16666667, 0.0083333105, 0.00019842896, 2.7822132e-6];

const RANGE = `
  if (isNaN_f32(x)) { return x; }
  if (x > 90f) { return fromBits(0x7f800000u); }`;

/** e^x and what is made of it. */
export const exponential: readonly string[] = [
  `fn expRest(r: f32) -> f32 { return r * r * ${polynomial("r", EXP)}; }`,
  // exp(x + low) 2^k, for a low of less than an eighth and k of -1, 0 or 32.
  `fn expScaled(x: f32, low: f32, k: i32) -> f32 {${RANGE}
  if (x < -105f) { return 0f; }
  let n = floor(x * 1.442695f + 0.5f);
  let most = x - n * ${LN2_HIGH};
  let first = head(most);
  let rest = ((most - first) - n * ${LN2_LOW}) + low;
  return scaled(1f + settled(first + settled(rest + expRest(first + rest))), i32(n) + k);
}`,
  "fn exp_f32(x: f32) -> f32 { return expScaled(x, 0f, 0); }",
  `fn exp2_f32(x: f32) -> f32 {
  if (isNaN_f32(x)) { return x; }
  if (x >= 128f) { return fromBits(0x7f800000u); }
  if (x < -151f) { return 0f; }
  let n = floor(x + 0.5f);
  let r = (x - n) * 0.6931472f;
  return scaled(1f + settled(r + expRest(r)), i32(n));
}`,
  // 2^n (e^r - 1) + 2^n - 1.
  `fn expm1_f32(x: f32) -> f32 {${RANGE}
  if (x < -20f) { return -1f; }
  if (abs_f32(x) < 0x1p-25f) { return x; }
  let n = floor(x * 1.442695f + 0.5f);
  let r = (x - n * ${LN2_HIGH}) - n * ${LN2_LOW};
  let less = settled(r + expRest(r));
  if (n == 0f) { return less; }
  return scaled(less + (1f - powerOfTwo(i32(max(-n, -30f)))), i32(n));
}`,
  `fn sinh_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  if (size < 1f) {
    let z = size * size;
    return withSign(size + size * z * ${polynomial("z", SINH)}, x);
  }
  let half = expScaled(size, 0f, -1);
  return withSign(half - 0.25f / half, x);
}`,
  `fn cosh_f32(x: f32) -> f32 {
  let half = expScaled(abs_f32(x), 0f, -1);
  return half + 0.25f / half;
}`,
  `fn tanh_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  if (size < 0.625f) {
    let z = size * size;
    return withSign(size + size * z * ${polynomial("z", TANH)}, x);
  }
  return withSign(1f - 2f / (exp_f32(size + size) + 1f), x);
}`,
  // From the side on which the exponential does not overflow.
  `fn sigmoid_f32(x: f32) -> f32 {
  let t = exp_f32(-abs_f32(x));
  if (x < 0f && t < 0.25f) { return t - t * t / (1f + t); }
  return select(t, 1f, x >= 0f) / (1f + t);
}`,
];
