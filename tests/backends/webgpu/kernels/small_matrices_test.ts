/** Factors of small matrices on the device, and what is solved with them, beside those in double precision. */
import { fromArray, linalg as l, matmul } from "@tapegrad/core";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { webGpuTest } from "../open.ts";
import { type Calls, compareWithHost, numbers, reference, regular } from "./matrices.ts";

const calls: Calls = {
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

compareWithHost(calls, 2e-4);

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
