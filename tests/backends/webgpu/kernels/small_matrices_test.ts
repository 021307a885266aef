/** Factors of small matrices on the device, and what is solved with them, beside those in double precision. */
import {
  type Backend,
  fromArray,
  linalg as l,
  matmul,
  scope,
  type Shape,
  sizeOf,
  type Tensor,
} from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { webGpuTest } from "../open.ts";

const reference = createCpuBackend({ name: "reference" });

function numbers(shape: Shape, seed: number, backend: Backend): Tensor {
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
    const mixed = Math.imul(i + 1 + 7919 * seed, 0x9e3779b1),
      high = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
    return Math.fround(((high ^ (high >>> 13)) >>> 0) / 2 ** 31 - 1);
  });
  return fromArray(backend === reference ? data : Float32Array.from(data), shape, { backend });
}

/** Of matrices far from singular, which lie by rows, by columns, or repeat. */
function regular(shape: Shape, seed: number, backend: Backend): Tensor {
  const [n] = shape.slice(-1),
    unit = Float64Array.from({ length: n * n }, (_, i) => i % (n + 1) === 0 ? 3 : 0);
  const eye = fromArray(backend === reference ? unit : Float32Array.from(unit), [n, n], { backend });
  return numbers(shape, seed, backend).add(eye.mul(Math.sqrt(n)));
}

const sizes = [1, 2, 5, 31, 32], leads: readonly Shape[] = [[], [5], [2, 3]];

const calls: Readonly<Record<string, (n: number, lead: Shape, on: Backend) => readonly Tensor[]>> = {
  cholesky: (n, lead, on) => {
    const x = numbers([...lead, n, n], 1, on),
      { L, info } = l.choleskyEx(matmul(x, x.transpose()).add(l.matrixPower(regular([n, n], 9, on), 0)));
    return [L, info];
  },
  lu: (n, lead, on) => Object.values(l.luFactorEx(regular([...lead, n, n], 2, on).transpose())),
  "lu, tall and wide": (n, lead, on) => {
    const k = Math.ceil(n / 2);
    return [[n, k], [k, n]].flatMap((shape) =>
      Object.values(l.luFactorEx(numbers([...lead, ...shape], 3, on)))
    );
  },
  "lu's parts": (n, lead, on) => Object.values(l.lu(regular([...lead, n, n], 4, on))),
  inv: (n, lead, on) => [l.inv(regular([...lead, n, n], 5, on))],
  det: (n, lead, on) => [l.det(regular([...lead, n, n], 6, on).div(3 * Math.sqrt(n)))],
  solve: (n, lead, on) =>
    [70, 1].map((k) => l.solve(regular([...lead, n, n], 7, on), numbers([...lead, n, k], 8, on))),
  adjoint: (n, lead, on) => {
    const { LU, pivots } = l.luFactor(regular([...lead, n, n], 7, on)), b = numbers([...lead, n, 3], 8, on);
    return [l.luSolve(LU, pivots, b, { adjoint: true })];
  },
  triangular: (n, lead, on) => {
    const t = regular([...lead, n, n], 10, on), flags = [true, false];
    return flags.flatMap((upper) =>
      flags.flatMap((unitriangular) =>
        flags.map((left) => {
          const b = numbers([...lead, ...left ? [n, 5] : [5, n]], 11, on),
            small = unitriangular ? t.div(4 * n) : t;
          return l.solveTriangular(small.transpose(), b, { upper, unitriangular, left });
        })
      )
    );
  },
};

for (const [name, call] of Object.entries(calls)) {
  webGpuTest(`${name} of small matrices is the host's`, async (backend) => {
    for (const n of sizes) {
      for (const lead of leads) {
        const [found, wanted] = [backend, reference].map((on) => scope(() => call(n, lead, on)));
        for (const [i, x] of found.entries()) {
          const [data, right] = await Promise.all([x.data(), wanted[i].data()]);
          const most = Array.from(right).reduce((most, y) => Math.max(most, Math.abs(y)), 1e-3);
          assertEquals(x.shape, wanted[i].shape);
          right.forEach((y, k) =>
            assert(Math.abs(data[k] - y) <= 2e-4 * most, `${data[k]}, not ${y}: ${n}, [${lead}]`)
          );
        }
      }
    }
  });
}

webGpuTest("errors of elements name the first matrix, and come where results are read", async (backend) => {
  const bad = fromArray(Float32Array.of(1, 2, 2, 1, 0, 0, 0, 0, 4, 0, 0, 4, 0, 1, 1, 0), [2, 2, 2, 2], {
    backend,
  });
  const factor = l.cholesky(bad), inverse = l.inv(bad);
  await assertRejects(
    () => factor.add(1).data(),
    l.LinAlgError,
    "the matrix at [0, 0] is not positive definite",
  );
  await assertRejects(() => inverse.data(), l.LinAlgError, "the matrix at [0, 1] is singular, pivot 1");
  const { info } = l.choleskyEx(bad), told = await l.invEx(bad).info.data();
  assertEquals([[...await info.data()], [...told]], [[2, 1, 0, 1], [0, 1, 0, 0]]);
  const nothing = l.choleskyEx(bad.mul(NaN));
  assertEquals([...await nothing.info.data()], [1, 1, 1, 1]);
});

webGpuTest("matrices that are larger move to the host and back, in double precision", async (backend) => {
  for (const n of [33, 50]) {
    const [x, y] = [backend, reference].map((on) => l.inv(regular([2, n, n], 12, on)));
    const [data, right] = await Promise.all([x.data(), y.data()]);
    right.forEach((value, k) => assert(Math.abs(data[k] - value) <= 1e-6));
  }
});
