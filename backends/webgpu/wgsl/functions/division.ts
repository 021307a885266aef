/** Division with a remainder. Of floats it is done on integers, bit by bit as in long division, and so exactly. */

/** By zero all of these are 0; the least integer by -1 wraps. */
function integerDivision(type: "i32" | "u32"): string[] {
  const floors = type === "i32" ? " - select(0, 1, rest != 0 && (rest < 0) != (b < 0))" : "";
  const lifts = type === "i32" ? "select(rest, rest + b, rest != 0 && (rest < 0) != (b < 0))" : "rest";
  const signature = `(a: ${type}, b: ${type}) -> ${type}`;
  const guard = `if (b == 0) { return 0; }`;
  return [
    `fn floorDivide_${type}${signature} {
  ${guard}
  let quotient = a / b;
  let rest = a - quotient * b;
  return quotient${floors};
}`,
    `fn remainder_${type}${signature} {
  ${guard}
  let rest = a - (a / b) * b;
  return ${lifts};
}`,
    `fn fmod_${type}${signature} {
  ${guard}
  return a - (a / b) * b;
}`,
  ];
}

const NAN = "fromBits(0x7fc00000u)";

/** `floorDivide`, `remainder` and `fmod`. */
export const division: readonly string[] = [
  ...integerDivision("i32"),
  ...integerDivision("u32"),
  // Mantissa and exponent of a finite number from its bits: the number is mantissa 2^(exponent - 150).
  `fn unpacked(size: u32) -> vec2i {
  let shift = select(0u, countLeadingZeros(size) - 8u, size < 0x800000u);
  let mantissa = select((size & 0x7fffffu) | 0x800000u, size << shift, size < 0x800000u);
  return vec2i(bitcast<i32>(mantissa), max(i32(size >> 23u), 1) - i32(shift));
}`,
  // The bits of mantissa 2^(exponent - 150), a multiple of the least subnormal number.
  `fn packed(mantissa: u32, exponent: i32) -> u32 {
  if (mantissa == 0u) { return 0u; }
  let shift = countLeadingZeros(mantissa) - 8u;
  let normal = exponent - i32(shift);
  if (normal >= 1) { return (u32(normal) << 23u) + ((mantissa << shift) & 0x7fffffu); }
  if (exponent >= 1) { return mantissa << u32(exponent - 1); }
  return mantissa >> u32(1 - exponent);
}`,
  // The remainder of sizes a >= 0 and b > 0, given by their bits, and the quotient modulo 2^32.
  `fn longDivision(a: u32, b: u32) -> vec2u {
  if (a < b) { return vec2u(a, 0u); }
  let dividend = unpacked(a);
  let divisor = unpacked(b);
  let by = u32(divisor.x);
  var rest = u32(dividend.x) % by;
  var quotient = u32(dividend.x) / by;
  var places = dividend.y - divisor.y;
  while (places > 0) {
    let shift = u32(min(places, 8));
    rest = rest << shift;
    quotient = (quotient << shift) + rest / by;
    rest = rest % by;
    places = places - 8;
  }
  return vec2u(packed(rest, divisor.y), quotient);
}`,
  `fn fmod_f32(a: f32, b: f32) -> f32 {
  let p = bitcast<u32>(a) & 0x7fffffffu;
  let q = bitcast<u32>(b) & 0x7fffffffu;
  if (p >= 0x7f800000u || q > 0x7f800000u || q == 0u) { return ${NAN}; }
  if (q == 0x7f800000u) { return a; }
  return withSign(bitcast<f32>(longDivision(p, q).x), a);
}`,
  `fn remainder_f32(a: f32, b: f32) -> f32 {
  let rest = fmod_f32(a, b);
  let opposite = ((bitcast<u32>(rest) ^ bitcast<u32>(b)) >> 31u) == 1u;
  if (!isTrue(rest) || isNaN_f32(rest) || !opposite) { return rest; }
  return rest + b;
}`,
  // A quotient of 2^31 or more is as exact when it is divided and rounded.
  `fn floorDivide_f32(a: f32, b: f32) -> f32 {
  let p = bitcast<u32>(a) & 0x7fffffffu;
  let q = bitcast<u32>(b) & 0x7fffffffu;
  let signs = (bitcast<u32>(a) ^ bitcast<u32>(b)) & 0x80000000u;
  if (p > 0x7f800000u || q > 0x7f800000u) { return ${NAN}; }
  if (q == 0u) { return a / b; }
  if (p == 0x7f800000u) { return ${NAN}; }
  if (q < 0x7f800000u && i32(p >> 23u) - i32(q >> 23u) > 30) { return a / b; }
  let parts = select(longDivision(p, min(q, 0x7f7fffffu)), vec2u(p, 0u), q == 0x7f800000u);
  let count = parts.y + select(0u, 1u, signs != 0u && parts.x != 0u);
  return bitcast<f32>(bitcast<u32>(floatOfUnsigned(count)) | signs);
}`,
];
