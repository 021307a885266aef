/** Eigenvalues, singular values and orthogonal factors where they are hardest: ties, zeros, extents of 0 and 1, NaN. */
import "@tapegrad/backends";
import {
  fromArray,
  grad,
  linalg as l,
  matmul,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  variable,
  zeros,
} from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { precision, testWith } from "../../../backend_traits.ts";

const near = precision === "f64" ? 1e-12 : 1e-5, dtype = precision;

async function assertNear(actual: Tensor, expected: number[] | Tensor, within = near): Promise<void> {
  const [a, b] = [[...await actual.data()], Array.isArray(expected) ? expected : [...await expected.data()]];
  assertEquals(a.length, b.length);
  a.forEach((x, i) => assert(Math.abs(x - b[i]) <= within, `${x} instead of ${b[i]} at ${i}`));
}

function identityLike(q: Tensor): Tensor {
  return matmul(q.transpose(), q);
}

const unit = (n: number): number[] => Array.from({ length: n * n }, (_, i) => i % (n + 1) === 0 ? 1 : 0);

Deno.test("R has the signs that LAPACK gives, and a column that needs no reflector keeps its own", async () => {
  const { R } = l.qr(tensor([[3, 1], [4, 2]], { dtype }));
  await assertNear(R, [-5, -2.2, 0, 0.4]);
  await assertNear(l.qr(tensor([[-2, 1], [0, 3]], { dtype })).R, [-2, 1, 0, 3]);
  const wide = l.qr(tensor([[1, 2, 3], [4, 5, 6]], { dtype }));
  await assertNear(matmul(wide.Q, wide.R), [1, 2, 3, 4, 5, 6]);
});

Deno.test("Q is complete where it is asked for, has no columns with mode r, and has no gradient beyond the matrix", async () => {
  const x = variable([[1, 2], [3, 4], [5, 7]], { dtype });
  const { Q, R } = l.qr(x, { mode: "complete" });
  assertEquals([Q.shape, R.shape], [[3, 3], [3, 2]]);
  await assertNear(identityLike(Q), unit(3));
  assertEquals(l.qr(x, { mode: "r" }).Q.shape, [0]);
  assertThrows(() => Q.sum().backward(), ShapeError, "columns of Q beyond those of the matrix are any");
  assertThrows(
    () => l.qr(x, { mode: "full" as "r" }),
    TypeError,
    'Cannot linalg.qr with mode "full": choose reduced, complete or r',
  );
});

Deno.test("first derivatives of what is symmetric in eigenvalues are right at ties", async () => {
  const tied = variable([[2, 0, 0], [0, 2, 0], [0, 0, 5]], { dtype });
  l.eigvalsh(tied).square().sum().backward();
  await assertNear(tied.grad!, [4, 0, 0, 0, 4, 0, 0, 0, 10]);
  await assertNear(grad((x: Tensor) => l.eigvalsh(x).log().sum())(tied.detach()), [
    0.5,
    0,
    0,
    0,
    0.5,
    0,
    0,
    0,
    0.2,
  ]);
  await assertNear(grad((x: Tensor) => l.svdvals(x).square().sum())(tied.detach()), [
    4,
    0,
    0,
    0,
    4,
    0,
    0,
    0,
    10,
  ]);
  await assertNear(
    grad((x: Tensor) => l.matrixNorm(x, "nuc"))(zeros([2, 2], { dtype }).add(tensor([[1, 0], [0, 1]]))),
    [
      1,
      0,
      0,
      1,
    ],
  );
});

Deno.test("at ties the gradient of vectors is not finite, as in PyTorch", async () => {
  const x = tensor([[2, 0], [0, 2]], { dtype });
  for (const vectors of [(x: Tensor) => l.eigh(x).eigenvectors, (x: Tensor) => l.svd(x).U]) {
    const slope = await grad((x: Tensor) => vectors(x).sum())(x).data();
    assert(slope.some((g) => !Number.isFinite(g)));
  }
});

Deno.test("matrices of zeros, of one row and of one column have all their vectors", async () => {
  for (
    const x of [
      zeros([3, 2], { dtype }),
      zeros([2, 3], { dtype }),
      tensor([[3, 0, 4]], { dtype }),
      tensor([[1], [2]], { dtype }),
    ]
  ) {
    const { U, S, Vh } = l.svd(x), k = S.shape[0];
    await assertNear(identityLike(U), unit(x.shape[0]));
    await assertNear(identityLike(Vh), unit(x.shape[1]));
    await assertNear(matmul(U.narrow(1, 0, k).mul(S), Vh.narrow(0, 0, k)), x);
  }
  const { eigenvalues, eigenvectors } = l.eigh(zeros([3, 3], { dtype }));
  await assertNear(eigenvalues, [0, 0, 0]);
  await assertNear(identityLike(eigenvectors), unit(3));
});

Deno.test("empty matrices and batches have empty results", () => {
  const shapes = (results: object) =>
    Object.values(results as Record<string, Tensor>).map(({ shape }) => shape);
  assertEquals(shapes(l.qr(zeros([0, 3]))), [[0, 0], [0, 3]]);
  assertEquals(shapes(l.qr(zeros([3, 0]), { mode: "complete" })), [[3, 3], [3, 0]]);
  assertEquals(shapes(l.svd(zeros([0, 3]))), [[0, 0], [0], [3, 3]]);
  assertEquals(shapes(l.svd(zeros([0, 2, 3]), { fullMatrices: false })), [[0, 2, 2], [0, 2], [0, 2, 3]]);
  assertEquals(shapes(l.eigh(zeros([2, 0, 0]))), [[2, 0], [2, 0, 0]]);
  assertEquals(shapes(l.eig(zeros([0, 0]))), [[0, 2], [0, 0, 2]]);
  assertEquals(l.pinv(zeros([2, 0, 3])).shape, [2, 3, 0]);
  assertEquals(l.matrixRank(zeros([2, 0, 3])).shape, [2]);
  assertEquals(shapes(l.geqrf(zeros([3, 0]))), [[3, 0], [0]]);
});

Deno.test("a matrix with a NaN or an infinity has NaNs, the others of its batch have none", async () => {
  const x = tensor([[[1, NaN], [NaN, 2]], [[2, 0], [0, Infinity]], [[1, 0], [0, 2]]], { dtype });
  const values = [l.eigvalsh(x), l.svdvals(x).flip(1), l.eigvals(x).narrow(2, 0, 1).squeeze(2)];
  for (const found of values) {
    assertEquals((await found.array() as number[][]).slice(0, 2), [[NaN, NaN], [NaN, NaN]]);
    await assertNear(found.slice(2).sort().values, [1, 2]);
  }
});

Deno.test("numbers whose squares are lost have their singular values and eigenvalues", async () => {
  const far = precision === "f64" ? 1e200 : 1e30;
  for (const by of [far, 1 / far]) {
    const x = tensor([[3, 0], [0, 4]], { dtype }).mul(by);
    await assertNear(l.svdvals(x).div(by), [4, 3]);
    await assertNear(l.eigvalsh(x).div(by), [3, 4]);
    await assertNear(l.eigvals(x).div(by), [3, 0, 4, 0]);
  }
});

Deno.test("values without vectors are the same bits as with them", async () => {
  const x = tensor([[4, 1, 0.3], [1, -2, 0.7], [0.3, 0.7, 1]], { dtype }), asked = x.detach();
  asked.requiresGrad = true;
  for (const values of [l.eigvalsh, l.svdvals, l.eigvals]) {
    assertEquals(await values(x).data(), await values(asked).data());
    assert(values(asked).requiresGrad);
  }
});

Deno.test("complex eigenvalues come in pairs, their vectors too, and satisfy their equation", async () => {
  const x = tensor([[0, -2, 1], [2, 0, 0], [1, 1, 3]], { dtype }), { eigenvalues, eigenvectors } = l.eig(x);
  const [re, im] = [0, 1].map((part) => eigenvectors.narrow(2, part, 1).squeeze(2));
  const [a, b] = [0, 1].map((part) => eigenvalues.narrow(1, part, 1).squeeze(1));
  await assertNear(matmul(x, re), re.mul(a).sub(im.mul(b)));
  await assertNear(matmul(x, im), re.mul(b).add(im.mul(a)));
  await assertNear(eigenvectors.square().sum([0, 2]), [1, 1, 1]);
  const imaginary = [...await b.data()], first = imaginary.findIndex((x) => x !== 0);
  assert(imaginary[first] > 0 && imaginary[first + 1] === -imaginary[first]);
});

Deno.test("least squares of lower rank have the smallest solution, and what drivers do not tell is empty", async () => {
  const a = tensor([[1, 1], [1, 1], [1, 1]], { dtype }), b = tensor([[1], [2], [3]], { dtype });
  const { solution, residuals, rank, singularValues } = l.lstsq(a, b, { driver: "gelsd" });
  await assertNear(solution, [1, 1]);
  await assertNear(residuals, [2]);
  assertEquals(await rank.item(), 1);
  await assertNear(singularValues, [Math.sqrt(6), 0]);
  assertEquals(l.lstsq(a, b).singularValues.shape, [0]);
  assertEquals(l.lstsq(b, b, { driver: "gels" }).rank.shape, [0]);
  assertThrows(() => l.lstsq(a, b.narrow(0, 0, 2)), ShapeError, "rows are 3 and 2");
  assertThrows(() => l.lstsq(a, b, { driver: "lu" as "gels" }), TypeError, 'driver "lu": choose one of gels');
});

Deno.test("tolerances say which singular values count", async () => {
  const x = tensor([[[4, 0], [0, 1]], [[4, 0], [0, 1e-3]]], { dtype });
  assertEquals(await l.matrixRank(x).array(), [2, 2]);
  assertEquals(await l.matrixRank(x, { atol: 0.5 }).array(), [2, 1]);
  assertEquals(await l.matrixRank(x, { rtol: 0.5 }).array(), [1, 1]);
  assertEquals(await l.matrixRank(x, { atol: tensor([2, 0], { dtype }) }).array(), [1, 2]);
  assertEquals(await l.matrixRank(x.neg(), { hermitian: true }).array(), [2, 2]);
  await assertNear(l.pinv(x, { rtol: 0.1, hermitian: true }), [0.25, 0, 0, 1, 0.25, 0, 0, 0]);
});

Deno.test("singular matrices have infinite condition numbers, and empty ones 0", async () => {
  const x = tensor([[[1, 1], [1, 1]], [[2, 0], [0, 1]]], { dtype });
  await assertNear(l.cond(x.slice(1)), [2]);
  for (const order of ["fro", 1, -Infinity] as const) {
    assertEquals((await l.cond(x, order).array() as number[])[0], Infinity);
    assert(Number.isFinite((await l.cond(x, order).array() as number[])[1]));
  }
  assertEquals(await l.cond(zeros([2, 0, 0], { dtype }), "fro").array(), [0, 0]);
});

Deno.test("reflectors give Q, and multiply others as it does", async () => {
  const x = tensor([[1, 2], [3, 4], [5, 7]], { dtype }), { a, tau } = l.geqrf(x), { Q, R } = l.qr(x);
  await assertNear(l.householderProduct(a, tau), Q);
  await assertNear(l.ormqr(a, tau, x, { transpose: true }).narrow(0, 0, 2), R);
  await assertNear(l.ormqr(a, tau, x.transpose(), { left: false }).narrow(1, 0, 2), R.transpose());
  assertThrows(() => l.householderProduct(a.transpose(), tau), ShapeError, "with m ≥ n ≥ k");
});

testWith(
  { f64: true },
  "least squares of a Hilbert matrix leave as little as LAPACK's, by every driver",
  async () => {
    const n = 12,
      elements = Float64Array.from({ length: n * n }, (_, k) => 1 / (Math.floor(k / n) + k % n + 1));
    const a = fromArray(elements, [n, n]), b = ones([n, 1], { dtype: "f64" });
    for (const driver of ["gelsy", "gelsd", "gelss"] as const) {
      const { solution } = l.lstsq(a, b, { driver });
      // numpy's leave 4.2e-8; by the inverse that was rounded first it were 1e-3.
      assert(await matmul(a, solution).sub(b).square().sum().sqrt().item() < 1e-7);
    }
  },
);
