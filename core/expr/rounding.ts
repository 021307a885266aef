/** The nearest whole number, the even one of two equally near; -0 stays, and -0.5 gives -0. Exact. */
export function roundHalfEven(x: number): number {
  const ones = 4503599627370496; // 2^52: above it f64 holds whole numbers only
  if (x > 0) return x < ones ? x + ones - ones : x;
  if (x < 0) return x > -ones ? -(ones - x - ones) : x;
  return x;
}
