/** What is told from or done to the bits of a number. */

/** Tests, order, conversion, and exact scaling. */
export const bits: readonly string[] = [
  "fn isNaN_f32(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }",
  "fn isFinite_f32(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }",
  "fn isTrue(x: f32) -> bool { return (bitcast<u32>(x) << 1u) != 0u; }",
  "fn abs_f32(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu); }",
  // The size of the first with the sign bit of the second.
  `fn withSign(a: f32, b: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(a) & 0x7fffffffu) | (bitcast<u32>(b) & 0x80000000u));
}`,
  // The sign bit of a NaN means nothing.
  `fn copysign_f32(a: f32, b: f32) -> f32 {
  return withSign(a, select(b, 1f, isNaN_f32(b)));
}`,
  // The 12 leading bits of a number: products of two of them are exact.
  "fn head(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }",
  // A number of a size below 2, as it is: compilers that add in another order do not see through this.
  "fn settled(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xbfffffffu); }",
  // Integers in the order of the floats, -0 below 0.
  `fn order(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return bits ^ ((bits >> 31u) & 0x7fffffff);
}`,
  "fn powerOfTwo(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }",
  // x 2^n, for n from -252 to 254; only the last product rounds, to a subnormal number.
  `fn scaled(x: f32, n: i32) -> f32 {
  let half = n >> 1u;
  return x * powerOfTwo(half) * powerOfTwo(n - half);
}`,
  // The last 32 bits of the integer part, in two's complement; 0 for NaN and infinities.
  `fn truncatedToI32(x: f32) -> i32 {
  let bits = bitcast<u32>(x);
  let shift = i32((bits >> 23u) & 255u) - 150;
  if (shift < -23 || shift > 31) { return 0; }
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  let size = select(mantissa >> u32(-shift & 31), mantissa << u32(shift & 31), shift >= 0);
  return bitcast<i32>(select(size, 0u - size, bits >> 31u == 1u));
}`,
  "fn truncatedToU32(x: f32) -> u32 { return bitcast<u32>(truncatedToI32(x)); }",
  // The nearest number that a half can hold, halfway to the even one.
  `fn roundedToHalf(x: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  if (size > 0x7f800000u) { return x; }
  if (size >= 0x477ff000u) { return withSign(fromBits(0x7f800000u), x); }
  if (size < 0x38800000u) { return withSign(round(bitcast<f32>(size) * 0x1p24f) * 0x1p-24f, x); }
  return withSign(bitcast<f32>((size + 0xfffu + ((size >> 13u) & 1u)) & 0xffffe000u), x);
}`,
];
