/** Products by a BLAS, on cpu and wasm, beside those by our own kernels. */
import {
  type Backend,
  concat,
  conv2d,
  type DType,
  fromArray,
  full,
  grad,
  matmul,
  scope,
  type Tensor,
  tensor,
  vjp,
  withBackend,
} from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { createWasmBackend } from "@tapegrad/backends/wasm";
import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { testWithBlas } from "./library.ts";

const makers: Readonly<Record<string, (blas: boolean) => Backend>> = {
  cpu: (blas) => createCpuBackend({ name: "cpu", blas }),
  wasm: (blas) => createWasmBackend({ name: "wasm", small: 0, debug: true, blas }),
  "wasm on threads": (blas) => createWasmBackend({ name: "wasm", small: 0, threads: 2, blas }),
};

const made = new Map<string, Backend>();

/** One for all that is only compared. */
function backendOf(name: string, blas: boolean): Backend {
  const key = `${name} ${blas}`, backend = made.get(key) ?? makers[name](blas);
  made.set(key, backend);
  return backend;
}

type Float = "f32" | "f64";
const floats: readonly Float[] = ["f32", "f64"];

/** Small whole numbers, of which all sums are exact, the same for a seed. */
function numbers(shape: readonly number[], dtype: DType, seed: number): Tensor {
  const n = shape.reduce((size, extent) => size * extent, 1);
  const values = Float64Array.from({ length: n }, (_, i) => (i * 7 + (i >> 3) * 13 + seed * 5) % 11 - 5);
  return fromArray(values, shape, { dtype });
}

/** Ways for a matrix to lie, of which flags can say the first five. */
const ways: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  plain: (x) => x,
  transposed: (x) => x.transpose().contiguous().transpose(),
  offset: (x) => concat([x.slice([0, 1]), x]).slice([1, null]),
  "in wider rows": (x) => concat([x, x], 1).slice([], [0, x.shape[1]]),
  "in wider columns": (x) => concat([x, x], 0).transpose().contiguous().transpose().slice([0, x.shape[0]]),
  backward: (x) => x.flip().contiguous().flip(),
  stepped: (x) => x.repeatInterleave(2, 1).slice([], [0, null, 2]),
  "one row, repeated": (x) => x.slice([0, 1]).expand(x.shape),
  "one column, repeated": (x) => x.slice([], [0, 1]).expand(x.shape),
};

const sizes = [[16, 16, 16], [1, 40, 60], [40, 1, 60], [1, 1, 700], [33, 9, 70], [70, 30, 130]];

function checkAlike(name: string, multiply: () => Tensor, told: string): void {
  const [own, library] = [false, true].map((blas) =>
    withBackend(backendOf(name, blas), () => multiply().dataSync())
  );
  const at = library.findIndex((x, i) => !Object.is(x + 0, own[i] + 0));
  assert(at < 0 && library.length === own.length, `${name} ${told} at ${at}: ${library[at]}, not ${own[at]}`);
}

for (const name of Object.keys(makers)) {
  for (const dtype of floats) {
    testWithBlas(`${name} multiplies ${dtype} by a BLAS, however matrices lie`, () => {
      for (const [m, n, k] of sizes) {
        for (const [left, of] of Object.entries(ways)) {
          for (const [right, by] of Object.entries(ways)) {
            const multiply = () => matmul(of(numbers([m, k], dtype, 1)), by(numbers([k, n], dtype, 2)));
            checkAlike(name, multiply, `${dtype} ${m}×${k} ${left} by ${k}×${n} ${right}`);
          }
        }
      }
    });

    testWithBlas(`${name} multiplies batches of ${dtype} by a BLAS`, () => {
      const shapes = [
        [[3, 20, 30], [3, 30, 10]],
        [[3, 20, 30], [30, 10]],
        [[20, 30], [3, 30, 10]],
        [
          [2, 1, 20, 30],
          [3, 30, 10],
        ],
        [[2, 3, 1, 30], [3, 30, 40]],
        [[700], [700]],
        [[5, 70], [70]],
      ];
      for (const [left, right] of shapes) {
        const multiply = () => matmul(numbers(left, dtype, 1), numbers(right, dtype, 2));
        checkAlike(name, multiply, `${dtype} [${left}] by [${right}]`);
      }
    });
  }

  testWithBlas(`${name} keeps NaN and infinities by a BLAS, at each extent`, () => {
    for (const dtype of floats) {
      for (const n of [9, 16, 40, 130]) {
        for (const [rows, columns] of [[n, n], [1, n], [n, 1]]) {
          for (const value of [NaN, Infinity, -Infinity]) {
            const right = withBackend(backendOf(name, true), () => {
              const b = concat([full([1, columns], value, { dtype }), full([n - 1, columns], 1, { dtype })]);
              return matmul(full([rows, n], 0, { dtype }), b).dataSync();
            });
            assert(right.every(Number.isNaN), `0 × ${value} in ${dtype} ${rows}×${n}×${columns}: ${right}`);
          }
        }
      }
    }
  });

  testWithBlas(`${name} multiplies what is empty, and words and halves, by its own kernels`, () => {
    withBackend(backendOf(name, true), () => {
      assertEquals([...matmul(full([3, 0], 1), full([0, 400], 1)).dataSync()], new Array(1200).fill(0));
      assertEquals(matmul(full([0, 40], 1), full([40, 40], 1)).shape, [0, 40]);
      for (const dtype of ["i32", "u32", "f16"] as const) {
        const x = full([20, 30], 3, { dtype }), y = full([30, 20], 2, { dtype });
        assertEquals([...matmul(x, y).dataSync()], new Array(400).fill(180));
      }
    });
  });

  testWithBlas(`${name} takes gradients of products through a BLAS`, () => {
    const gradients = (blas: boolean) =>
      withBackend(backendOf(name, blas), () => {
        const y = numbers([30, 20], "f64", 2);
        return grad((x: Tensor) => matmul(x, y).square().sum())(numbers([40, 30], "f64", 1)).dataSync();
      });
    assertEquals(gradients(true), gradients(false));
  });

  testWithBlas(`${name} says what multiplies, until that is given up`, () => {
    const backend = makers[name](true);
    assertMatch(backend.description!, /products by .+/);
    backend.configure!({ blas: { threads: 1 } });
    assertMatch(backend.description!, /products by (OpenBLAS .* on 1 thread$|\S+)/);
    backend.configure!({ blas: false, byFlag: true });
    assert(!backend.description?.includes("products by"));
  });
}

testWithBlas("a memory that grows between calls and within one is where a BLAS reads and writes", () => {
  const backend = createWasmBackend({ small: 0, blas: true });
  withBackend(backend, () => {
    const kept: Tensor[] = [], eye = tensor(Array.from({ length: 64 }, (_, i) => oneAt(i)));
    for (let k = 0; k < 200; k++) {
      const x = full([64, 64], k), stepped = x.repeatInterleave(2, 1).slice([], [0, null, 2]);
      const product = matmul(k % 2 === 0 ? x : stepped, eye);
      assertEquals(product.sum().itemSync(), k * 64 * 64);
      kept.push(product, full([1 + k * 997], k));
    }
    kept.filter((_, i) => i % 2 === 0).forEach((x, k) => assertEquals(x.slice(63, 63).itemSync(), k));
  });
});

const convolutions = [
  { x: [2, 1, 28, 28], weight: [16, 1, 5, 5] },
  { x: [2, 16, 12, 12], weight: [32, 16, 5, 5], options: { padding: 2, stride: 2 } },
  { x: [1, 16, 67, 3], weight: [18, 8, 3, 3], options: { groups: 2 } },
  { x: [1, 64, 15, 15], weight: [9, 64, 5, 5], options: { dilation: 2 } },
  { x: [1, 8, 40, 40], weight: [8, 8, 1, 1] },
];

for (const dtype of floats) {
  testWithBlas(
    `convolutions and their gradients of ${dtype} are multiplied by a BLAS, with a bias and without`,
    () => {
      for (const { x, weight, options } of convolutions) {
        for (const isBiased of [false, true]) {
          const multiply = () => {
            const bias = isBiased ? numbers([weight[0]], dtype, 3) : undefined;
            const convolve = (x: Tensor, weight: Tensor) => conv2d(x, weight, { ...options, bias });
            const [y, pull] = vjp(convolve, numbers(x, dtype, 1), numbers(weight, dtype, 2));
            return concat([y, ...pull(y.sign())].map((all) => all.flatten()));
          };
          checkAlike("wasm", multiply, `${dtype} [${x}] with [${weight}]${isBiased ? ", a bias" : ""}`);
        }
      }
    },
  );
}

function oneAt(i: number): number[] {
  return Array.from({ length: 64 }, (_, j) => Number(i === j));
}

testWithBlas("a training by a BLAS in 8 MiB holds the same after each step", () => {
  const backend = createWasmBackend({ small: 64, memoryBytes: 2 ** 23, blas: true });
  withBackend(backend, () => {
    let w = numbers([64, 64], "f32", 3).mul(0.1);
    const x = numbers([50, 64], "f32", 1), losses: number[] = [], held = new Set<string>();
    const slope = grad((w: Tensor) => matmul(x, w).sub(x).square().mean());
    for (let step = 0; step < 1000; step++) {
      const next = scope(() => w.sub(slope(w).mul(0.1)));
      w.dispose();
      w = next;
      if (step % 100 === 0) losses.push(scope(() => matmul(x, w).sub(x).square().mean().itemSync()));
      held.add(JSON.stringify(backend.memory()));
    }
    assertEquals(held.size, 1);
    assertLess(losses.at(-1)!, losses[0] / 2);
  });
});
