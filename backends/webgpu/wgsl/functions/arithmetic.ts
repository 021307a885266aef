/** Arithmetic in which NaN, infinities and the sign of 0 are kept. */

function builtin(name: string): string {
  return `fn ${name}_f32(x: f32) -> f32 { return ${name}(x); }`;
}

/** The larger or the smaller of two numbers, NaN if one is; -0 is less than 0. */
function extremum(name: string, relation: string): string {
  return `fn ${name}_f32(a: f32, b: f32) -> f32 {
  if (isNaN_f32(a)) { return a; }
  if (isNaN_f32(b)) { return b; }
  return select(b, a, order(a) ${relation} order(b));
}`;
}

/** An integer to an integer power, modulo 2^32. */
function integerPower(type: "i32" | "u32", negative: string): string {
  return `fn pow_${type}(a: ${type}, b: ${type}) -> ${type} {
  ${negative}
  var result = ${type}(1);
  var base = a;
  var n = u32(b);
  while (n != 0u) {
    if ((n & 1u) == 1u) { result = result * base; }
    base = base * base;
    n = n >> 1u;
  }
  return result;
}`;
}

/** Functions whose result is exact or rounded once. */
export const arithmetic: readonly string[] = [
  ...["sqrt", "floor", "ceil", "trunc", "round"].map(builtin),
  extremum("maximum", ">"),
  extremum("minimum", "<"),
  // Drivers recognize a choice of -1, 0 and 1 as a sign, and answer -0 to NaN and 0; of integers they do not.
  `fn sign_f32(x: f32) -> f32 { return f32(select(0, 1, x > 0f) - select(0, 1, x < 0f)); }`,
  // In two halves, since not every device rounds the conversion of 32 bits to nearest.
  "fn floatOfUnsigned(x: u32) -> f32 { return f32(x >> 16u) * 65536f + f32(x & 0xffffu); }",
  integerPower("u32", ""),
  integerPower(
    "i32",
    `if (b < 0) {
    if (a == 1) { return 1; }
    if (a == -1) { return select(1, -1, (b & 1) == 1); }
    return 0;
  }`,
  ),
  // Scaled so that squares neither overflow nor vanish; the larger is squared in two parts.
  `fn hypot_f32(a: f32, b: f32) -> f32 {
  let p = bitcast<u32>(a) & 0x7fffffffu;
  let q = bitcast<u32>(b) & 0x7fffffffu;
  let most = max(p, q);
  if (p == 0x7f800000u || q == 0x7f800000u) { return fromBits(0x7f800000u); }
  if (most > 0x7f800000u) { return fromBits(most); }
  let exponent = clamp(i32(most >> 23u) - 127, -126, 126);
  let scale = powerOfTwo(-exponent);
  let larger = bitcast<f32>(most) * scale;
  let smaller = bitcast<f32>(min(p, q)) * scale;
  let first = head(larger);
  let rest = (larger - first) * (larger + first) + smaller * smaller;
  return sqrt(first * first + rest) * powerOfTwo(exponent);
}`,
];
