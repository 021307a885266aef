/** Inverse trigonometric functions. The error beside a fit is relative to the function. */
import { polynomial } from "./text.ts";

// (asin(x) - x) / x^3 in x^2, |x| <= 1/2: error 2^-31.7.
const ASIN = [0.1666666, 0.07500521, 0.044513658, 0.031835757, 0.01433041, 0.03767163];
// (atan(x) - x) / x^3 in x^2, |x| <= 1: error 2^-31.1.
const ATAN = [
  -0.33333328,
  0.19999716,
  -0.14280343,
  0.11061233,
  -0.08821462,
  0.06763649,
  -0.044983257,
  0.022777617,
  -0.007425363,
  0.0011345221,
];

// pi/2 and pi as f32 and what that leaves.
const HALF_PI = "1.5707964f", HALF_PI_LOW = "-4.371139e-8f";
const PI = "3.1415927f", PI_LOW = "-8.742278e-8f";

/** Angles from their sines, cosines and tangents. */
export const inverse: readonly string[] = [
  `fn asinRest(x: f32, z: f32) -> f32 { return x * z * ${polynomial("z", ASIN)}; }`,
  // asin(sqrt(z)) as a sum of two, for z up to 1/4: the root in two parts, of which the second is Newton's.
  `fn asinOfRoot(z: f32) -> vec2f {
  let root = sqrt(z);
  let high = head(root);
  let low = select((z - high * high) / (root + high), 0f, root == 0f);
  return vec2f(high, low + asinRest(root, z));
}`,
  `fn asin_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  if (isNaN_f32(x) || size > 1f) { return fromBits(0x7fc00000u); }
  if (size < 0x1p-13f) { return x; }
  if (size <= 0.5f) { return x + asinRest(x, x * x); }
  let parts = asinOfRoot(0.5f * (1f - size));
  return withSign((${HALF_PI} - 2f * parts.x) - (2f * parts.y - ${HALF_PI_LOW}), x);
}`,
  `fn acos_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  if (isNaN_f32(x) || size > 1f) { return fromBits(0x7fc00000u); }
  if (size <= 0.5f) { return ${HALF_PI} - (x + (asinRest(x, x * x) - ${HALF_PI_LOW})); }
  let parts = asinOfRoot(0.5f * (1f - size));
  if (x > 0f) { return 2f * (parts.x + parts.y); }
  return (${PI} - 2f * parts.x) - (2f * parts.y - ${PI_LOW});
}`,
  `fn atanRest(x: f32) -> f32 {
  let z = x * x;
  return x * z * ${polynomial("z", ATAN)};
}`,
  `fn atan_f32(x: f32) -> f32 {
  let size = abs_f32(x);
  if (isNaN_f32(x) || size < 0x1p-13f) { return x; }
  if (size <= 1f) { return x + atanRest(x); }
  let t = 1f / size;
  return withSign(${HALF_PI} - (t + (atanRest(t) - ${HALF_PI_LOW})), x);
}`,
  // The smaller size over the larger, as if two infinities were equal, with no product out of range.
  `fn ratioOfSizes(p: u32, q: u32) -> f32 {
  let most = max(p, q);
  let least = min(p, q);
  if (least == most) { return select(1f, 0f, most == 0u); }
  if (least == 0u || most == 0x7f800000u) { return 0f; }
  if (most < 0x800000u) { return f32(least) / f32(most); }
  let scale = select(1f, 0x1p64f, most < 0x20000000u) * select(1f, 0x1p-2f, most > 0x7e000000u);
  return (bitcast<f32>(least) * scale) / (bitcast<f32>(most) * scale);
}`,
  `fn atan2_f32(y: f32, x: f32) -> f32 {
  let p = bitcast<u32>(y) & 0x7fffffffu;
  let q = bitcast<u32>(x) & 0x7fffffffu;
  if (max(p, q) > 0x7f800000u) { return fromBits(0x7fc00000u); }
  let ratio = ratioOfSizes(p, q);
  let rest = atanRest(ratio);
  let isLeft = bitcast<u32>(x) != q;
  var angle = ratio + rest;
  if (p > q) {
    angle = ${HALF_PI} - select(ratio + (rest - ${HALF_PI_LOW}), -(ratio + (rest + ${HALF_PI_LOW})), isLeft);
  } else if (isLeft) {
    angle = ${PI} - (ratio + (rest - ${PI_LOW}));
  }
  return withSign(angle, y);
}`,
];
