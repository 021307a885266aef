/** Sums that may cancel, and are then taken to twice the digits, in two parts. */

/** `lerp`, `logaddexp` and the errors of a rounded sum and product. */
export const sum: readonly string[] = [
  // A number as it is: compilers that add in another order do not see through this.
  `fn kept(x: f32) -> f32 {
  return withSign(bitcast<f32>(min(bitcast<u32>(x) & 0x7fffffffu, 0x7f800001u)), x);
}`,
  // What a sum and a product have lost that were rounded to `rounded`.
  `fn sumRest(a: f32, b: f32, rounded: f32) -> f32 {
  let part = kept(rounded - a);
  return kept(a - kept(rounded - part)) + kept(b - part);
}`,
  `fn productRest(a: f32, b: f32, rounded: f32) -> f32 {
  let first = head(a);
  let second = head(b);
  let cross = kept(kept(first * second - rounded) + first * (b - second));
  return kept(cross + (a - first) * second) + (a - first) * (b - second);
}`,
  `fn lerp_f32(a: f32, b: f32, w: f32) -> f32 {
  let across = kept(b - a);
  let part = kept(w * across);
  let whole = kept(a + part);
  let rest = sumRest(a, part, whole) + (productRest(w, across, part) + w * sumRest(b, -a, across));
  if (!isFinite_f32(rest) || (whole == 0f && rest == 0f)) {
    if (w < 0.5f) { return whole; }
    return b - across * (1f - w);
  }
  return whole + rest;
}`,
  ...["i32", "u32"].map((type) =>
    `fn lerp_${type}(a: ${type}, b: ${type}, w: ${type}) -> ${type} { return a + w * (b - a); }`
  ),
  // x (1 + x/2 (1 + x/3 (1 + ...))), in two parts, for x from -3/4 to 0.
  `fn expm1Series(x: f32) -> vec2f {
  var product = x;
  var low = 0f;
  for (var n = 15; n > 1; n--) {
    let part = kept(product / f32(n));
    let rest = (low - productRest(part, f32(n), product)) / f32(n);
    let high = kept(1f + part);
    low = kept(part - kept(high - 1f)) + rest;
    product = kept(high * x);
    low = productRest(high, x, product) + low * x;
  }
  return vec2f(product, low);
}`,
  // exp(x) - 1 in two parts for x from -100 to 0: exp(2y) - 1 is (exp(y) - 1) (exp(y) - 1 + 2).
  `fn expm1Parts(x: f32) -> vec2f {
  var halvings = 0;
  var y = x;
  while (y < -0.75f) {
    y = 0.5f * y;
    halvings++;
  }
  var parts = expm1Series(y);
  while (halvings > 0) {
    let next = kept(2f + parts.x);
    let nextLow = kept(parts.x - kept(next - 2f)) + parts.y;
    let product = kept(parts.x * next);
    parts = vec2f(product, productRest(parts.x, next, product) + (parts.x * nextLow + parts.y * next));
    halvings--;
  }
  return parts;
}`,
  // log(exp(a) + exp(b)) near 0, for -log 2 <= a < 0.
  `fn logOfSum(a: f32, b: f32) -> f32 {
  let p = expm1Parts(a);
  let q = expm1Parts(b);
  let high = kept(1f + q.x);
  let low = sumRest(1f, q.x, high) + q.y;
  let both = kept(high + p.x);
  let rest = sumRest(high, p.x, both) + (low + p.y);
  return log1p_f32(both + rest);
}`,
  `fn logaddexp_f32(a: f32, b: f32) -> f32 {
  if (isNaN_f32(a) || isNaN_f32(b)) { return fromBits(0x7fc00000u); }
  let most = max(a, b);
  let least = min(a, b);
  if (!isFinite_f32(most) || !isFinite_f32(least)) { return most; }
  let apart = kept(most - least);
  let value = most + log1p_f32(expScaled(-apart, -sumRest(most, -least, apart), 0));
  if (most < 0f && abs_f32(value) < -0.25f * most) { return logOfSum(most, least); }
  return value;
}`,
];
