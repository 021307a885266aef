/** The error function, its complement and its inverse. The error beside a fit is relative to the function. */
import { polynomial } from "./text.ts";

// erf(x) / x - 1 in x^2, |x| <= 1: error 2^-29.4.
const ERF = [0.12837917, -0.37612626, 0.11283579, -0.026853347, 0.005187162, -7.997853e-4, 7.806903e-5];
// (1 + 2x) exp(x^2) erfc(x) - 1 in (x - 5/2) / (x + 5/2), 1/2 <= x <= 10.1: error 2^-28.1.
const ERFC = [
  0.2648382,
  -0.122356765,
  -0.099024765,
  0.15763006,
  -0.102965966,
  0.03275826,
  9.399712e-4,
  -0.004360213,
  4.3459708e-4,
  5.510902e-4,
];
// erfinv(x) / x - 1 in w - 5/2, w = -log(1 - x^2) <= 5: error 2^-27.2.
const ERFINV = [
  0.50140935,
  0.24664028,
  -0.004177368,
  -0.0012527321,
  2.1833269e-4,
  -4.968111e-6,
  -3.4600964e-6,
  4.6708763e-7,
  2.3042366e-8,
  -8.85183e-9,
];
// The same in sqrt(w) - 3, 5 <= w <= 17: error 2^-27.1.
const ERFINV_TAIL = [
  1.8329768,
  1.0016752,
  0.009444477,
  -0.007643122,
  0.005694066,
  -0.0035660446,
  0.0014585924,
  -1.1887885e-4,
  -2.6208055e-4,
  1.5712499e-4,
  -3.2408592e-5,
];

/** `erf`, `erfc` and `erfinv`. */
export const error: readonly string[] = [
  `fn erfRest(x: f32) -> f32 {
  let z = x * x;
  return x * ${polynomial("z", ERF)};
}`,
  // erfc(x) exp(x^2) for x >= 1/2.
  `fn erfcRatio(x: f32) -> f32 {
  let q = (x - 2.5f) / (x + 2.5f);
  return (1f + ${polynomial("q", ERFC)}) / (1f + (x + x));
}`,
  // erfc(x) for x >= 1/2; the square is taken in two parts, of which the first is exact.
  `fn erfcTail(x: f32) -> f32 {
  if (x > 10.1f) { return 0f; }
  let first = head(x);
  return expScaled(-(first * first), -((x - first) * (x + first)), 0) * erfcRatio(x);
}`,
  `fn erf_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  if (isNaN_f32(x)) { return x; }
  if (size < 0x1p-13f) { return x * 1.1283792f; }
  if (size <= 1f) { return x + erfRest(x); }
  return withSign(1f - erfcTail(size), x);
}`,
  `fn erfc_f32(x: f32) -> f32 {
  if (isNaN_f32(x)) { return x; }
  if (x > 0.5f) { return erfcTail(x); }
  if (x < -0.5f) { return 2f - erfcTail(-x); }
  return 1f - (x + erfRest(x));
}`,
  `fn erfinv_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  if (isNaN_f32(x) || size > 1f) { return fromBits(0x7fc00000u); }
  if (size == 1f) { return withSign(fromBits(0x7f800000u), x); }
  if (size < 0x1p-13f) { return x * 0.8862269f; }
  let w = -log_f32((1f - size) * (1f + size));
  if (w < 5f) {
    let t = w - 2.5f;
    return x + x * ${polynomial("t", ERFINV)};
  }
  let s = sqrt(w) - 3f;
  return x + x * ${polynomial("s", ERFINV_TAIL)};
}`,
];
