import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { digamma, erf, erfc, erfinv, lgamma, polygamma, roundHalfEven } from "../../../core/expr/special.ts";
import references from "./special_values.json" with { type: "json" };

/** Numbers, with NaN, -0 and the infinities as text; the last is the answer, those before it the arguments. */
type Row = readonly (number | string)[];
type Scalar = (...numbers: number[]) => number;

const { abs, fround, log2, max } = Math;
const tiny = { f64: 5e-324, f32: 2 ** -149 };

/** A number as text that tells -0 from 0. */
function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}

/** The distance between neighbouring numbers of a dtype at y. */
function spacing(y: number, dtype: "f64" | "f32"): number {
  const [least, bits] = dtype === "f64" ? [-1022, 52] : [-126, 23];
  if (abs(y) < 2 ** least) return tiny[dtype];
  const exponent = Math.floor(log2(abs(y)));
  // log2 may round up to the next whole number.
  return 2 ** ((2 ** exponent > abs(y) ? exponent - 1 : exponent) - bits);
}

/** The largest error over rows, as a multiple of what `allowed` grants a row; at most 1 is good. */
function worst(f: Scalar, rows: readonly Row[], allowed: (wanted: number, args: number[]) => number): number {
  return rows.reduce((most, row) => {
    const args = row.map(Number), wanted = args.pop()!;
    const error = abs(f(...args) - wanted) / allowed(wanted, args);
    return Number.isNaN(error) ? Infinity : max(most, error);
  }, 0);
}

const ulps = (count: number) => (wanted: number): number => count * spacing(wanted, "f64");
const absolute = (bound: number) => (wanted: number): number => bound * max(1, abs(wanted));
const positive = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => Number(row.at(-2)) > 0);
const negative = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => Number(row.at(-2)) < 0);

Deno.test("erf is within 2 ulp", () => {
  assert(worst(erf, references.erf, ulps(2)) <= 1);
});

Deno.test("erfc is within 4 ulp, its denormals within 1", () => {
  assert(worst(erfc, references.erfc, ulps(4)) <= 1);
  const denormals = references.erfc.filter(([, y]) => y < 2 ** -1022);
  assert(denormals.length > 10);
  assert(worst(erfc, denormals, ulps(1)) <= 1);
});

Deno.test("erfinv is within 4 ulp", () => {
  assert(worst(erfinv, references.erfinv, ulps(4)) <= 1);
});

Deno.test("lgamma is within 4 ulp, and absolutely for negative x", () => {
  assert(worst(lgamma, positive(references.lgamma), ulps(4)) <= 1);
  assert(worst(lgamma, negative(references.lgamma), absolute(2e-15)) <= 1);
});

Deno.test("digamma is within 3 ulp, and absolutely for negative x", () => {
  assert(worst(digamma, positive(references.digamma), ulps(3)) <= 1);
  assert(worst(digamma, negative(references.digamma), absolute(2e-15)) <= 1);
});

Deno.test("polygamma is within 5 ulp to order 8, and loses bits with the order beyond and for negative x", () => {
  const allowed = (wanted: number, [n, x]: number[]): number =>
    (x < 0 ? 3 * n + 5 : n <= 8 ? 5 : 12) * spacing(wanted, "f64");
  assert(worst(polygamma, references.polygamma, allowed) <= 1);
});

const functions: Record<string, Scalar> = { erf, erfc, erfinv, lgamma, digamma, polygamma, roundHalfEven };

for (const [name, rows] of Object.entries<readonly Row[]>(references)) {
  if (name.endsWith("Edges")) continue;
  Deno.test(`${name} rounds to the f32 next to the right one, or to it`, () => {
    const rounded = rows.map((row) => [...row.slice(0, -1), fround(Number(row.at(-1)))])
      .filter((row) => Number.isFinite(row.at(-1)));
    assert(
      worst((...args) => fround(functions[name](...args)), rounded, (wanted) => spacing(wanted, "f32")) <= 1,
    );
  });
}

for (const [name, f] of Object.entries(functions)) {
  Deno.test(`${name} has PyTorch's answers at zeros, poles, infinities, denormals and NaN`, () => {
    const rows: Row[] = (references as unknown as Record<string, Row[]>)[`${name}Edges`];
    const got = rows.map((row) => f(...row.slice(0, -1).map(Number)));
    assertEquals(got.map(show), rows.map((row) => show(Number(row.at(-1)))));
  });
}

Deno.test("polygamma at its poles and at Infinity is the limit, where PyTorch has noise or NaN", () => {
  assertEquals([-1, -2, -1e300, -Infinity].map((x) => polygamma(1, x)), Array(4).fill(Infinity));
  assertEquals([2, 3].map((n) => show(polygamma(n, Infinity))), ["-0", "0"]);
});

Deno.test("polygamma of order 0 is digamma, and of an order that is no whole number NaN", () => {
  assertEquals([0.3, -2.6, 7].map((x) => polygamma(0, x)), [0.3, -2.6, 7].map(digamma));
  assertEquals([-1, 1.5, NaN].map((n) => polygamma(n, 2)), [NaN, NaN, NaN]);
});

Deno.test("erf and erfinv are odd to the last bit", () => {
  for (const [x] of references.erf) assertEquals(erf(-x), -erf(x));
  for (const [x] of references.erfinv) assertEquals(erfinv(-x), -erfinv(x));
});

Deno.test("a polygamma of a large order is in range where its factorial is not, and takes no longer", () => {
  // By mpmath, 40 digits.
  const known = [[10002, 3690, -3.3079116087638587e-14], [10001, 3650, 2.6920375504054694e33]] as const;
  for (const [n, x, expected] of known) assertAlmostEquals(polygamma(n, x) / expected, 1, 1e-10);
  const huge = [2, 1e300, -0.25, -0.75, -0.5].map((x) => polygamma(2 ** 53, x));
  assertEquals(huge, [-Infinity, -0, Infinity, -Infinity, -Infinity]);
});
