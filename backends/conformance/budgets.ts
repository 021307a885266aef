/** How far from the exact result each op may be. */

/**
 * A distance in units of the last place (ULP) of the exact result in the dtype of the output, or of `floor` where
 * the result is smaller. Where an op adds `count` terms, the distance may grow with it, and the unit is that of
 * the sum of their absolute values.
 */
export interface Budget {
  /** The largest distance. */
  readonly ulp: number | ((count: number) => number);
  /** The size below which units do not shrink; 0 unless said. */
  readonly floor?: number;
}

/** Budgets by op, or by op and dtype as in `"exp f16"`; a number is a {@link Budget.ulp}. */
export type Budgets = Readonly<Record<string, number | Budget>>;

function each(names: string, budget: number | Budget): Budgets {
  return Object.fromEntries(names.split(" ").map((name) => [name, budget]));
}

// One rounding of the exact result, or none.
const rounded = 0.5, exact = 0;

const comparisons = "lt le gt ge eq ne and or xor not isNaN isFinite";
const bits = "bitAnd bitOr bitXor shiftLeft shiftRight shiftRightLogical bitcastI32 bitcastU32 bitcastF32";
const choices =
  "select maximum minimum fmax fmin clamp neg abs sign floor ceil trunc round copysign exponentOf nextAfter";
const movement = "copy gather scatter.set";

// The table of relative errors in the OpenCL C specification, full profile: what devices for f32 promise. Where that is
// more than 8 units, a device's own function is not good enough.
const promised: Budgets = {
  ...each("asin acos sin cos sinh cosh asinh acosh hypot", 4),
  ...each("tan atan tanh atanh", 5),
  ...each("exp exp2 expm1 log log2 log10 sqrt", 3),
  ...each("log1p rsqrt", 2),
  ...each("div reciprocal", 2.5),
  atan2: 6,
  pow: 8,
  ...each("erf erfc", 8),
};

// Compositions of those: the errors of the parts, carried through.
const composed: Budgets = {
  // e^-|x| (3), 1 + it (0.5), a quotient (2.5), and the numerator's 3 again, which 8 leave little room for.
  sigmoid: 8,
  // log1p (2) of e^-|x| (3), and a sum (0.5).
  softplus: 6,
  softsign: 3.5,
  // As softplus; next to its zeros in twice the digits.
  logaddexp: { ulp: 6, floor: 2 ** -22 },
  ...each("xlogy xlog1py", 4),
  // Of the distance to a whole number, which is exact.
  sinc: 5,
  // In twice the digits, which leaves one rounding where nothing cancels.
  lerp: { ulp: 3, floor: 2 ** -22 },
  // Exact remainders, to which the divisor is added; the quotient is a whole number.
  ...each("remainder fmod floorDivide", rounded),
};

// Series and asymptotic forms. Next to the zeros of lgamma and digamma, which have no exact reduction, 8 units of 1/2
// are 8 times the rounding of 1.
const special: Budgets = {
  ...each("erfinv polygamma normalCdf normalDensity gelu geluTanh silu mish tanhshrink", 8),
  ...each("lgamma digamma", { ulp: 8, floor: 0.5 }),
};

// First and second derivatives. By way of a value next to 1, as 1 - y² and y(1 - y), in PyTorch too, they are off by
// units of 1 at the ends, which the products with x multiply; others have zeros of their own, where terms cancel.
const slopes: Budgets = {
  ...each("tanh′ tanh′′ tanhshrink′′ sigmoid′ sigmoid′′ softplus′′ logSigmoid′′", { ulp: 4, floor: 1 }),
  ...each("logaddexp′′", { ulp: 8, floor: 1 }),
  ...each("silu′ silu′′ mish′ mish′′ gelu′ gelu′′", { ulp: 16, floor: 1 }),
  "geluTanh′": { ulp: 32, floor: 1 },
  "geluTanh′′": { ulp: 256, floor: 1 },
  ...each("sinc′ sinc′′", { ulp: 16, floor: 1 }),
  ...each("lgamma′ lgamma′′ digamma′ digamma′′ polygamma′ polygamma′′", { ulp: 8, floor: 1 }),
  // eᵃ, where rounding a costs a units; y³ and y⁵ of a root that is rounded.
  ...each("erf′ erf′′ erfc′ erfc′′", 16),
  ...each("erfinv′ erfinv′′", 64),
  ...each("rsqrt′ rsqrt′′ asin′ asin′′ acos′ acos′′ acosh′ acosh′′ asinh′ asinh′′", 12),
  ...each("pow′ pow′′", 64),
  // A square next to the smallest numbers.
  "hypot′′": 128,
};

// Added in any order, n terms are off by at most n/2 units of the sum of their absolute values.
const anyOrder: Budget = { ulp: (count) => 0.5 + count / 2 };
// Every product may be off by 1 unit more.
const products: Budget = { ulp: (count) => count };

const accumulations: Budgets = {
  // In blocks of √n it is √n at worst; a running sum of 100,000 like terms drifts out of it.
  "reduce.sum": { ulp: (count) => 0.5 + Math.min(count / 2, Math.sqrt(count)) },
  "reduce.prod": products,
  ...each("reduce.max reduce.min reduce.any reduce.all reduce.argmax reduce.argmin", exact),
  ...each("cumulate.argmax cumulate.argmin", exact),
  ...each("matmul fold scatter.add cumulate.sum", anyOrder),
  "cumulate.prod": products,
  "cumulate.linear": products,
};

/**
 * What each op is held to in f32 and f64 unless told otherwise: the errors that the OpenCL C specification allows
 * a device, and for what is composed or summed, what follows from them. f16, which is computed in f32 and rounded
 * when it is stored, is allowed half a unit and 2⁻¹³ of these. Composites are compared in units of the largest
 * element of the result.
 *
 * @example
 * ```ts
 * import { budgets } from "@tapegrad/backends/conformance";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([budgets.exp, budgets.atan2, budgets.gather], [3, 6, 0]);
 * ```
 */
export const budgets: Budgets = {
  ...each(`${comparisons} ${bits} ${choices} ${movement}`, exact),
  ...each("add sub mul mulOrZero fma scaleByPower cast fill", rounded),
  ...promised,
  ...composed,
  ...special,
  ...slopes,
  ...accumulations,
  // Its cases are made of small whole numbers, which every step keeps.
  ...each("map map.large", exact),
  "random.uniform": exact,
  "random.normal": 32,
  composite: 16,
  gradient: 32,
};

/** A budget for one output. */
export interface Allowance {
  /** The largest distance, in ULP. */
  readonly ulp: number;
  /** The size below which units do not shrink. */
  readonly floor: number;
}

// How much finer the units of f32 are than those of f16.
const FINER = 2 ** -13;
// What rounds to f16 more than once.
const storedBetween: ReadonlySet<string> = new Set(["scatter.add", "composite", "gradient"]);

/** What an op of `count` terms is allowed. */
export function allowanceOf(own: Budgets, op: string, dtype: string, count: number): Allowance {
  const given = own[`${op} ${dtype}`] ?? own[op], found = given ?? budgets[op] ?? 4;
  const { ulp, floor = 0 } = typeof found === "number" ? { ulp: found } : found;
  const units = typeof ulp === "number" ? ulp : ulp(count);
  const isFiner = given === undefined && dtype === "f16" && units > 0 && !storedBetween.has(op);
  return { ulp: isFiner ? 0.5 + units * FINER : units, floor };
}
