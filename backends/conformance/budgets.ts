/** How far from the exact result each op may be. */
import type { Budget, Budgets } from "./budget.ts";
import { elementwise } from "./ops/elementwise.ts";
import { exact, rounded } from "./ops/row.ts";

export type { Budget, Budgets } from "./budget.ts";

function each(names: string, budget: number | Budget): Budgets {
  return Object.fromEntries(names.split(" ").map((name) => [name, budget]));
}

// Of scalar functions that no op is named after: those of which ops are made.
const parts: Budgets = {
  ...each("lt le gt ge eq ne and or xor not select", exact),
  ...each("bitAnd bitOr bitXor shiftRightLogical bitcastI32 bitcastU32 bitcastF32", exact),
  ...each("exponentOf nextAfter", exact),
  ...each("mulOrZero fma scaleByPower", rounded),
  // Series and asymptotic forms.
  ...each("normalCdf normalDensity", 8),
};

// What the rows of the ops say, of values and of derivatives: `exp`, `exp′` and `exp′′`.
const ofOps: Budgets = Object.fromEntries(
  Object.entries(elementwise).flatMap(([op, { budget, slope, curvature }]) =>
    [budget, slope, curvature].flatMap((one, order) =>
      one === undefined ? [] : [[op + "′".repeat(order), one] as const]
    )
  ),
);

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
  ...each("cumulate.prod scatter.prod", products),
  "cumulate.linear": products,
};

/** Budgets of all that is no elementwise op of core; those have theirs in their rows. */
export const otherBudgets: Budgets = {
  ...parts,
  ...each("copy gather scatter.set scatter.max scatter.min", exact),
  ...each("cast fill", rounded),
  ...accumulations,
  // Its cases are made of small whole numbers, which every step keeps.
  ...each("map map.large", exact),
  "random.uniform": exact,
  "random.normal": 32,
  composite: 16,
  gradient: 32,
};

/**
 * What each op is held to in f32 and f64 unless told otherwise: the errors that the OpenCL C specification allows
 * a device, and for what is composed or summed, what follows from them. f16, which is computed in f32 and rounded
 * when it is stored, is allowed half a unit and 2⁻¹³ of these. Composites are compared in units of the largest
 * element of the result.
 *
 * @category Conformance
 * @example
 * ```ts
 * import { budgets } from "@tapegrad/backends/conformance";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([budgets.exp, budgets.atan2, budgets.gather], [3, 6, 0]);
 * ```
 */
export const budgets: Budgets = { ...otherBudgets, ...ofOps };

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
const storedBetween: ReadonlySet<string> = new Set(["scatter.add", "scatter.prod", "composite", "gradient"]);

/** What an op of `count` terms is allowed. */
export function allowanceOf(own: Budgets, op: string, dtype: string, count: number): Allowance {
  const given = own[`${op} ${dtype}`] ?? own[op], found = given ?? budgets[op] ?? 4;
  const { ulp, floor = 0 } = typeof found === "number" ? { ulp: found } : found;
  const units = typeof ulp === "number" ? ulp : ulp(count);
  const isFiner = given === undefined && dtype === "f16" && units > 0 && !storedBetween.has(op);
  return { ulp: isFiner ? 0.5 + units * FINER : units, floor };
}
