/** Factors, eigenvalues and systems by a library's LAPACK, beside those in TypeScript. */
import {
  type Backend,
  fromArray,
  linalg as l,
  matmul,
  stack,
  type Tensor,
  tensor,
  withBackend,
} from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { createWasmBackend } from "@tapegrad/backends/wasm";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { testWithBlas } from "./library.ts";

const makers: Readonly<Record<string, () => Backend>> = {
  cpu: () => createCpuBackend({ name: "cpu", blas: true }),
  wasm: () => createWasmBackend({ name: "wasm", blas: true }),
  "wasm of its own": () => createWasmBackend({ name: "wasm" }),
};

const made = new Map<string, Backend>(), plain = createCpuBackend();

function backendOf(name: string): Backend {
  const backend = made.get(name) ?? makers[name]();
  made.set(name, backend);
  return backend;
}

function numbers(m: number, n: number, seed = 0): Tensor {
  const data = Float64Array.from({ length: m * n }, (_, i) => {
    const mixed = Math.imul(i + 1 + 7919 * seed, 0x9e3779b1),
      high = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
    return ((high ^ (high >>> 13)) >>> 0) / 2 ** 30 - 2;
  });
  return fromArray(data, [m, n]);
}

function positive(n: number, seed = 0): Tensor {
  const x = numbers(n, n, seed);
  return matmul(x, x.transpose()).add(matrixOfOnes(n));
}

function matrixOfOnes(n: number): Tensor {
  return fromArray(Float64Array.from({ length: n * n }, (_, i) => i % (n + 1) === 0 ? 1 : 0), [n, n]);
}

const abs = (x: Tensor): Tensor => x.abs();
const triangles = [true, false].flatMap((upper) =>
  [true, false].flatMap((unit) => [true, false].map((left) => ({ upper, unitriangular: unit, left })))
);

/** What does not depend on signs, of matrices large enough to be handed over. */
const calls: Readonly<Record<string, () => readonly Tensor[]>> = {
  cholesky: () => [l.cholesky(stack([positive(40), positive(40, 3)]))],
  "cholesky, upper": () => [l.cholesky(positive(70), { upper: true })],
  "cholesky of several blocks": () => [l.cholesky(positive(130))],
  "cholesky of f32": () => [l.cholesky(positive(40).to("f32"))],
  choleskySolve: () => [l.choleskySolve(numbers(40, 9), l.cholesky(positive(40)))],
  lu: () => Object.values(l.luFactor(numbers(60, 60))),
  "lu, tall and wide": () => [l.luFactor(numbers(120, 60)).LU, l.luFactor(numbers(60, 120)).LU],
  inv: () => [l.inv(numbers(60, 60).add(matrixOfOnes(60).mul(9)))],
  solve: () => [l.solve(numbers(60, 60).add(matrixOfOnes(60).mul(9)), numbers(60, 5))],
  matrixExp: () => [l.matrixExp(numbers(50, 50).div(20))],
  qr: () => Object.values(l.qr(numbers(40, 40))).map(abs),
  "qr, tall": () => Object.values(l.qr(numbers(150, 110))).map(abs),
  "qr, wide": () => Object.values(l.qr(numbers(110, 150))).map(abs),
  "qr, complete": () => [abs(l.qr(numbers(120, 100), { mode: "complete" }).R)],
  "qr, complete and wide": () => Object.values(l.qr(numbers(30, 50), { mode: "complete" })).map(abs),
  eigh: () => Object.values(l.eigh(positive(40))).map(abs),
  "eigh, values alone": () => [l.eigvalsh(positive(40), { upper: true })],
  svd: () => Object.values(l.svd(numbers(40, 40))).map(abs),
  "svd, tall": () => Object.values(l.svd(numbers(60, 40))).map(abs),
  "svd, wide": () => Object.values(l.svd(numbers(40, 60))).map(abs),
  "svd, values alone": () => [l.svdvals(numbers(60, 40))],
  eig: () => [sortedPairs(l.eigvals(numbers(30, 30)))],
  ...Object.fromEntries(triangles.map((options) => [`triangular ${JSON.stringify(options)}`, () => {
    const t = numbers(40, 40).div(9).add(matrixOfOnes(40).mul(3));
    const b = options.left ? numbers(40, 7) : numbers(7, 40);
    return [t, t.transpose()].map((t) => l.solveTriangular(t, b, options));
  }])),
};

// By real part, then by the imaginary one.
function sortedPairs(x: Tensor): Tensor {
  const pairs = x.arraySync() as number[][];
  pairs.sort(([a, b], [c, d]) => Math.abs(a - c) > 1e-9 ? a - c : b - d);
  return tensor(pairs, { dtype: "f64" });
}

for (const name of Object.keys(makers)) {
  for (const [call, run] of Object.entries(calls)) {
    testWithBlas(`${call} on ${name}`, () => {
      const found = withBackend(backendOf(name), run), wanted = withBackend(plain, run);
      assertEquals(found.length, wanted.length);
      found.forEach((x, i) => {
        const [data, right] = [x.dataSync(), wanted[i].dataSync()];
        const most = Array.from(right).reduce((most, y) => Math.max(most, Math.abs(y)), 1);
        const bound = (x.dtype === "f32" ? 1e-6 : 1e-11) * most;
        assertEquals(x.shape, wanted[i].shape);
        right.forEach((y, k) => assert(Math.abs(data[k] - y) <= bound, `${data[k]} at ${k}, not ${y}`));
      });
    });
  }
}

testWithBlas("vectors of eig by a library are those of its values, conjugate ones too", () => {
  withBackend(backendOf("cpu"), () => {
    const a = numbers(30, 30), { eigenvalues, eigenvectors } = l.eig(a);
    const [re, im] = [0, 1].map((part) => eigenvectors.slice([], [], part));
    const [x, y] = [0, 1].map((part) => eigenvalues.slice([], part));
    const off = [matmul(a, re).sub(re.mul(x).sub(im.mul(y))), matmul(a, im).sub(re.mul(y).add(im.mul(x)))];
    for (const each of off) assert(Math.abs(each.abs().max().itemSync()) < 1e-11);
  });
});

testWithBlas("matrices that a library refuses are told as TypeScript tells them", () => {
  for (const name of Object.keys(makers)) {
    withBackend(backendOf(name), () => {
      const bad = positive(40).sub(matrixOfOnes(40).mul(60));
      const { L, info } = l.choleskyEx(stack([positive(40), bad]));
      const order = withBackend(plain, () => {
        const bad = positive(40).sub(matrixOfOnes(40).mul(60));
        return l.choleskyEx(bad).info.itemSync();
      });
      assertEquals(info.arraySync(), [0, order]);
      assertEquals(L.slice(1, 39, 0).itemSync(), NaN);
      assertThrows(() => l.cholesky(stack([positive(40), bad])), l.LinAlgError, "the matrix at [1]");
      assertThrows(() => l.cholesky(positive(40).mul(NaN)), l.LinAlgError, "of order 1 is not positive");
      assertThrows(() => l.inv(numbers(40, 1).mul(numbers(1, 40)).mul(0)), l.LinAlgError, "pivot 1");
      assert(l.eigvalsh(positive(40).mul(NaN)).dataSync().every(Number.isNaN));
    });
  }
});

testWithBlas("a backend says what its library has", () => {
  const names = ["cholesky", "eigen", "qr", "reflected", "singular", "solveTriangular", "subtractProduct"];
  assertEquals(Object.keys(backendOf("cpu").matrices!).sort(), [...names, "symmetric"]);
  assertEquals(Object.keys(backendOf("wasm of its own").matrices!), ["subtractProduct"]);
  assertEquals(plain.matrices, undefined);
});
