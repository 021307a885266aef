/** How far numbers are from what they should be, in units of the last place of their dtype. */

const LEAST = { f32: [2 ** -126, 2 ** -149], f64: [2 ** -1022, 2 ** -1074] } as const;
const LIMIT = { f32: 2 ** 128, f64: 2 ** 1023 * 2 } as const;
const double = new Float64Array(1), words = new Int32Array(double.buffer);

/** The distance between numbers of a dtype of the size of y. */
export function unitOf(y: number, dtype: "f32" | "f64"): number {
  const [normal, least] = LEAST[dtype];
  if (Math.abs(y) < normal) return least;
  double[0] = y;
  return 2 ** (((words[1] >>> 20) & 0x7ff) - 1023 - (dtype === "f32" ? 23 : 52));
}

/**
 * The distance of `got`, of the dtype, from `wanted`, in units of the last place of that; infinite where one is NaN and
 * the other not, or their signs differ, those of zeros too. What is too large for the dtype is at its limit.
 */
export function unitsApart(got: number, wanted: number, dtype: "f32" | "f64"): number {
  if (Object.is(got, wanted)) return 0;
  if (got !== got || wanted !== wanted || isNegative(got) !== isNegative(wanted)) return Infinity;
  const limit = LIMIT[dtype],
    size = Math.min(Math.abs(wanted), limit),
    found = Math.min(Math.abs(got), limit);
  return Math.abs(found - size) / (size === limit ? unitOf(limit / 2, dtype) : unitOf(size, dtype));
}

function isNegative(x: number): boolean {
  return x < 0 || Object.is(x, -0);
}
