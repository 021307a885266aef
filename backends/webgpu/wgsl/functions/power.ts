/** x to the power y, by a base-two logarithm of about 35 bits. The errors beside fits are relative to it. */
import { literal, polynomial } from "./text.ts";

// (atanh(s) / s - 1 - s^2/3) / s^4 in s^2, |s| <= 3 - 2 sqrt(2): error 2^-36.8.
const ATANH = [0.20000076, 0.14273542, 0.11709948];
// 1/3, 2 / ln 2 and ln 2, each as its head and the rest.
const THIRD = [0.33325195, 8.1380208e-5].map(literal);
const SCALE = [2.8847656, 6.2445678e-4].map(literal);
const LN2 = [0.69311523, 3.1946185e-5].map(literal);

/** `pow` and its parts. */
export const power: readonly string[] = [
  // log2(x) as a sum of two, the first of 12 bits, for positive finite x: 2 atanh(f / (2 + f)) / ln 2 + k.
  `fn log2Parts(x: f32) -> vec2f {
  let parts = logReduced(x);
  let f = parts.x;
  let u = 2f + f;
  let uHigh = head(u);
  let s = f / u;
  let sHigh = head(s);
  let sLow = ((f - sHigh * uHigh) - sHigh * (f - (uHigh - 2f))) / u;
  let square = sHigh * sHigh;
  let squareHigh = head(square);
  let squareLow = (square - squareHigh) + sLow * (s + sHigh);
  let z = squareHigh + squareLow;
  let more = z * ${polynomial("z", ATANH)};
  let third = head(${THIRD[0]} + (more + ${THIRD[1]}));
  let thirdLow = (${THIRD[0]} - third) + (more + ${THIRD[1]});
  let cubic = squareHigh * third;
  let cubicLow = squareHigh * thirdLow + squareLow * (third + thirdLow);
  let wHigh = head(cubic + cubicLow);
  let wLow = (cubic - wHigh) + cubicLow;
  let second = sHigh * wHigh;
  let secondHigh = head(second);
  let rest = ((second - secondHigh) + sHigh * wLow) + (sLow + sLow * (wHigh + wLow));
  let first = sHigh * ${SCALE[0]};
  let next = secondHigh * ${SCALE[0]};
  let last = sHigh * ${SCALE[1]} + (secondHigh * ${SCALE[1]} + rest * (${SCALE[0]} + ${SCALE[1]}));
  let high = head(parts.y + (first + (next + last)));
  return vec2f(high, (((parts.y - high) + first) + next) + last);
}`,
  // x^y for positive finite x.
  `fn positivePower(x: f32, exponent: f32) -> f32 {
  let y = clamp(exponent, -0x1p40f, 0x1p40f);
  let logarithm = log2Parts(x);
  let yHigh = head(y);
  let high = yHigh * logarithm.x;
  let low = yHigh * logarithm.y + ((y - yHigh) * logarithm.x + (y - yHigh) * logarithm.y);
  if (high + low >= 129f) { return fromBits(0x7f800000u); }
  if (high + low < -151f) { return 0f; }
  let n = floor(high + low + 0.5f);
  let r = head((high - n) + low);
  let rest = ((high - n) - r) + low;
  let first = r * ${LN2[0]};
  let second = r * ${LN2[1]} + rest * (${LN2[0]} + ${LN2[1]});
  return scaled(1f + settled(first + settled(second + expRest(first + second))), i32(n));
}`,
  // 0 for a fraction, 1 for an odd whole number, 2 for an even one, from the bits of a size above 0.
  `fn parity(size: u32) -> u32 {
  if (size < 0x3f800000u) { return 0u; }
  if (size >= 0x4b800000u) { return 2u; }
  let places = 150u - (size >> 23u);
  let mantissa = (size & 0x7fffffu) | 0x800000u;
  if ((mantissa & ((1u << places) - 1u)) != 0u) { return 0u; }
  return 2u - ((mantissa >> places) & 1u);
}`,
  // C's answers where one of the two is 0 or infinite, and the base is not 1.
  `fn powerOfEdge(size: u32, by: u32, falls: bool) -> f32 {
  if (by == 0x7f800000u && size == 0x3f800000u) { return 1f; }
  let grows = select(size == 0x7f800000u, size > 0x3f800000u, by == 0x7f800000u);
  return fromBits(select(0u, 0x7f800000u, grows != falls));
}`,
  `fn pow_f32(a: f32, b: f32) -> f32 {
  let size = bitcast<u32>(a) & 0x7fffffffu;
  let by = bitcast<u32>(b) & 0x7fffffffu;
  if (by == 0u || bitcast<u32>(a) == 0x3f800000u) { return 1f; }
  if (size > 0x7f800000u || by > 0x7f800000u) { return fromBits(0x7fc00000u); }
  let kind = parity(by);
  let isNegative = bitcast<u32>(a) != size;
  let sign = select(0u, 0x80000000u, isNegative && kind == 1u);
  if (size == 0u || size == 0x7f800000u || by == 0x7f800000u) {
    return bitcast<f32>(bitcast<u32>(powerOfEdge(size, by, bitcast<u32>(b) != by)) | sign);
  }
  if (isNegative && kind == 0u) { return fromBits(0x7fc00000u); }
  return bitcast<f32>(bitcast<u32>(positivePower(bitcast<f32>(size), b)) | sign);
}`,
];
