/** Activations of networks and the normal distribution. The error beside a fit is relative to the function. */
import { polynomial } from "./text.ts";

// (x - tanh(x)) / x^3 in x^2, |x| <= 1: error 2^-29.
const TANHSHRINK_P = [0.33333334, 0.0147104], TANHSHRINK_Q = [1, 0.44413114, 0.015748069];
// 2 sqrt(2 / pi) and 0.044715 times that, each as its head and the rest.
const LINEAR = ["1.5957031f", "6.59966e-5f"], CUBIC = ["0.0713501f", "4.7186163e-6f"];

// What 0 times -Infinity is, which compilers may take for 0.
const LOST = "if (!isFinite_f32(x)) { return select(fromBits(0x7fc00000u), x, x > 0f); }";

/** `gelu`, `geluTanh`, `silu`, `mish`, `tanhshrink`, `normalCdf` and `normalDensity`. */
export const activation: readonly string[] = [
  // exp(-x^2 / 2) 2^32 for x up to 15; the square is taken in two parts, of which the first is exact.
  `fn bell(x: f32) -> f32 {
  if (x > 15f) { return 0f; }
  let first = head(x);
  return expScaled(-0.5f * (first * first), -0.5f * ((x - first) * (x + first)), 32);
}`,
  "fn normalDensity_f32(x: f32) -> f32 { return (0.3989423f * bell(abs_f32(x))) * 0x1p-32f; }",
  // The normal distribution function of -x, x >= 0.71, times 2^32.
  `fn normalTail(x: f32) -> f32 {
  if (x > 15f) { return 0f; }
  return 0.5f * (bell(x) * erfcRatio(x * 0.70710677f));
}`,
  `fn normalCdf_f32(x: f32) -> f32 {
  if (isNaN_f32(x)) { return x; }
  if (x < -0.71f) { return normalTail(-x) * 0x1p-32f; }
  if (x > 0.71f) { return 1f - normalTail(x) * 0x1p-32f; }
  let z = x * 0.70710677f;
  return 0.5f + 0.5f * (z + erfRest(z));
}`,
  `fn gelu_f32(x: f32) -> f32 {
  ${LOST}
  if (x < -0.71f) { return (x * normalTail(-x)) * 0x1p-32f; }
  return x * normalCdf_f32(x);
}`,
  // The exponent 2 sqrt(2 / pi) (x + 0.044715 x^3) in two parts, of which the first is exact.
  `fn geluTanh_f32(x: f32) -> f32 {
  ${LOST}
  if (x > 8f) { return x; }
  if (x < -11f) { return -0f; }
  let first = head(x);
  let square = first * first;
  let most = head(square);
  let less = (square - most) + (x - first) * (x + first);
  let rest = ${LINEAR[1]} + (${CUBIC[0]} * less + ${CUBIC[1]} * (most + less));
  let factor = head(${LINEAR[0]} + (${CUBIC[0]} * most + rest));
  let factorRest = (${LINEAR[0]} - settled(factor - ${CUBIC[0]} * most)) + rest;
  let bend = first * factor;
  let bendRest = (x - first) * factor + x * factorRest;
  if (bend > 0f) { return x / (1f + expScaled(-bend, -bendRest, 0)); }
  if (bend < -20f) { return (x * expScaled(bend, bendRest, 32)) * 0x1p-32f; }
  let t = expScaled(bend, bendRest, 0);
  return x * (t / (1f + t));
}`,
  // x exp(x) for x below -20, which is rounded once: the constant is exp(-16) 2^-32.
  "fn timesExp(x: f32) -> f32 { return (x * expScaled(x + 16f, 0f, 32)) * 2.6201637e-17f; }",
  `fn silu_f32(x: f32) -> f32 {
  ${LOST}
  if (x < -20f) { return timesExp(x); }
  let t = exp_f32(-abs_f32(x));
  return x * (select(t, 1f, x >= 0f) / (1f + t));
}`,
  `fn mish_f32(x: f32) -> f32 {
  ${LOST}
  if (x < -20f) { return timesExp(x); }
  let t = exp_f32(-abs_f32(x));
  let above = 1f + (t + t);
  let below = t * (t + 2f);
  return x * select(below / (below + 2f), above / (above + 2f * (t * t)), x >= 0f);
}`,
  // From 1 on, x - 1 is exact until the rest is beyond its digits. -0 less itself is 0.
  `fn tanhshrink_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  if (size == 0f) { return 0f; }
  if (size < 1f) {
    let z = size * size;
    return x * (z * (${polynomial("z", TANHSHRINK_P)} / ${polynomial("z", TANHSHRINK_Q)}));
  }
  return withSign((size - 1f) + 2f / (exp_f32(size + size) + 1f), x);
}`,
];
