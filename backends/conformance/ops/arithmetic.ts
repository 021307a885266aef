/** Rows of arithmetic, comparisons, logic, bits and choice. */
import { basesAndExponents } from "../grids.ts";
import {
  anything,
  close,
  type ElementwiseRow,
  exact,
  type Interval,
  positive,
  rounded,
  rounding,
  type Rows,
  same,
  slopes,
} from "./row.ts";

const divisors: Interval = [0.9, 1.4];

const comparison: ElementwiseRow = { special: same };
const bits: ElementwiseRow = { domain: "integers" };
const step: ElementwiseRow = { flat: true, budget: exact, special: same };

const added: ElementwiseRow = {
  domain: null,
  parameters: [{ torch: "value", sample: 0.7 }],
  budget: 4,
};

/** Rows of arithmetic. */
export const arithmetic: Rows = {
  add: { torch: "add __radd__", budget: rounded, special: same },
  sub: { torch: "sub rsub __rsub__", budget: rounded, special: same },
  mul: { torch: "mul __rmul__", budget: rounded, special: same },
  div: {
    torch: "div.no_rounding_mode div.trunc_rounding div.floor_rounding true_divide __rdiv__",
    domain: [anything, positive],
    budget: 2.5,
    special: same,
  },
  pow: {
    torch: "pow float_power __rpow__",
    domain: [positive, [-1.5, 2.4]],
    points: basesAndExponents,
    budget: 8,
    ...slopes(64),
    special: close,
  },
  // Exact remainders, to which the divisor is added; the quotient is a whole number.
  floorDivide: {
    torch: "floor_divide",
    flat: true,
    domain: [anything, [0.7, 1.3]],
    budget: rounded,
    special: same,
  },
  remainder: {
    torch: "remainder __rmod__",
    domain: [anything, divisors],
    budget: rounded,
    special: same,
  },
  fmod: { torch: "fmod", domain: [anything, divisors], budget: rounded, special: same },
  maximum: { torch: "maximum max.binary", budget: exact, special: same },
  minimum: { torch: "minimum min.binary", budget: exact, special: same },
  fmax: { torch: "fmax", budget: exact, special: same },
  fmin: { torch: "fmin", budget: exact, special: same },
  // The curvature is a square next to the smallest numbers.
  hypot: { torch: "hypot", budget: 4, curvature: 128, special: close },
  copysign: { torch: "copysign", budget: exact, special: same },
  neg: { torch: "neg", budget: exact, special: same },
  abs: { torch: "abs", budget: exact, special: same },
  sign: { ...step, torch: "sign sgn" },
  square: { torch: "square", budget: rounded, special: same },
  sqrt: { torch: "sqrt", domain: [positive], budget: 3, special: same },
  // The derivatives are y³ and y⁵ of a root that is rounded.
  rsqrt: {
    torch: "rsqrt",
    domain: [positive],
    budget: 2,
    ...slopes(12),
    special: { f64: 2, f32: 4, why: "the gradient is the cube of the value, which f32 has rounded" },
  },
  reciprocal: { torch: "reciprocal", domain: [positive], budget: 2.5, special: same },
  addcmul: { ...added, torch: "addcmul" },
  addcdiv: { ...added, torch: "addcdiv" },
  floor: { ...step, torch: "floor" },
  ceil: { ...step, torch: "ceil" },
  trunc: { ...step, torch: "trunc" },
  round: { ...step, torch: "round round.decimals_0 round.decimals_3 round.decimals_neg_3" },
  frac: { torch: "frac", budget: exact, special: same },
};

/** Rows of comparisons, logic and bits. */
export const truths: Rows = {
  equal: comparison,
  notEqual: comparison,
  less: comparison,
  lessEqual: comparison,
  greater: comparison,
  greaterEqual: comparison,
  logicalAnd: comparison,
  logicalOr: comparison,
  logicalXor: comparison,
  logicalNot: comparison,
  isNaN: { ...comparison, budget: exact },
  isFinite: { ...comparison, budget: exact },
  isInfinite: comparison,
  bitwiseAnd: bits,
  bitwiseOr: bits,
  bitwiseXor: bits,
  shiftLeft: { ...bits, budget: exact },
  shiftRight: { ...bits, budget: exact },
};

/** Rows of choices between operands. */
export const choice: Rows = {
  where: { torch: "where", domain: null, special: same },
  clamp: { torch: "clamp clamp_min clamp_max", domain: null, budget: exact, special: same },
  maskedFill: { torch: "masked_fill", domain: null },
  // In twice the digits, which leaves one rounding where nothing cancels.
  lerp: {
    torch: "lerp",
    domain: null,
    budget: { ulp: 3, floor: 2 ** -22 },
    special: same,
    // Half of the digits again, of numbers of the size of the operands.
    granted: (dtype, a, b) => 8 * rounding[dtype] ** 2 * Math.max(Math.abs(a), Math.abs(b)),
  },
};
