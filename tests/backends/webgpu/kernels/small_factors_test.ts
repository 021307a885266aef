/** Orthogonal factors and spectra of small matrices on the device, beside those in double precision. */
import {
  type Backend,
  compile,
  fromArray,
  grad,
  linalg as l,
  matmul,
  sum,
  type Tensor,
} from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { use, webGpuTest } from "../open.ts";
import { type Calls, compareWithHost, numbers, reference, regular } from "./matrices.ts";

function symmetric(x: Tensor): Tensor {
  return x.add(x.transpose());
}

function timesColumns(x: Tensor, s: Tensor): Tensor {
  return x.mul(s.unsqueeze(-2));
}

function ofEigen(x: Tensor, options?: l.TriangleOptions): Tensor[] {
  const { eigenvalues, eigenvectors: v } = l.eigh(x, options), turned = v.transpose();
  return [eigenvalues, matmul(timesColumns(v, eigenvalues), turned), matmul(turned, v)];
}

function ofSingular(x: Tensor): Tensor[] {
  const { U, S, Vh } = l.svd(x, { fullMatrices: false });
  return [S, matmul(timesColumns(U, S), Vh), matmul(U.transpose(), U), matmul(Vh, Vh.transpose())];
}

function shapesOf(n: number): [number, number][] {
  const k = Math.ceil(n / 2);
  return [[n, n], [n, k], [k, n], [n, 1], [1, n]];
}

const calls: Calls = {
  qr: (n, lead, on) =>
    shapesOf(n).flatMap((shape) => Object.values(l.qr(numbers([...lead, ...shape], 1, on)))),
  "complete qr": (n, lead, on) =>
    shapesOf(n).flatMap(([m, n]) =>
      Object.values(l.qr(numbers([...lead, n, m], 2, on).transpose(), { mode: "complete" }))
    ),
  "qr and svd of matrices with many rows or columns": (n, lead, on) =>
    (n === 1 ? [[100, 10], [10, 100], [1, 200], [341, 3]] : []).flatMap((shape) => {
      const x = numbers([...lead, ...shape], 10, on);
      return [...Object.values(l.qr(x)), ...Object.values(l.geqrf(x)), ...ofSingular(x)];
    }),
  reflectors: (n, lead, on) =>
    shapesOf(n).flatMap((shape) => Object.values(l.geqrf(numbers([...lead, ...shape], 3, on)))),
  eigh: (n, lead, on) =>
    [false, true].flatMap((upper) => ofEigen(numbers([...lead, n, n], 4, on).transpose(), { upper })),
  eigvalsh: (n, lead, on) => [l.eigvalsh(symmetric(numbers([...lead, n, n], 5, on)))],
  svd: (n, lead, on) => shapesOf(n).flatMap((shape) => ofSingular(numbers([...lead, ...shape], 6, on))),
  svdvals: (n, lead, on) => shapesOf(n).map((shape) => l.svdvals(numbers([...lead, ...shape], 7, on))),
  det: (n, lead, on) => [l.det(numbers([...lead, n, n], 8, on))],
  matrixExp: (n, lead, on) =>
    [0.01, 1, 4].map((size) => l.matrixExp(numbers([...lead, n, n], 11, on).mul(size / Math.sqrt(n)))),
  slogdet: (n, lead, on) => Object.values(l.slogdet(regular([...lead, n, n], 9, on))),
};

// LAPACK's f32 keeps about n ε of the largest element.
compareWithHost(calls, 1e-5);

function made(n: number, value: (i: number, j: number) => number, on: Backend): Tensor {
  const data = Float64Array.from({ length: n * n }, (_, k) => Math.fround(value(Math.floor(k / n), k % n)));
  return fromArray(on === reference ? data : Float32Array.from(data), [n, n], { backend: on });
}

async function both(backend: Backend, call: (on: Backend) => Tensor): Promise<[number[], number[]]> {
  const [found, right] = await Promise.all([backend, reference].map((on) => call(on).data()));
  return [[...found].map(Number), [...right].map(Number)];
}

const mixed = (i: number, j: number) =>
  (i * i * 37 + j * j * j * 91 + i * i * j * 53 + i * 7 + j * 13) % 1009 / 1009 - 0.5;

/** Matrices whose smallest numbers are far below the rounding of the largest. */
const graded: Readonly<
  Record<string, readonly [power: (i: number, j: number) => number, tolerance: number]>
> = {
  rows: [(i) => -i, 1e-6],
  "rows, smallest first": [(i) => i - 11, 1e-4],
  "rows in any order": [(i) => -(5 * i % 12), 1e-6],
  columns: [(_, j) => -j, 1e-6],
  "columns, smallest first": [(_, j) => j - 11, 1e-6],
  both: [(i, j) => -i - j, 2e-6],
  "both, smallest first": [(i, j) => i + j - 22, 1e-4],
};

for (const [name, [power, tolerance]] of Object.entries(graded)) {
  webGpuTest(`small singular values of a matrix are accurate too, graded by ${name}`, async (backend) => {
    const value = (i: number, j: number) => (mixed(i, j) + (i === j ? 2 : 0)) * 10 ** power(i, j);
    const [found, right] = await both(backend, (on) => l.svdvals(made(12, value, on)));
    found.forEach((s, i) => assert(Math.abs(s - right[i]) <= tolerance * right[i], `${s}, not ${right[i]}`));
  });
}

webGpuTest("small eigenvalues of a definite matrix that is graded are accurate", async (backend) => {
  const value = (i: number, j: number) => (i === j ? 2 : mixed(i + j, i * j) / 4) * 10 ** (-2 * i - 2 * j);
  const [found, right] = await both(backend, (on) => {
    const x = made(8, value, on);
    // The host's own are not, by another method.
    return on === reference ? l.svdvals(x).flip(0) : l.eigvalsh(x);
  });
  found.forEach((x, i) => assert(Math.abs(x - right[i]) <= 1e-5 * right[i], `${x}, not ${right[i]}`));
});

webGpuTest("determinants of singular matrices are as small as in f64", async (backend) => {
  const rank = (on: Backend) => matmul(numbers([4, 9, 7], 1, on), numbers([4, 7, 9], 2, on));
  const whole = fromArray(Float32Array.from(await rank(backend).data()), [4, 9, 9], { backend });
  const right = fromArray(Float64Array.from(await whole.data()), [4, 9, 9], { backend: reference });
  const [found, wanted] = await Promise.all([l.det(whole).data(), l.det(right).data()]);
  wanted.forEach((y, i) =>
    assert(Math.abs(found[i] - y) <= 1e-6 * Math.abs(y) + 1e-12, `${found[i]}, not ${y}`)
  );
  const hilbert = await both(backend, (on) => l.det(made(6, (i, j) => 1 / (i + j + 1), on)));
  assert(Math.abs(hilbert[0][0] / hilbert[1][0] - 1) <= 1e-6, String(hilbert));
});

webGpuTest("determinants whose products overflow in between are numbers", async (backend) => {
  const sizes = [1e30, 1e-30, 1e30, 1e-30, 1e20, 1e-20];
  const [found, right] = await both(
    backend,
    (on) => l.det(made(6, (i, j) => i === 5 - j ? sizes[i] : 0, on)),
  );
  assert(Math.abs(found[0] / right[0] - 1) <= 1e-6, `${found} instead of ${right}`);
});

webGpuTest("matrices of zeros and ties have orthonormal vectors, those with a NaN none", async (backend) => {
  for (const n of [1, 6, 32]) {
    const zeros = made(n, () => 0, backend), equal = made(n, (i, j) => i === j ? -3 : 0, backend);
    for (const x of [zeros, equal, made(n, () => 1, backend)]) {
      const { U, Vh } = l.svd(x), v = l.eigh(x).eigenvectors;
      for (const q of [U, Vh, v]) {
        const unit = await matmul(q.transpose(), q).data();
        unit.forEach((y, k) =>
          assert(Math.abs(y - (k % (n + 1) === 0 ? 1 : 0)) <= 1e-5, `${y} at ${k} of ${n}`)
        );
      }
    }
    const lost = zeros.mul(NaN), results = [...Object.values(l.svd(lost)), ...Object.values(l.eigh(lost))];
    for (const y of results) assert((await y.data()).every(Number.isNaN));
  }
});

webGpuTest(
  "exponentials of large negative numbers keep their digits, and those of a NaN are NaN",
  async (backend) => {
    const [found, right] = await both(
      backend,
      (on) => l.matrixExp(made(3, (i, j) => i === j ? -8 * i - 12 : 0, on)),
    );
    right.forEach((y, i) => assert(Math.abs(found[i] - y) <= 1e-5 * y, `${found[i]}, not ${y}`));
    for (const size of [NaN, Infinity]) {
      const lost = await l.matrixExp(made(2, (i, j) => i === j ? size : 0, backend)).data();
      assert(lost.every(Number.isNaN), String(lost));
    }
  },
);

webGpuTest("batches may be empty or large, and of matrices with nothing in them", async (backend) => {
  const none = numbers([0, 3, 3], 1, backend), many = numbers([1000, 3, 3], 2, backend);
  assertEquals(Object.values(l.svd(none)).map(({ shape }) => shape), [[0, 3, 3], [0, 3], [0, 3, 3]]);
  assertEquals([l.det(none).shape, l.qr(none).R.shape, l.eigvalsh(none).shape], [[0], [0, 3, 3], [0, 3]]);
  assertEquals(await l.det(numbers([2, 0, 0], 1, backend)).array(), [1, 1]);
  const data = await many.data(), values = await l.svdvals(many).data(), dets = await l.det(many).data();
  for (const i of [0, 1, 500, 999]) {
    const one = fromArray(Float64Array.from(data.subarray(9 * i, 9 * i + 9)), [3, 3], { backend: reference });
    const right = [...await l.svdvals(one).data(), await l.det(one).item()];
    [...values.subarray(3 * i, 3 * i + 3), dets[i]].forEach((x, k) => assert(Math.abs(x - right[k]) <= 1e-6));
  }
});

// A program is refused what moves to the host.
const moved: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "least squares of many rows": (x) => {
    const tall = x.transpose().unsqueeze(-2).expand([3, 5, 40, 5]).reshape([3, 200, 5]).tanh();
    return l.lstsq(
      tall.add(l.matrixPower(x, 0).unsqueeze(1).expand([3, 40, 5, 5]).reshape([3, 200, 5])),
      tall,
    ).solution;
  },
  qr: (x) => l.qr(x).R,
  eigh: (x) => l.eigh(x).eigenvectors.abs(),
  svd: (x) => l.svd(x).Vh.abs(),
  svdvals: (x) => l.svdvals(x),
  det: (x) => l.det(x),
  slogdet: (x) => l.slogdet(x).logabsdet,
  solve: (x) => l.solve(x, x.transpose()),
  inv: (x) => l.inv(x),
  pinv: (x) => l.pinv(x),
  lstsq: (x) => l.lstsq(x, x.transpose()).solution,
  cond: (x) => l.cond(x),
  matrixExp: (x) => l.matrixExp(x.div(8)),
  nuclear: (x) => l.matrixNorm(x, "nuc"),
};

for (const [name, call] of Object.entries(moved)) {
  webGpuTest(`${name} of small matrices and its gradient stay on the device`, async (backend) => {
    await use(backend);
    const slope = grad((x: Tensor) => sum(call(x))) as (x: Tensor) => Tensor,
      x = regular([3, 5, 5], 1, backend);
    const recorded = compile(slope), right = await slope(regular([3, 5, 5], 1, reference)).data();
    for (let i = 0; i < 3; i++) {
      const found = await recorded(x).data(), most = Math.max(...right.map(Math.abs));
      right.forEach((y, k) => assert(Math.abs(found[k] - y) <= 1e-4 * most, `${found[k]}, not ${y}`));
    }
  });
}
