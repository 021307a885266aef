/** The logarithm of the gamma function and its derivatives. */
import { polynomial } from "./text.ts";

// lgamma(1 + t) / (t (t - 1)) - 1/2 in t, -0.2 <= t <= 2: relative error 2^-28.4.
const LGAMMA_P = [0.077215664, -0.09566282, -0.22653411, -0.08939854, -0.0072502494];
const LGAMMA_Q = [1, 1.9372824, 1.2063972, 0.26547474, 0.01520774];
// Stirling's remainder times x in 1/x^2, x >= 3: error 2^-32.2 x.
const STIRLING = [0.08333333, -0.0027772523, 7.78358e-4, -4.2026173e-4];
// (sin(pi r) / (pi r) - 1) / r^2 in r^2, |r| <= 1/2: error 2^-33.9 / r^2.
const SINE = [-1.644934, 0.811742, -0.19074535, 0.02610443, -0.0022146916];
// digamma(1 + t) / (t - zero) - 3/4 in t, 0 <= t <= 2: relative error 2^-25.8.
const DIGAMMA_P = [0.50038016, -0.038176898, -0.2860993, -0.055141367, -1.0450579e-4];
const DIGAMMA_Q = [1, 1.631793, 0.71168965, 0.07952666];
// (digamma(y + 1/2) - log(y)) y^2 in 1/y^2, y >= 5/2: error 2^-34.4 y^2.
const DIGAMMA_TAIL = [0.041666653, -0.007290365, 0.0038030937, -0.0035338833, 0.0029624081];
// B(2j) / (2j)! for j = 1, 2, ...
const BERNOULLI = [0.083333336, -0.0013888889, 3.306878e-5, -8.2671956e-7, 2.0876756e-8];

function ratio(x: string, p: readonly number[], q: readonly number[]): string {
  return `${polynomial(x, p)} / ${polynomial(x, q)}`;
}

/** `lgamma`, `digamma` and `polygamma`. */
export const gamma: readonly string[] = [
  // lgamma(1 + t), -0.2 <= t <= 2.
  `fn lgammaNear(t: f32) -> f32 {
  if (t == 0f || t == 1f) { return 0f; }
  return t * (t - 1f) * (0.5f + ${ratio("t", LGAMMA_P, LGAMMA_Q)});
}`,
  // lgamma(x) for x >= 3, with log(x) - 1 as log(x / 4) + (log(4) - 1): smaller numbers, smaller roundings.
  `fn lgammaFar(x: f32) -> f32 {
  if (!isFinite_f32(x)) { return x; }
  let parts = logReduced(x);
  let u = 1f / (x * x);
  let rest = 0.41893853f + ${polynomial("u", STIRLING)} / x;
  return (x - 0.5f) * logOfParts(parts.x, parts.y - 2f, 0.38629436f) + rest;
}`,
  // Below 0 from Gamma(x) Gamma(1 - x) = pi / |sin(pi x)|.
  `fn lgamma_f32(x: f32) -> f32 {
  if (isNaN_f32(x)) { return x; }
  if (!isFinite_f32(x)) { return fromBits(0x7f800000u); }
  if (x >= 3f) { return lgammaFar(x); }
  if (x >= 0.8f) { return lgammaNear(x - 1f); }
  if (x >= 0f) { return lgammaNear(x) - log_f32(abs_f32(x)); }
  let r = abs_f32(x - round(x));
  let z = r * r;
  if (r == 0f) { return fromBits(0x7f800000u); }
  let sine = log_f32(r * (1f + z * ${polynomial("z", SINE)}));
  if (x > -2f) { return -sine - lgammaNear(-x); }
  return -sine - lgammaFar(1f - x);
}`,
  // digamma(1 + t), 0 <= t <= 2, with its zero to more digits than one f32 holds.
  `fn digammaNear(t: f32) -> f32 {
  let gap = settled(t - 0.46163213f) - 1.243815e-8f;
  return gap * (0.75f + ${ratio("t", DIGAMMA_P, DIGAMMA_Q)});
}`,
  // digamma(y + 1/2), y >= 5/2.
  `fn digammaFar(y: f32) -> f32 {
  let u = 1f / (y * y);
  return log_f32(y) + u * ${polynomial("u", DIGAMMA_TAIL)};
}`,
  // Below 0 from digamma(1 - x) - digamma(x) = pi cot(pi x), which is -pi tan(pi x + pi/2).
  `fn digamma_f32(x: f32) -> f32 {
  if (isNaN_f32(x)) { return x; }
  if (x >= 3f) { return digammaFar(x - 0.5f); }
  if (x >= 1f) { return digammaNear(x - 1f); }
  if (abs_f32(x) < 0x1p-24f) { return -1f / x - 0.5772157f; }
  if (x > 0f) { return digammaNear(x) - 1f / x; }
  if (x == floor(x)) { return fromBits(0x7fc00000u); }
  let n = round(2f * x);
  let turns = 2f * x - n;
  let cotangent = -3.1415927f * tangentOf(quarterTurns(head(turns), turns - head(turns), u32(1 - i32(n))));
  if (x > -2f) { return digammaNear(-x) - cotangent; }
  return digammaFar(0.5f - x) - cotangent;
}`,
  // (n - 1)! / x^n, in an order in which nothing overflows too early.
  `fn factorialOverPower(n: i32, x: f32) -> f32 {
  var product = 1f / x;
  for (var k = 1; k < n; k++) { product = product * (f32(k) / x); }
  return product;
}`,
  // n! times the sum of (x + k)^-(n + 1) over k = 0, 1, 2 ..., x > 0: Euler-Maclaurin from x + k = n + 5 on.
  `fn hurwitz(n: i32, x: f32) -> f32 {
  let degree = f32(n);
  let terms = i32(max(0f, ceil(degree + 5f - x)));
  let start = x + f32(terms);
  let u = 1f / (start * start);
  var factor = (degree + 1f) / start;
  var rest = 0.5f;
  ${
    BERNOULLI.map((b, j) =>
      `rest = rest + ${b}f * factor;
  factor = factor * ((degree + ${2 * j + 2}f) * (degree + ${2 * j + 3}f)) * u;`
    ).join("\n  ")
  }
  var sum = factorialOverPower(n, start) * (1f + degree / start * rest);
  for (var k = terms - 1; k >= 0; k--) { sum = sum + factorialOverPower(n + 1, x + f32(k)); }
  return sum;
}`,
  // Below 0 the sum over k = 0, 1, 2 ... is that over all whole k less that over k = -1, -2 ...
  `fn polygamma_f32(order: f32, x: f32) -> f32 {
  if (order == 0f) { return digamma_f32(x); }
  if (isNaN_f32(x) || !(order > 0f) || order != floor(order)) { return fromBits(0x7fc00000u); }
  let n = i32(min(order, 170f));
  let sign = select(1f, -1f, (n & 1) == 0);
  if (x > 0f) { return sign * hurwitz(n, x); }
  if (x == floor(x)) { return sign * fromBits(0x7f800000u); }
  return sign * hurwitz(n, x - floor(x)) + (hurwitz(n, ceil(x) - x) - hurwitz(n, 1f - x));
}`,
];
