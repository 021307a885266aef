/** Sine, cosine and tangent, accurate for every size of the angle. The error beside a fit is relative. */
import { polynomial } from "./text.ts";

// (sin(r) - r) / r^3 in r^2, |r| <= 0.79: error 2^-32.5.
const SIN = [-0.16666667, 0.008333379, -0.00019853014, 2.8314842e-6];
// (cos(r) - 1 + r^2/2) / r^4 in r^2, |r| <= 0.79: error 2^-33.1.
const COS = [0.041666646, -0.0013887301, 2.4430668e-5];
// (tan(r) - r) / r^3 in r^2, |r| <= 0.79: error 2^-29.3.
const TAN = [0.33333352, 0.13332577, 0.054069873, 0.021229966, 0.010973009, -8.642403e-5, 0.0044639627];

// pi/2 in parts, the first three of so few bits that their products with numbers below 2^11 are exact.
const HALF_PI = ["1.5703125f", "0.0004837513f", "7.5495336e-8f", "2.5633441e-12f"];
const HALF_PI_REST = "0.0004838268f";

function ofAngle(name: string, value: string): string {
  return `fn ${name}_f32(x: f32) -> f32 {
  if (!isFinite_f32(x)) { return fromBits(0x7fc00000u); }
  if (abs_f32(x) < 0x1p-13f) { return ${name === "cos" ? "1f" : "x"}; }
  let angle = reducedAngle(x);
  return ${value};
}`;
}

/** Functions of angles. */
export const trigonometric: readonly string[] = [
  // (high + low) + quadrant pi/2, the sum of 36 bits between -pi/4 and pi/4.
  "struct Angle { high: f32, low: f32, quadrant: u32 }",
  // (high + low) pi/2 for a high of 12 bits.
  `fn quarterTurns(high: f32, low: f32, quadrant: u32) -> Angle {
  let most = high * ${HALF_PI[0]};
  let first = head(most);
  return Angle(first, (most - first) + (high * ${HALF_PI_REST} + low * 1.5707964f), quadrant);
}`,
  `fn mulHigh(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let left = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let right = (a & 0xffffu) * (b >> 16u) + (left & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (left >> 16u) + (right >> 16u);
}`,
  // 32 bits of 2/pi, after 32 bits of zeros.
  `fn twoOverPi(word: u32) -> u32 {
  switch word {
    case 1u: { return 0xa2f9836eu; }
    case 2u: { return 0x4e441529u; }
    case 3u: { return 0xfc2757d1u; }
    case 4u: { return 0xf534ddc0u; }
    case 5u: { return 0xdb629599u; }
    case 6u: { return 0x3c439041u; }
    case 7u: { return 0xfe5163abu; }
    default: { return 0u; }
  }
}`,
  `fn twoOverPiFrom(bit: u32) -> u32 {
  let shift = bit & 31u;
  let word = twoOverPi(bit >> 5u);
  if (shift == 0u) { return word; }
  return (word << shift) | (twoOverPi((bit >> 5u) + 1u) >> (32u - shift));
}`,
  // Payne and Hanek's reduction of an x of at least 1: x 2/pi modulo 4 with 62 bits after the point.
  `fn reducedLarge(x: f32) -> Angle {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  let start = (bits >> 23u) - 120u;
  let middle = twoOverPiFrom(start + 32u);
  let low = mantissa * middle + mulHigh(mantissa, twoOverPiFrom(start + 64u));
  let carry = select(0u, 1u, low < mantissa * middle);
  let turns = mantissa * twoOverPiFrom(start) + mulHigh(mantissa, middle) + carry;
  let quadrant = (turns + 0x20000000u) >> 30u;
  let part = turns - (quadrant << 30u);
  let isBelow = (part >> 31u) == 1u;
  var first = select(part, ~part + select(0u, 1u, low == 0u), isBelow);
  var next = select(low, 0u - low, isBelow);
  var places = 30;
  if (first == 0u) { first = next; next = 0u; places = 62; }
  let shift = min(countLeadingZeros(first), 31u);
  if (shift > 0u) { first = (first << shift) | (next >> (32u - shift)); next = next << shift; }
  places = places + i32(shift);
  let sign = select(1f, -1f, isBelow != (x < 0f));
  let high = f32(first >> 20u) * powerOfTwo(20 - places) * sign;
  let rest = f32(((first & 0xfffffu) << 4u) | (next >> 28u)) * powerOfTwo(-4 - places) * sign;
  return quarterTurns(high, rest, select(quadrant, 0u - quadrant, x < 0f) & 3u);
}`,
  `fn reducedAngle(x: f32) -> Angle {
  let size = abs_f32(x);
  if (size < 0.7853982f) { return Angle(head(x), x - head(x), 0u); }
  if (size > 1000f) { return reducedLarge(x); }
  let n = round(x * 0.63661975f);
  let most = (x - n * ${HALF_PI[0]}) - n * ${HALF_PI[1]};
  let low = n * ${HALF_PI[2]};
  let first = head(most - low);
  return Angle(first, ((most - first) - low) - n * ${HALF_PI[3]}, bitcast<u32>(i32(n)) & 3u);
}`,
  `fn sineOf(angle: Angle) -> f32 {
  let r = angle.high + angle.low;
  let z = r * r;
  return angle.high + settled(angle.low + r * z * ${polynomial("z", SIN)});
}`,
  `fn cosineOf(angle: Angle) -> f32 {
  let r = angle.high + angle.low;
  let z = r * r;
  let rest = z * z * ${polynomial("z", COS)} - angle.low * (angle.high + 0.5f * angle.low);
  return settled(1f - 0.5f * (angle.high * angle.high)) + settled(rest);
}`,
  `fn sineInQuadrant(angle: Angle, quadrant: u32) -> f32 {
  var value = 0f;
  if ((quadrant & 1u) == 0u) { value = sineOf(angle); } else { value = cosineOf(angle); }
  return select(value, -value, (quadrant & 2u) != 0u);
}`,
  ofAngle("sin", "sineInQuadrant(angle, angle.quadrant)"),
  ofAngle("cos", "sineInQuadrant(angle, angle.quadrant + 1u)"),
  ofAngle("tan", "tangentOf(angle)"),
  `fn tangentOf(angle: Angle) -> f32 {
  let r = angle.high + angle.low;
  let z = r * r;
  let value = angle.high + settled(angle.low + r * z * ${polynomial("z", TAN)});
  if ((angle.quadrant & 1u) == 0u) { return value; }
  return -1f / value;
}`,
  // sin(pi x) of the distance of 2x from a whole number.
  `fn sinc_f32(x: f32) -> f32 {
  if (!isFinite_f32(x)) { return fromBits(0x7fc00000u); }
  if (abs_f32(x) < 0x1p-13f) { return 1f; }
  if (x == round(x)) { return 0f; }
  let n = round(2f * x);
  let turns = 2f * x - n;
  let angle = quarterTurns(head(turns), turns - head(turns), 0u);
  let r = angle.high + angle.low;
  let z = r * r;
  if (n == 0f) { return 1f + z * ${polynomial("z", SIN)}; }
  return sineInQuadrant(angle, bitcast<u32>(i32(n)) & 3u) / (3.1415927f * x);
}`,
];
