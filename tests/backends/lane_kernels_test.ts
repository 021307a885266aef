/** Kernels for what normalises along axes, in every layout: they give what the decomposition does. */
import * as tg from "@tapegrad/core";
import { type Backend, type DType, type Tensor, vjp } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals } from "@std/assert";
import { exponential } from "../../backends/cpu/kernels/exponential.ts";
import { laneKernels } from "../../backends/common/lane_kernels.ts";
import { backend as inUse } from "../backend_traits.ts";

const none = () => {}, view = tg.tensor(0);
const names = Object.keys(laneKernels({ run: none, reduce: none, release: none, temporary: () => view }));

/** What a function gives by kernels and by the ops that composites are made of. */
async function both(backend: Backend, fn: () => readonly Tensor[]): Promise<number[][][]> {
  const kernels = names.map((name) => [name, backend.kernels.get(name)] as const);
  const found = await tg.read(fn());
  for (const [name] of kernels) backend.kernels.delete(name);
  try {
    return [found, await tg.read(fn())].map((all) => all.map((one) => [...one]));
  } finally {
    for (const [name, kernel] of kernels) if (kernel) backend.kernels.set(name, kernel);
  }
}

const tolerance: Readonly<Partial<Record<DType, number>>> = { f16: 2 ** -9, f32: 1e-5, f64: 1e-13 };

function assertAlike([found, wanted]: number[][][], dtype: DType): void {
  found.forEach((result, k) =>
    result.forEach((x, i) => {
      const y = wanted[k][i], size = Math.max(1, Math.abs(y));
      assert(
        Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance[dtype]! * size,
        `${x} at ${i}, not ${y}`,
      );
    })
  );
}

const waves = (shape: readonly number[], like: Pick<Tensor, "dtype" | "backend">, phase = 0): Tensor => {
  const n = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: n }, (_, i) => 4 * Math.sin(1 + phase + i * 0.7));
  return tg.tensor(values, { dtype: like.dtype, backend: like.backend }).reshape(shape);
};

const layouts: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "as it is": (x) => x,
  "transposed": (x) => tg.permute(x, [2, 0, 1]),
  "every second, backwards": (x) => x.slice(null, [null, null, 2]).flip(2).flip(0),
  "one lane repeated": (x) => x.slice([0, 1], [0, 1]).expand(x.shape),
  "one element repeated": (x) => x.slice([0, 1], [0, 1], [0, 1]).expand(x.shape),
};

type Fn = (x: Tensor, axis: number) => Tensor;
const functions: Readonly<Record<string, Fn>> = { softmax: tg.softmax, logSoftmax: tg.logSoftmax };
/** What normalises over so many of the last axes. */
const norms: Readonly<Record<string, (x: Tensor, count: number) => Tensor>> = {
  layerNorm: (x, count) => tg.layerNorm(x, x.shape.slice(-count), { eps: 1 }),
  rmsNorm: (x, count) => tg.rmsNorm(x, x.shape.slice(-count), { eps: 1 }),
};

const backends = [
  inUse,
  ...inUse.name === "cpu" ? [createCpuBackend({ name: "interpreted", codegen: false })] : [],
];

for (const backend of backends) {
  for (const dtype of [...backend.dtypes].filter(tg.isFloating)) {
    for (const [name, fn] of Object.entries({ ...functions, ...norms })) {
      Deno.test(`${name} of ${dtype} by its kernels on ${backend.name} is its decomposition's, in any layout`, async () => {
        const all = name in norms ? [1, 2, 3] : [0, 1, 2], axes = backend.synchronous ? all : all.slice(1, 2);
        const x = waves([3, 20, 34], { dtype, backend }), ct = waves([3, 20, 34], { dtype, backend }, 2);
        // Each is a kernel of its own where shaders are compiled.
        for (const lay of Object.values(layouts).slice(0, backend.synchronous ? undefined : 2)) {
          for (const other of [lay, layouts["as it is"], layouts["one element repeated"]]) {
            const at = lay(x), cts = other(ct);
            if (String(at.shape) !== String(cts.shape)) continue;
            for (const axis of axes) {
              assertAlike(await both(backend, () => pulled((y) => fn(y, axis), at, cts)), dtype);
            }
          }
        }
      });
    }
  }
}

function pulled(fn: (x: Tensor) => Tensor, x: Tensor, ct: Tensor): Tensor[] {
  const [y, pull] = vjp(fn, x);
  return [y, pull(ct)[0]];
}

/** All ways to want gradients of so many operands. */
function choices(count: number): boolean[][] {
  return Array.from(
    { length: 2 ** count - 1 },
    (_, bits) => Array.from({ length: count }, (_, i) => ((bits + 1) >> i) % 2 === 1),
  );
}

for (const backend of backends) {
  for (const dtype of [...backend.dtypes].filter(tg.isFloating)) {
    const norm = (x: Tensor, weight: Tensor, bias?: Tensor) => {
      const over = weight.shape, options = { weight, eps: 1 };
      return bias ? tg.layerNorm(x, over, { ...options, bias }) : tg.rmsNorm(x, over, options);
    };
    for (const name of ["layerNorm", "rmsNorm"]) {
      Deno.test(`${name} of ${dtype} with a weight by its kernels on ${backend.name} gives the gradients that are wanted`, async () => {
        const all = waves([5, 4, 34], { dtype, backend }),
          shapes = backend.synchronous ? [[34], [4, 34], [5, 4, 34]] : [[34]];
        for (const shape of shapes) {
          const [x, weight, bias] = [all, waves(shape, all, 1), waves(shape, all, 3)],
            ct = waves(all.shape, all, 2);
          const operands = name === "layerNorm" ? [x, weight, bias] : [x, weight];
          for (const wanted of choices(operands.length)) {
            const asked = operands.filter((_, i) => wanted[i]);
            const run = (...given: Tensor[]) => {
              const [x, weight, bias] = operands.map((t, i) => wanted[i] ? given.shift()! : t);
              return norm(x, weight, bias);
            };
            assertAlike(
              await both(backend, () => {
                const [y, pull] = vjp(run, ...asked);
                return [y, ...pull(ct)];
              }),
              dtype,
            );
          }
        }
      });
    }
  }
}

const taken: Readonly<Record<string, (x: Tensor) => tg.NativeNorm>> = {
  nativeBatchNorm: (x) => tg.nativeBatchNorm(x, null, null, { training: true, eps: 1 }),
  nativeGroupNorm: (x) => tg.nativeGroupNorm(x, 4, { eps: 1 }),
};

for (const backend of backends) {
  for (const dtype of [...backend.dtypes].filter(tg.isFloating)) {
    for (const [name, fn] of Object.entries(taken)) {
      Deno.test(`${name} of ${dtype} by its kernel on ${backend.name} gives what it took of each lane`, async () => {
        for (const shape of [[5, 8], [3, 8, 34], [2, 8, 9, 17]]) {
          const x = waves(shape, { dtype, backend });
          assertAlike(await both(backend, () => Object.values(fn(x))), dtype);
        }
      });
    }
  }
}

Deno.test("lanes of infinities, of NaN, of one element and of none give what the decomposition does", async () => {
  const edges = [[-Infinity, -Infinity], [Infinity, 0], [NaN, 1], [-Infinity, 3], [1000, -1000], [0, -0]];
  for (const fn of Object.values(functions)) {
    const x = tg.tensor(edges), ct = tg.tensor(edges.map(() => [1, 2]));
    assertAlike(await both(x.backend, () => pulled((y) => fn(y, 1), x, ct)), "f32");
    assertAlike(
      await both(x.backend, () => pulled((y) => fn(y, 0), x.slice([0, 1]), ct.slice([0, 1]))),
      "f32",
    );
    for (const shape of [[0, 3], [3, 0], [0]]) assertEquals(fn(tg.zeros(shape), 0).shape, shape);
    assertEquals(await fn(tg.tensor(5), 0).item(), fn === tg.softmax ? 1 : 0);
  }
});

Deno.test("the exponential of kernels is within 2 units of the last place, and Math.exp's at the ends", () => {
  for (let x = -700; x <= 0; x += 0.01237) {
    const exact = Math.exp(x);
    assert(Math.abs(exponential(x) - exact) <= 2 * 2 ** -52 * exact, String(x));
  }
  for (const x of [NaN, Infinity, -Infinity, 1, -745, -800, 0, -0]) assertEquals(exponential(x), Math.exp(x));
});
