/**
 * Orthogonal polynomials by their recurrences of three terms, on numbers and in expressions, with their slopes in x, which
 * are polynomials of such families again.
 *
 * @module
 */
import { constant, type Expr } from "../../expr/expr.ts";
import { over, type Pair, plus, times } from "../../expr/pairs.ts";
import { type BinaryBuilder, part } from "../../expr/scalar.ts";
import { add, mul, sub, trunc } from "../../expr/scalars/arithmetic.ts";
import { eq, lt, select } from "../../expr/scalars/logic.ts";

/** d p(k + 1) = (a x + b) p(k) - c p(k - 1), of whole numbers and halves. */
type Step = readonly [a: number, b: number, c: number, d: number];

/** What makes a family: the steps from k to k + 1, from 0 on, where c counts for nothing. */
export type Recurrence = (k: number) => Step;

/** The slope in x of a polynomial of an order. */
type Slope = (x: Expr, n: Expr) => Expr;

/** Beyond it products are not parted any more: digits are of no matter where terms do not cancel. */
const HUGE = 1e100;

/** The largest order that is computed: a step takes some nanoseconds, and an infinite order infinitely many. */
const MOST_STEPS = 2 ** 20;

/** p(n) at x, in twice the digits, so that zeros have those of f64. */
function valueOf(recurrence: Recurrence, x: number, order: number): number {
  const n = Math.trunc(order);
  if (n !== n || x !== x || n > MOST_STEPS) return NaN;
  if (n < 0) return 0;
  let before: Pair = [0, 0], value: Pair = [1, 0];
  for (let k = 0; k < n; k++) {
    const [a, b, c, d] = recurrence(k);
    const factor = plus(times([a, 0], [x, 0]), [b, 0]);
    const next = over(plus(times(factor, value), times([-c, 0], before)), d);
    if (!(Math.abs(next[0]) < HUGE) || next[1] !== next[1]) return plain(recurrence, x, n);
    [before, value] = [value, next];
  }
  return value[0] + value[1];
}

function plain(recurrence: Recurrence, x: number, n: number): number {
  let before = 0, value = 1;
  for (let k = 0; k < n; k++) {
    const [a, b, c, d] = recurrence(k);
    // Once it is infinite it stays so: the term before it does not turn it into NaN.
    const next = ((a * x + b) * value - (Math.abs(value) === Infinity ? 0 : c * before)) / d;
    [before, value] = [value, next];
  }
  return value;
}

/** The largest order that is computed where there is no f64: all its steps are in the kernel. */
const MOST_SINGLE = 64;

function single(recurrence: Recurrence, x: Expr, order: Expr): Expr {
  const n = trunc(order);
  let before: Expr = constant(0),
    value: Expr = constant(1),
    found: Expr = select(eq(n, 0), 1, select(lt(n, 0), 0, NaN));
  for (let k = 0; k < MOST_SINGLE; k++) {
    const [a, b, c, d] = recurrence(k);
    const product = mul(add(mul(a / d, x), b / d), value);
    [before, value] = [value, c === 0 ? product : sub(product, mul(c / d, before))];
    found = select(eq(n, k + 1), value, found);
  }
  return found;
}

/** A family by its recurrence, as a function of x and the order, and its slope in x, of those. */
export function family(
  name: string,
  recurrence: Recurrence,
  slope: Slope,
): BinaryBuilder {
  return part(`special_${name}`, [(ct, _y, x, n) => mul(ct, slope(x, n)), null], {
    result: "float",
    evaluate: (x, n) => valueOf(recurrence, x, n),
    expandSingle: (x, n) => single(recurrence, x, n),
  });
}

const gegenbauers = new Map<number, BinaryBuilder>(), laguerres = new Map<number, BinaryBuilder>();

function kept(map: Map<number, BinaryBuilder>, key: number, make: () => BinaryBuilder): BinaryBuilder {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

/** Gegenbauer's polynomials of λ = twice/2: Legendre's of 1/2, Chebyshev's of the second kind of 1. */
export function gegenbauer(twice: number): BinaryBuilder {
  const less = (n: Expr): Expr => sub(n, 1);
  return kept(gegenbauers, twice, () =>
    family(
      `gegenbauer${twice}`,
      (k) => [2 * k + twice, 0, k === 0 ? 0 : k + twice - 1, k + 1],
      (x, n) => mul(twice, gegenbauer(twice + 2)(x, less(n))),
    ));
}

/** Laguerre's polynomials of an α. */
export function laguerre(alpha: number): BinaryBuilder {
  return kept(laguerres, alpha, () =>
    family(
      `laguerre${alpha}`,
      (k) => [-1, 2 * k + 1 + alpha, k === 0 ? 0 : k + alpha, k + 1],
      (x, n) => mul(-1, laguerre(alpha + 1)(x, sub(n, 1))),
    ));
}

/** Chebyshev's polynomials: all have one recurrence, and begin otherwise. */
function chebyshev(
  name: string,
  first: readonly [a: number, b: number],
  slope: Slope,
): BinaryBuilder {
  return family(`chebyshev${name}`, (k) => k === 0 ? [...first, 0, 1] : [2, 0, 1, 1], slope);
}

/** Of the first kind, cos(n arccos x). */
export const chebyshevT: BinaryBuilder = /* @__PURE__ */ chebyshev("T", [1, 0], slopeOfFirst);

function slopeOfFirst(x: Expr, n: Expr): Expr {
  return mul(trunc(n), gegenbauer(2)(x, sub(n, 1)));
}

// That of the third and fourth kinds, which are two neighbours of the second less or plus each other.
function slopeOfTwo(sign: 1 | -1, x: Expr, n: Expr): Expr {
  return mul(2, add(gegenbauer(4)(x, sub(n, 1)), mul(sign, gegenbauer(4)(x, sub(n, 2)))));
}

/** Of the third kind. */
export const chebyshevV: BinaryBuilder = /* @__PURE__ */ chebyshev(
  "V",
  [2, -1],
  (x, n) => slopeOfTwo(-1, x, n),
);

/** Of the fourth kind. */
export const chebyshevW: BinaryBuilder = /* @__PURE__ */ chebyshev(
  "W",
  [2, 1],
  (x, n) => slopeOfTwo(1, x, n),
);

/** Hermite's polynomials of the physicists. */
export const hermite: BinaryBuilder = /* @__PURE__ */ family(
  "hermite",
  (k) => [2, 0, 2 * k, 1],
  (x, n) => mul(mul(2, trunc(n)), hermite(x, sub(n, 1))),
);

/** Those of the probabilists. */
export const hermiteHe: BinaryBuilder = /* @__PURE__ */ family(
  "hermiteHe",
  (k) => [1, 0, k, 1],
  (x, n) => mul(trunc(n), hermiteHe(x, sub(n, 1))),
);

/** What is made of Chebyshev's polynomials at 2x - 1, which is not rounded. */
function shifted(name: string, first: readonly [a: number, b: number], slope: Slope): BinaryBuilder {
  const recurrence: Recurrence = (k) => k === 0 ? [2 * first[0], first[1] - first[0], 0, 1] : [4, -2, 1, 1];
  return family(`shiftedChebyshev${name}`, recurrence, (x, n) => mul(2, slope(sub(mul(2, x), 1), n)));
}

/** Of the first kind at 2x - 1. */
export const shiftedT: BinaryBuilder = /* @__PURE__ */ shifted("T", [1, 0], slopeOfFirst);

/** Of the second kind at 2x - 1. */
export const shiftedU: BinaryBuilder = /* @__PURE__ */ shifted(
  "U",
  [2, 0],
  (x, n) => mul(2, gegenbauer(4)(x, sub(n, 1))),
);

/** Of the third kind at 2x - 1. */
export const shiftedV: BinaryBuilder = /* @__PURE__ */ shifted("V", [2, -1], (x, n) => slopeOfTwo(-1, x, n));

/** Of the fourth kind at 2x - 1. */
export const shiftedW: BinaryBuilder = /* @__PURE__ */ shifted("W", [2, 1], (x, n) => slopeOfTwo(1, x, n));
