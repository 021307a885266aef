/** The logarithm of the gamma function and its derivatives. */
import { LN2_HIGH, LN2_LOW } from "./logarithm.ts";
import { polynomial } from "./text.ts";

// lgamma(1 + t) / (t (t - 1)) - 1/2 in t, -0.2 <= t <= 2: relative error 2^-28.4.
const LGAMMA_P = [0.077215664, -0.09566282, -0.22653411, -0.08939854, -0.0072502494];
const LGAMMA_Q = [1, 1.9372824, 1.2063972, 0.26547474, 0.01520774];
// Stirling's remainder times x in 1/x^2, x >= 3: error 2^-32.2 x.
const STIRLING = [0.08333333, -0.0027772523, 7.78358e-4, -4.2026173e-4];
// (sin(pi r) / (pi r) - 1) / r^2 in r^2, |r| <= 1/2: error 2^-33.9 / r^2.
const SINE = [-1.644934, 0.811742, -0.19074535, 0.02610443, -0.0022146916];
// (1/r - pi cot(pi r)) / r in r^2, |r| <= 1/2: relative error 2^-30.9.
const COTANGENT_P = [3.289868, -1.7854879, 0.09669771], COTANGENT_Q = [1, -1.2006967, 0.20094615];
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

/** Statements that put the rest of Euler-Maclaurin's sum from `start` on into `rest`, each term times that of a power. */
function eulerMaclaurin(times: (power: number) => string): string {
  const terms = BERNOULLI.map((b, j) =>
    `rest = rest + ${b}f * factor${times(2 * j + 2)};
  factor = factor * ((degree + ${2 * j + 2}f) * (degree + ${2 * j + 3}f)) * u;`
  );
  return `let u = 1f / (start * start);
  var factor = (degree + 1f) / start;
  var rest = 0.5f${times(1)};
  ${terms.join("\n  ")}`;
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
  // lgamma(x) for x < 0 from Gamma(1 + x + n) = Gamma(x) x (x + 1) ... (x + n), the product in two numbers.
  `fn lgammaShifted(x: f32) -> f32 {
  var product = x;
  var rest = 0f;
  var last = x;
  while (last < -0.2f) {
    last = last + 1f;
    let next = kept(product * last);
    rest = productRest(product, last, next) + rest * last;
    product = next;
  }
  return lgammaNear(last) - (log_f32(abs_f32(product)) + rest / product);
}`,
  // From -20 down on it is far from 0 at all x that f32 has: Gamma(x) Gamma(1 - x) = pi / |sin(pi x)|.
  `fn lgamma_f32(x: f32) -> f32 {
  if (isNaN_f32(x)) { return x; }
  if (!isFinite_f32(x)) { return fromBits(0x7f800000u); }
  if (x >= 3f) { return lgammaFar(x); }
  if (x >= 0.8f) { return lgammaNear(x - 1f); }
  if (x >= 0f) { return lgammaNear(x) - log_f32(abs_f32(x)); }
  let r = abs_f32(x - round(x));
  let z = r * r;
  if (r == 0f) { return fromBits(0x7f800000u); }
  if (x > -20f) { return lgammaShifted(x); }
  return -log_f32(r * (1f + z * ${polynomial("z", SINE)})) - lgammaFar(1f - x);
}`,
  // digamma(1 + t), 0 <= t <= 2, with its zero to more digits than one f32 holds.
  `fn digammaNear(t: f32) -> f32 {
  let gap = settled(t - 0.46163213f) - 1.243815e-8f;
  return gap * (0.75f + ${ratio("t", DIGAMMA_P, DIGAMMA_Q)});
}`,
  // digamma(y + 1/2), y >= 5/2, as a multiple of log 2 that is exact and the rest.
  `fn digammaFar(y: f32) -> vec2f {
  let u = 1f / (y * y);
  let parts = logReduced(y);
  return vec2f(parts.y * ${LN2_HIGH}, logOfParts(parts.x, 0f, parts.y * ${LN2_LOW} + u * ${
    polynomial("u", DIGAMMA_TAIL)
  }));
}`,
  `fn cotangentRest(r: f32) -> f32 {
  let z = r * r;
  return r * (${ratio("z", COTANGENT_P, COTANGENT_Q)});
}`,
  // digamma(x) for x < 0, from digamma(1 - x) - digamma(x) = pi cot(pi x): the difference of what is large, a multiple of
  // log 2 and 1/r, is exact near a zero. From 1/4 on pi cot(pi r) is pi cot(pi h) - 2 pi cot(2 pi h), h = 1/2 - r.
  `fn digammaReflected(x: f32) -> f32 {
  let r = x - round(x);
  if (x > -2f && abs_f32(r) > 0.25f) {
    let h = withSign(0.5f - abs_f32(r), r);
    return digammaNear(-x) - (2f * cotangentRest(2f * h) - cotangentRest(h));
  }
  let pole = kept(1f / r);
  let rest = cotangentRest(r) + select(0f, productRest(pole, r, 1f) / r, abs_f32(pole) < 0x1p20f);
  if (x > -2f) { return kept(digammaNear(-x) - pole) + rest; }
  let far = digammaFar(0.5f - x);
  return kept(far.x - pole) + (far.y + rest);
}`,
  `fn digamma_f32(x: f32) -> f32 {
  if (!isFinite_f32(x)) { return select(fromBits(0x7fc00000u), x, isNaN_f32(x) || x > 0f); }
  if (x >= 3f) {
    let far = digammaFar(x - 0.5f);
    return far.x + far.y;
  }
  if (x >= 1f) { return digammaNear(x - 1f); }
  if (abs_f32(x) < 0x1p-24f) { return -1f / x - 0.5772157f; }
  if (x > 0f) { return digammaNear(x) - 1f / x; }
  if (x == floor(x)) { return fromBits(0x7fc00000u); }
  return digammaReflected(x);
}`,
  // (n - 1)! / x^n in an order in which nothing overflows too early, with what each step loses.
  `fn factorialOverPower(n: i32, x: f32) -> f32 {
  let inverse = kept(1f / x);
  let less = -productRest(inverse, x, 1f) / x;
  var product = inverse;
  var rest = less;
  for (var k = 1; k < n; k++) {
    let factor = kept(f32(k) * inverse);
    let factorRest = productRest(f32(k), inverse, factor) + f32(k) * less;
    let next = kept(product * factor);
    rest = productRest(product, factor, next) + (product * factorRest + rest * factor);
    product = next;
  }
  return product + select(0f, rest, isFinite_f32(rest));
}`,
  // n! times the sum of (x + k)^-(n + 1) over k = 0, 1, 2 ..., x > 0: Euler-Maclaurin from x + k = n + 5 on.
  `fn hurwitz(n: i32, x: f32) -> f32 {
  let degree = f32(n);
  let terms = i32(max(0f, ceil(degree + 5f - x)));
  let start = x + f32(terms);
  ${eulerMaclaurin(() => "")}
  var sum = factorialOverPower(n, start) * (1f + degree / start * rest);
  for (var k = terms - 1; k >= 0; k--) { sum = sum + factorialOverPower(n + 1, x + f32(k)); }
  return sum;
}`,
  // hurwitz(n, x + by) - hurwitz(n, x) term by term, which has its digits for a small step too: (x + by)^-p is x^-p and
  // this part of it more.
  `fn powerPart(p: f32, by: f32) -> f32 { return expm1_f32(-p * log1p_f32(by)); }`,
  `fn hurwitzDifference(n: i32, x: f32, by: f32) -> f32 {
  let degree = f32(n);
  let terms = i32(max(0f, ceil(degree + 5f - x)));
  let start = x + f32(terms);
  let grows = by / start;
  ${eulerMaclaurin((p) => ` * powerPart(degree + ${p}f, grows)`)}
  var sum = factorialOverPower(n, start) * (powerPart(degree, grows) + degree / start * rest);
  for (var k = terms - 1; k >= 0; k--) {
    let at = x + f32(k);
    sum = sum + factorialOverPower(n + 1, at) * powerPart(degree + 1f, by / at);
  }
  return sum;
}`,
  // Below 0 the sum over k = 0, 1, 2 ... is that over all whole k less that over k = -1, -2 ...
  `fn polygammaReflected(n: i32, x: f32) -> f32 {
  let aside = x - (floor(x) + 0.5f);
  let least = min(x - floor(x), ceil(x) - x);
  let less = hurwitzDifference(n, least, 2f * abs_f32(aside));
  let next = kept(1f - x);
  let tail = hurwitz(n, next) * (1f - f32(n + 1) * sumRest(1f, -x, next) / next);
  if ((n & 1) == 1) {
    let whole = hurwitz(n, least);
    return select(fromBits(0x7f800000u), whole + kept(whole + less) - tail, isFinite_f32(less));
  }
  if (!isFinite_f32(less)) { return withSign(fromBits(0x7f800000u), aside); }
  return -(select(-less, less, aside > 0f) + tail);
}`,
  `fn polygamma_f32(order: f32, x: f32) -> f32 {
  if (order == 0f) { return digamma_f32(x); }
  if (isNaN_f32(x) || !(order > 0f) || order != floor(order)) { return fromBits(0x7fc00000u); }
  let n = i32(min(order, 170f));
  let sign = select(1f, -1f, (n & 1) == 0);
  if (x > 0f) { return sign * hurwitz(n, x); }
  if (x == floor(x)) { return sign * fromBits(0x7f800000u); }
  return polygammaReflected(n, x);
}`,
];
