import * as kernels from "../../../../backends/conformance/kernels.ts";
import { type Backend, contiguousStrides, type DType, type View } from "@tapegrad/core";
import { assert } from "@std/assert";
import { webGpuTest } from "../open.ts";
import { type Call, type Given, put, room, SideBySide, whole } from "../side_by_side.ts";

const multiply = (backend: Backend, [a, b]: readonly View[], output: View) =>
  kernels.matmul(backend, a, b, output);

/** Matrices whose columns lie next to each other if they are turned, else their rows. */
function matrix(dtype: DType, shape: readonly number[], isTurned = false): Given {
  const fill = dtype === "u32" ? (i: number) => Math.abs(whole(i)) : whole;
  if (!isTurned) return { dtype, shape, fill };
  const [rows, columns] = shape.slice(-2), lead = shape.slice(0, -2);
  const [inner, outer] = contiguousStrides([...lead, columns, rows]).slice(-2).toReversed();
  return {
    dtype,
    shape,
    fill,
    strides: [...contiguousStrides([...lead, columns * rows]).slice(0, -1), inner, outer],
  };
}

type Sizes = readonly [m: number, n: number, k: number];
type Ways = readonly [a: boolean, b: boolean];

function queue(both: SideBySide, dtype: DType, [m, n, k]: Sizes, [a, b]: Ways = [false, false]): void {
  const inputs = [matrix(dtype, [m, k], a), matrix(dtype, [k, n], b)];
  both.run(`${dtype} ${m}×${k}×${n}, turned ${[a, b]}`, inputs, { dtype, shape: [m, n] }, multiply);
}

const ways: readonly Ways[] = [[false, false], [true, true], [true, false], [false, true]];

await webGpuTest("small products and long sums are exact, whichever way matrices lie", async (device) => {
  const both = new SideBySide(device);
  const sizes: Sizes[] = [[1, 1, 1], [3, 5, 4], [17, 3, 9], [1, 300, 70], [300, 1, 70], [33, 31, 40]];
  const long: Sizes[] = [[1, 1, 5000], [2, 3, 1100], [20, 20, 300], [1, 40, 3000]];
  for (const dtype of ["f32", "i32", "u32"] as const) {
    for (const size of dtype === "f32" ? [...sizes, ...long] : sizes.slice(1, 3)) {
      for (const way of ways) queue(both, dtype, size, way);
    }
  }
  queue(both, "f32", [2100, 2000, 1]);
  await both.compare();
});

await webGpuTest("large products are exact at the edges of tiles", async (device) => {
  const both = new SideBySide(device);
  for (const size of [[64, 64, 64], [128, 192, 68]] as const) {
    for (const way of ways.slice(0, 2)) queue(both, "f32", size, way);
  }
  for (const size of [[65, 71, 57], [129, 127, 17], [67, 62, 1001]] as const) {
    for (const way of ways.slice(2)) queue(both, "f32", size, way);
  }
  queue(both, "i32", [70, 65, 65]);
  queue(both, "f32", [1665, 1921, 16]);
  if (device.dtypes.has("f16")) {
    // Even a part of each sum is more than halves hold exactly.
    const fill = (i: number) => 4 + i % 8;
    const inputs = [[63, 1003], [1003, 66]].map((shape): Given => ({ dtype: "f16", shape, fill }));
    both.run("f16", inputs, { dtype: "f16", shape: [63, 66] }, multiply);
  }
  await both.compare();
});

await webGpuTest("batches may be broadcast, of any rank, and write into any layout", async (device) => {
  const both = new SideBySide(device);
  // The last needs tiles, each way of which takes a software device half a second to compile.
  for (const [m, n, k] of [[2, 3, 4], [20, 21, 50], [40, 33, 50]]) {
    const a = matrix("f32", [5, 2, m, k]), b = matrix("f32", [5, 2, k, n]), shape = [5, 2, m, n];
    const run = (told: string, call: Call) =>
      both.run(`${m}: ${told}`, [a, b], { dtype: "f32", shape }, call);
    run(
      "turned around",
      (backend, [x, y], z) => kernels.matmul(backend, backward(x), backward(y), backward(z)),
    );
    run("axes exchanged", (backend, [x, y], z) => {
      const [other, result] = [y, z].map((view) => ({
        ...view,
        shape: [2, view.shape[2], 5, view.shape[3]],
      }));
      const [p, q] = [other, result].map((view) =>
        permuted({ ...view, strides: contiguousStrides(view.shape) }, [2, 0, 1, 3])
      );
      kernels.matmul(backend, x, p, q);
    });
    run(
      "b repeated, a flipped",
      (backend, [x, y], z) => kernels.matmul(backend, flipped(x, 1), repeated(y, 1), z),
    );
    run(
      "b repeated, the output flipped",
      (backend, [x, y], z) => kernels.matmul(backend, x, repeated(y, 1), flipped(z, 1)),
    );
    for (const [i, j] of m > 30 ? [] : [[0, 1], [1, 0]]) {
      run(
        `repeated over ${i} and ${j}`,
        (backend, [x, y], z) => kernels.matmul(backend, repeated(x, i), repeated(y, j), z),
      );
      run(`b repeated over ${i}`, (backend, [x, y], z) => kernels.matmul(backend, x, repeated(y, i), z));
      run(
        `b repeated over both`,
        (backend, [x, y], z) => kernels.matmul(backend, x, repeated(repeated(y, i), j), z),
      );
    }
  }
  both.run("many", [matrix("f32", [70_001, 2, 2]), matrix("f32", [70_001, 2, 2], true)], {
    dtype: "f32",
    shape: [70_001, 2, 2],
  }, multiply);
  await both.compare();
});

function repeated(view: View, axis: number): View {
  return { ...view, strides: view.strides.with(axis, 0) };
}

function flipped(view: View, axis: number): View {
  const { shape, strides, offset } = view, step = strides[axis];
  return { ...view, strides: strides.with(axis, -step), offset: offset + (shape[axis] - 1) * step };
}

function backward(view: View): View {
  return view.shape.reduce((turned, _, axis) => flipped(turned, axis), view);
}

function permuted(view: View, axes: readonly number[]): View {
  return { ...view, shape: axes.map((i) => view.shape[i]), strides: axes.map((i) => view.strides[i]) };
}

await webGpuTest("rows may be stepped and begin anywhere", async (device) => {
  const both = new SideBySide(device);
  for (const size of [7, 72]) {
    for (const [offset, step, row] of [[0, 1, 76], [1, 1, 76], [4, 1, 79], [5, 2, 150], [4, 3, 220]]) {
      const given = matrix("f32", [size, row]);
      const part = (view: View): View => ({ ...view, shape: [size, size], strides: [row, step], offset });
      both.run(
        `${size} from ${offset} by ${step} in rows of ${row}`,
        [given, given],
        { dtype: "f32", shape: [size, size] },
        (backend, [x, y], z) => kernels.matmul(backend, part(x), part(y), z),
      );
    }
  }
  await both.compare();
});

await webGpuTest("empty sums are 0, and empty products nothing", async (device) => {
  const both = new SideBySide(device);
  for (const [m, n, k] of [[3, 4, 0], [0, 4, 3], [70, 70, 0], [3, 0, 2]]) {
    both.run(`${m}×${k}×${n}`, [matrix("f32", [m, k]), matrix("f32", [k, n])], {
      dtype: "f32",
      shape: [m, n],
    }, multiply);
  }
  await both.compare();
});

await webGpuTest("integers wrap as words of 32 bits do", async (device) => {
  const both = new SideBySide(device);
  for (const dtype of ["i32", "u32"] as const) {
    const fill = (i: number) => dtype === "u32" ? (i + 1) * 0x9e3779b1 >>> 0 : (i + 1) * 0x9e3779b1 | 0;
    for (const [m, n, k] of [[5, 6, 7], [65, 66, 67]]) {
      const inputs = [{ dtype, shape: [m, k], fill }, { dtype, shape: [k, n], fill }];
      both.run(`${dtype} ${m}`, inputs, { dtype, shape: [m, n] }, multiply);
    }
  }
  await both.compare();
});

await webGpuTest("an infinity or a NaN stays in its row and column", async (device) => {
  const both = new SideBySide(device);
  for (const [m, n, k] of [[5, 6, 7], [66, 67, 65]]) {
    const fill = (i: number) => i === 0 ? Infinity : i === m * k - 1 ? NaN : i % 3;
    const inputs: Given[] = [{ dtype: "f32", shape: [m, k], fill }, {
      dtype: "f32",
      shape: [k, n],
      fill: () => 1,
    }];
    const turned = [{ ...inputs[1], shape: [n, k] }, { ...inputs[0], shape: [k, m] }];
    both.run(`a of ${m}`, inputs, { dtype: "f32", shape: [m, n] }, multiply);
    both.run(`b of ${m}`, turned, { dtype: "f32", shape: [n, m] }, multiply);
  }
  await both.compare();
});

await webGpuTest("sums are as exact as f32 sums can be", async (device) => {
  const noise = (i: number) => Math.sin(i * 12.9898) * 43758.5453 % 1;
  for (const [m, n, k] of [[64, 64, 5000], [3, 4, 20_000], [64, 64, 100]]) {
    const a = put(device, { dtype: "f32", shape: [m, k], fill: noise });
    const b = put(device, { dtype: "f32", shape: [k, n], fill: (i) => noise(i + 1e6) });
    const out = room(device, "f32", [m, n]);
    kernels.matmul(device, a, b, out);
    const [x, y, found] = await device.read([a, b, out]);
    let worst = 0;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let exact = 0, size = 0;
        for (let l = 0; l < k; l++) {
          exact += x[i * k + l] * y[l * n + j];
          size += Math.abs(x[i * k + l] * y[l * n + j]);
        }
        worst = Math.max(worst, Math.abs(found[i * n + j] - exact) / size);
      }
    }
    // The bound for sums one after another is k units.
    assert(worst * 2 ** 24 <= 4, `${m}×${k}×${n}: ${worst * 2 ** 24} units of ${2 ** -24} of Σ|a||b|`);
  }
});

await webGpuTest(
  "matrices that no kernel can see whole are multiplied in parts",
  async (device) => {
    const both = new SideBySide(device);
    for (const size of [[300, 301, 17], [200, 3, 150], [3, 200, 150], [20, 30, 999]] as const) {
      for (const way of ways) queue(both, "f32", size, way);
    }
    both.run("a batch", [matrix("f32", [40, 30, 20]), matrix("f32", [40, 20, 10])], {
      dtype: "f32",
      shape: [40, 30, 10],
    }, multiply);
    await both.compare();
  },
  { bindingBytes: 2 ** 15 },
);
