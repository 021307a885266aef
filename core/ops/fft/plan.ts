/** Discrete Fourier transforms of any length on the host, in double precision, in O(n log n). */
import { Recent } from "../../base/recent.ts";
import { type Pass, passFor } from "./butterflies.ts";
import { chirp, type Numbers, numbers, roots } from "./circle.ts";

/** Transforms numbers in place: X[k] = Σ x[j]·e^(-2πi·jk/n). With the parts exchanged it is the inverse, times n. */
export type Plan = (x: Numbers) => void;

/** Primes beyond are transformed by a convolution. */
const LARGEST_PRIME = 50;

/** As many plans are kept, of lengths up to this. */
const KEPT = 8, LONGEST_KEPT = 2 ** 18;

const plans = /* @__PURE__ */ new Recent<number, Plan>(KEPT);

/** The plan of a length. */
export function planFor(n: number): Plan {
  const known = plans.get(n);
  if (known) return known;
  const factors = factorsOf(n), plan = factors ? inPasses(n, factors) : asConvolution(n);
  if (n <= LONGEST_KEPT) plans.set(n, plan);
  return plan;
}

// Fours first, which take the fewest products; nothing where a prime is too large.
function factorsOf(n: number): number[] | null {
  const factors: number[] = [];
  let rest = n;
  for (const r of [4, 2, 3]) for (; rest % r === 0; rest /= r) factors.push(r);
  for (let r = 5; rest > 1; r += 2) {
    if (r > LARGEST_PRIME) return null;
    for (; rest % r === 0; rest /= r) factors.push(r);
  }
  return factors;
}

function inPasses(n: number, factors: readonly number[]): Plan {
  const passes: readonly [Pass, number][] = factors.map((r) => [passFor(r), r]), turns = roots(n);
  const other = numbers(n);
  return (x) => {
    let from = x, to: Numbers = other, m = n, s = 1;
    for (const [pass, r] of passes) {
      m /= r;
      pass(from, to, m, s, turns);
      s *= r;
      [from, to] = [to, from];
    }
    if (from !== x) copy(from, x);
  };
}

function copy(from: Numbers, to: Numbers): void {
  to.re.set(from.re);
  to.im.set(from.im);
}

/** A length of fast passes that is not below another. */
export function fastLength(least: number): number {
  const powers = [1, 3, 9].map((odd) => odd * 2 ** Math.max(0, Math.ceil(Math.log2(least / odd))));
  return Math.min(...powers);
}

/** What Bluestein's convolution multiplies by, of a length that holds it without overlap. */
export function convolutionOf(n: number): { readonly turns: Numbers; readonly spectrum: Numbers } {
  const turns = chirp(n), spectrum = numbers(fastLength(2 * n - 1)), m = spectrum.re.length;
  for (let k = 0; k < n; k++) {
    for (const at of k === 0 ? [0] : [k, m - k]) {
      spectrum.re[at] = turns.re[k] / m;
      spectrum.im[at] = -turns.im[k] / m;
    }
  }
  planFor(m)(spectrum);
  return { turns, spectrum };
}

// Bluestein: jk = (j² + k² - (k - j)²)/2 makes a convolution of the sum.
function asConvolution(n: number): Plan {
  const { turns, spectrum } = convolutionOf(n), m = spectrum.re.length, work = numbers(m), plan = planFor(m);
  return (x) => {
    work.re.fill(0, n);
    work.im.fill(0, n);
    multiply(x, turns, work, n);
    plan(work);
    multiply(work, spectrum, work, m);
    plan({ re: work.im, im: work.re });
    multiply(work, turns, x, n);
  };
}

function multiply(a: Numbers, b: Numbers, to: Numbers, count: number): void {
  for (let k = 0; k < count; k++) {
    const re = a.re[k], im = a.im[k];
    to.re[k] = re * b.re[k] - im * b.im[k];
    to.im[k] = re * b.im[k] + im * b.re[k];
  }
}
