/** Matrices that are large or ill-conditioned, against LAPACK's answers. */
import "@tapegrad/backends";
import { eye, fromArray, linalg as l, matmul, type Tensor } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import reference from "../../../proof/reference/linalg.json" with { type: "json" };
import { testWith } from "../../../backend_traits.ts";

/** What is kept of an answer. */
interface Some {
  readonly shape: readonly number[];
  readonly size: number;
  readonly places: readonly number[];
  readonly values: readonly number[];
}

function made(m: number, n: number, value: (i: number, j: number) => number): Tensor {
  return fromArray(Float64Array.from({ length: m * n }, (_, k) => value(Math.floor(k / n), k % n)), [m, n]);
}

function element(i: number, j: number): number {
  return (i * i * 37 + j * j * j * 91 + i * i * j * 53 + i * 7 + j * 13) % 1009 / 1009 - 0.5;
}

const matrices: Readonly<Record<string, (n: number) => Tensor>> = {
  hilbert: (n) => made(n, n, (i, j) => 1 / (i + j + 1)),
  graded: (n) => made(n, n, (i, j) => element(i, j) * Number(`1e-${i}`)),
  one: () => made(1, 1, () => -2.5),
  regular: (n) => made(n, n, (i, j) => element(i, j) + (i === j ? 4 : 0)),
  blocks: (n) => made(n, n, (i, j) => element(i, j) + (i === j ? 1 : 0)),
};

/** How far off inverses and solutions may be, relative to the largest element: as the condition has it. */
const relative: Readonly<Record<string, number>> = { hilbert: 1e-6, graded: 1e-9 };

async function assertLike(
  x: Tensor,
  { shape, size, places, values }: Some,
  tolerance: number,
): Promise<void> {
  assertEquals(x.shape, shape);
  const data = await x.data(), largest = Math.max(...values.map(Math.abs), size / data.length);
  const sum = Array.from(data, Math.abs).reduce((a, b) => a + b, 0);
  assert(Math.abs(sum - size) <= tolerance * size, `sizes sum to ${sum} instead of ${size}`);
  places.forEach((k, i) => {
    assert(
      Math.abs(data[k] - values[i]) <= tolerance * largest,
      `element ${k}: ${data[k]}, not ${values[i]}`,
    );
  });
}

for (const { name, n, sign, logabsdet, inv, solve, cholesky, pivots, exp } of reference.matrices) {
  const tolerance = relative[name] ?? 1e-11;

  testWith({ f64: true }, `LAPACK's answers to the matrix ${name} of ${n} rows`, async () => {
    const a = matrices[name](n), found = l.slogdet(a);
    assertEquals(await found.sign.item(), sign);
    assert(
      Math.abs(await found.logabsdet.item() - logabsdet) <= Math.max(1e-10, Math.abs(logabsdet)) * tolerance,
    );
    await assertLike(l.inv(a), inv, tolerance);
    await assertLike(l.solve(a, made(n, 3, element)), solve, tolerance);
    assertEquals(await l.luFactor(a).pivots.array(), pivots);
    const positive = matmul(a, a.transpose()).div(n).add(eye(n, undefined, { dtype: "f64" }));
    await assertLike(l.cholesky(positive), cholesky, 1e-12);
    await assertLike(l.matrixExp(a.div(16)), exp, 1e-12);
  });
}

testWith({ f64: true }, "LAPACK's answers to matrices that are not square", async () => {
  const { wide, tall } = reference.rectangular;
  for (const [x, { LU, pivots }] of [[made(1, 7, element), wide], [made(120, 60, element), tall]] as const) {
    const found = l.luFactorEx(x);
    await assertLike(found.LU, LU, 1e-12);
    assertEquals([await found.pivots.array(), await found.info.item()], [pivots, 0]);
  }
});
