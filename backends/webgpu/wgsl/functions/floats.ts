/** Floats taken apart and put together in integers, which no compiler and no device rounds otherwise. */

/** Exponents, neighbours, scaling, and products that are rounded with their sums. */
export const floats: readonly string[] = [
  "struct Parts { mantissa: u32, exponent: i32 }",
  // The size of a finite number but 0 as mantissa 2^exponent, the mantissa of 24 bits.
  `fn partsOf(x: f32) -> Parts {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  if (size >= 0x800000u) { return Parts((size & 0x7fffffu) | 0x800000u, i32(size >> 23u) - 150); }
  let shift = countLeadingZeros(size) - 8u;
  return Parts(size << shift, -149 - i32(shift));
}`,
  // Of 64 bits, the high word first; what is shifted out leaves a 1 in the last bit.
  `fn shiftedRight(m: vec2u, n: i32) -> vec2u {
  if (n <= 0) { return m; }
  if (n >= 64) { return vec2u(0u, 1u); }
  let k = u32(n) & 31u;
  let mask = (1u << k) - 1u;
  if (n >= 32) { return vec2u(0u, (m.x >> k) | select(0u, 1u, (m.y | (m.x & mask)) != 0u)); }
  return vec2u(m.x >> k, (m.y >> k) | (m.x << (32u - k)) | select(0u, 1u, (m.y & mask) != 0u));
}`,
  `fn shiftedLeft(m: vec2u, n: u32) -> vec2u {
  if (n == 0u) { return m; }
  if (n >= 32u) { return vec2u(m.y << (n - 32u), 0u); }
  return vec2u((m.x << n) | (m.y >> (32u - n)), m.y << n);
}`,
  // m 2^exponent with a sign bit, rounded to nearest, halfway to even; m is not 0.
  `fn joined(sign: u32, m: vec2u, exponent: i32) -> f32 {
  let zeros = select(countLeadingZeros(m.x), 32u + countLeadingZeros(m.y), m.x == 0u);
  let biased = exponent + 190 - i32(zeros);
  if (biased >= 255) { return bitcast<f32>(sign | 0x7f800000u); }
  let n = shiftedRight(shiftedLeft(m, zeros), 1 - biased);
  let rest = n.x & 0xffu;
  let mantissa = n.x >> 8u;
  let up = rest > 0x80u || (rest == 0x80u && (n.y != 0u || (mantissa & 1u) == 1u));
  return bitcast<f32>(sign | ((u32(max(biased, 1) - 1) << 23u) + mantissa + select(0u, 1u, up)));
}`,
  `fn exponentOf_f32(x: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  if (size >= 0x7f800000u) { return bitcast<f32>(size); }
  if (size == 0u) { return fromBits(0xff800000u); }
  return f32(partsOf(x).exponent + 23);
}`,
  `fn scaleByPower_f32(x: f32, n: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  if (isNaN_f32(n)) { return n; }
  if (size == 0u || size >= 0x7f800000u) { return x; }
  let parts = partsOf(x);
  return joined(bits & 0x80000000u, vec2u(0u, parts.mantissa), parts.exponent + i32(clamp(n, -600f, 600f)));
}`,
  `fn nextAfter_f32(x: f32, y: f32) -> f32 {
  let p = bitcast<u32>(x);
  let q = bitcast<u32>(y);
  if (isNaN_f32(x)) { return x; }
  if (p == q || isNaN_f32(y) || ((p | q) << 1u) == 0u) { return y; }
  if ((p << 1u) == 0u) { return bitcast<f32>((q & 0x80000000u) | 1u); }
  return bitcast<f32>(select(p - 1u, p + 1u, (order(y) > order(x)) == (p >> 31u == 0u)));
}`,
  `fn wideProduct(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u), (other << 16u) | (low & 0xffffu));
}`,
  `fn wideSum(a: vec2u, b: vec2u) -> vec2u {
  let low = a.y + b.y;
  return vec2u(a.x + b.x + select(0u, 1u, low < a.y), low);
}`,
  `fn wideDifference(a: vec2u, b: vec2u) -> vec2u {
  return vec2u(a.x - b.x - select(0u, 1u, a.y < b.y), a.y - b.y);
}`,
  // Both terms as 62 bits, the lesser shifted to the exponent of the larger.
  `fn fma_f32(a: f32, b: f32, c: f32) -> f32 {
  if (!isFinite_f32(a) || !isFinite_f32(b) || !isFinite_f32(c)) { return a * b + c; }
  if (!isTrue(a) || !isTrue(b)) { return a * b + c; }
  let p = partsOf(a);
  let q = partsOf(b);
  let sign = (bitcast<u32>(a) ^ bitcast<u32>(b)) & 0x80000000u;
  let product = shiftedLeft(wideProduct(p.mantissa, q.mantissa), 14u);
  let exponent = p.exponent + q.exponent - 14;
  if (!isTrue(c)) { return joined(sign, product, exponent); }
  let r = partsOf(c);
  let most = max(exponent, r.exponent - 38);
  let u = shiftedRight(product, most - exponent);
  let v = shiftedRight(vec2u(r.mantissa << 6u, 0u), most - r.exponent + 38);
  if (sign == (bitcast<u32>(c) & 0x80000000u)) { return joined(sign, wideSum(u, v), most); }
  if (u.x == v.x && u.y == v.y) { return 0f; }
  let isLarger = u.x > v.x || (u.x == v.x && u.y > v.y);
  let difference = wideDifference(select(v, u, isLarger), select(u, v, isLarger));
  return joined(select(sign ^ 0x80000000u, sign, isLarger), difference, most);
}`,
];
