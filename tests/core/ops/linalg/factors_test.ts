/** Matrices that try a factorisation, against NumPy's answers, and exact ones where NumPy's have no digits. */
import "@tapegrad/backends";
import { fromArray, linalg as l, matmul, type Tensor } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { precision } from "../../../backend_traits.ts";
import reference from "../../../proof/reference/factors.json" with { type: "json" };

const { large, hilbert, graded, low, frank } = reference, ignore = precision === "f32";

function matrix(m: number, n: number, element: (i: number, j: number) => number): Tensor {
  const data = Float64Array.from({ length: m * n }, (_, k) => element(Math.floor(k / n), k % n));
  return fromArray(data, [m, n], { dtype: "f64" });
}

// As factors.py has it.
function weyl(m: number, n: number, seed = 0): Tensor {
  return matrix(m, n, (i, j) => {
    const turn = (i * n + j + 1) * 0.6180339887498949 + seed * 0.4142135623730951, square = turn * turn;
    return (square - Math.floor(square)) * 2 - 1;
  });
}

const hilbertMatrix = (): Tensor => matrix(10, 10, (i, j) => 1 / (i + j + 1));
const frankMatrix = (): Tensor => matrix(12, 12, (i, j) => j >= i - 1 ? Math.min(12 - i, 12 - j) : 0);

async function numbers(x: Tensor): Promise<number[]> {
  return [...await x.data()];
}

function assertNear(
  actual: readonly number[],
  expected: readonly number[],
  within: (x: number) => number,
): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((x, i) => {
    const apart = Math.abs(x - expected[i]);
    assert(apart <= within(expected[i]), `${x} instead of ${expected[i]} at ${i}, ${apart} apart`);
  });
}

interface Some {
  readonly places: readonly number[];
  readonly values: readonly number[];
}

async function assertSome(
  actual: Tensor | readonly number[],
  { places, values }: Some,
  within: number,
): Promise<void> {
  const all = Array.isArray(actual) ? actual : await numbers(actual as Tensor);
  assertNear(places.map((i) => all[i]), values, () => within);
}

Deno.test({ name: "spectra of 500 × 500 are NumPy's", ignore }, async () => {
  const x = weyl(500, 500);
  await assertSome(l.svdvals(x), large.singular, 1e-12);
  await assertSome(l.eigvalsh(x.add(x.transpose())), large.symmetric, 1e-12);
  await assertSome(l.qr(x).R.diagonal(), large.triangle, 1e-12);
  await assertSome(
    l.lstsq(x.narrow(1, 0, 300), weyl(500, 2, 4)).solution.slice(null, 1),
    large.solution,
    1e-12,
  );
  const sizes = await numbers(l.eigvals(x).square().sum(-1).sqrt());
  await assertSome(sizes.sort((a, b) => a - b), large.eigen, 1e-11);
});

Deno.test({ name: "the small singular values of graded matrices have their digits", ignore }, async () => {
  const x = weyl(8, 8, 1).mul(matrix(1, 8, (_, j) => 10 ** (-3 * j)));
  const digits = (value: number) => 1e-13 * value;
  assertNear(await numbers(l.svdvals(x)), graded.singular, digits);
  assertNear(await numbers(l.svdvals(x.transpose())), graded.transposed, digits);
  const { U, S, Vh } = l.svd(x);
  assertNear(await numbers(matmul(U.mul(S), Vh)), await numbers(x), () => 1e-15);
});

Deno.test({ name: "a Hilbert matrix has its spectra to the rounding of its norm", ignore }, async () => {
  const x = hilbertMatrix(), rounding = () => 4e-15;
  assertNear(await numbers(l.svdvals(x)), hilbert.singular, rounding);
  assertNear(await numbers(l.eigvalsh(x).flip(0)), hilbert.singular, rounding);
  assertNear(await numbers(l.qr(x).R.diagonal()), hilbert.triangle, rounding);
  assertEquals(await l.matrixRank(x, { atol: 1e-8 }).item(), hilbert.rank);
});

Deno.test(
  { name: "a matrix of lower rank has its inverse, its rank and its least squares", ignore },
  async () => {
    const x = matmul(weyl(6, 2, 2), weyl(2, 4, 3)), b = weyl(6, 2, 5), within = () => 1e-13;
    assertNear(await numbers(l.svdvals(x)), low.singular, within);
    assertNear(await numbers(l.pinv(x)), low.inverse.flat(), within);
    assertNear(await numbers(l.lstsq(x, b).solution), low.solution.flat(), within);
    assertEquals(await l.matrixRank(x).item(), low.rank);
  },
);

Deno.test(
  { name: "eigenvalues that rounding moves are no farther off than those of LAPACK", ignore },
  async () => {
    const found = await numbers(l.eigvals(frankMatrix()).narrow(1, 0, 1));
    assertNear(found.sort((a, b) => a - b), frank.eigen, (x) => x < 0.3 ? 4e-8 : 1e-10);
  },
);
