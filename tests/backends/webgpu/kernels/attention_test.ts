import {
  type Backend,
  fromArray,
  hostArray,
  key,
  scaledDotProductAttention,
  scope,
  type Shape,
  sizeOf,
  type Tensor,
  vjp,
} from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals } from "@std/assert";
import { webGpuTest } from "../open.ts";

const reference = createCpuBackend({ name: "reference" });

type Options = NonNullable<Parameters<typeof scaledDotProductAttention>[3]>;

interface Case {
  readonly told: string;
  readonly shapes: readonly Shape[];
  readonly options?: (backend: Backend) => Options;
}

function numbers(shape: Shape, seed: number, backend: Backend, dtype: "f32" | "f64"): Tensor {
  const data = hostArray(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = Math.fround(Math.sin(i * 12.9898 + seed) * 1.5);
  return fromArray(data, shape, { dtype, backend });
}

function attended({ shapes, options }: Case, backend: Backend, dtype: "f32" | "f64"): Tensor {
  return scope(() => {
    const [q, k, v] = shapes.map((shape, seed) => numbers(shape, seed, backend, dtype));
    return scaledDotProductAttention(q, k, v, options?.(backend));
  });
}

function someOf(shape: Shape, backend: Backend): Tensor {
  const data = hostArray("bool", sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = Number(i * 7919 % 11 < 6);
  return fromArray(data, shape, { dtype: "bool", backend });
}

async function compare(device: Backend, cases: readonly Case[]): Promise<void> {
  for (const one of cases) {
    const exact = attended(one, reference, "f64").dataSync(), found = attended(one, device, "f32");
    const [array] = await device.read([found]);
    found.dispose();
    assertEquals(array.length, exact.length);
    const most = Math.max(...Array.from(array, (x, i) => Math.abs(x - exact[i])), 0);
    assert(most <= 4e-6, `${one.told}: ${most} off`);
  }
}

await webGpuTest("attention over many positions is that of all scores at once", async (device) => {
  await compare(device, [
    { told: "of many rows and columns", shapes: [[2, 3, 70, 40], [3, 75, 40], [75, 70]] },
    { told: "of one feature", shapes: [[33, 1], [65, 1], [65, 1]] },
    { told: "of no features", shapes: [[3, 0], [40, 0], [40, 5]] },
    { told: "of no positions", shapes: [[3, 4], [0, 4], [0, 5]] },
    { told: "of more values than a kernel has room for", shapes: [[5, 8], [40, 8], [40, 300]] },
    {
      told: "to what is not later",
      shapes: [[2, 70, 8], [2, 75, 8], [2, 75, 33]],
      options: () => ({ isCausal: true }),
    },
    {
      told: "with a mask of each head",
      shapes: [[2, 3, 37, 8], [2, 3, 41, 8], [2, 3, 41, 9]],
      options: (backend) => ({ mask: someOf([3, 1, 41], backend) }),
    },
    {
      told: "with a mask of each pair",
      shapes: [[2, 37, 8], [2, 41, 8], [2, 41, 9]],
      options: (backend) => ({ mask: someOf([37, 41], backend) }),
    },
    {
      told: "with a mask and dropout",
      shapes: [[2, 2, 37, 8], [2, 2, 41, 8], [2, 2, 41, 9]],
      options: (backend) => ({ mask: someOf([37, 41], backend), dropoutP: 0.3, key: key(5) }),
    },
    { told: "with all dropped", shapes: [[3, 4], [5, 4], [5, 2]], options: () => ({ dropoutP: 1 }) },
  ]);
});

await webGpuTest("attention holds no scores", async (device) => {
  const [q, k, v] = [0, 1, 2].map((seed) => numbers([1024, 8], seed, device, "f32"));
  let most = 0;
  const allocate = device.allocate.bind(device);
  device.allocate = (dtype, length) => {
    most = Math.max(most, length);
    return allocate(dtype, length);
  };
  const result = scope(() => scaledDotProductAttention(q, k, v));
  await device.read([result]);
  assertEquals(most, 1024 * 8);
});

// Of q, k, v and a mask that is added to the scores of all heads.
function slopes({ shapes, options }: Case, backend: Backend, dtype: "f32" | "f64"): Tensor[] {
  return scope(() => {
    const [q, k, v, ...mask] = shapes.map((shape, seed) => numbers(shape, seed, backend, dtype));
    const attend = (q: Tensor, k: Tensor, v: Tensor, ...[mask]: Tensor[]) =>
      scaledDotProductAttention(q, k, v, { ...mask && { mask }, ...options?.(backend) });
    const [y, pull] = vjp(attend, q, k, v, ...mask);
    return [...pull(numbers(y.shape, 9, backend, dtype))];
  });
}

await webGpuTest(
  "gradients of attention over many positions are those of all scores at once",
  async (device) => {
    const cases: readonly Case[] = [
      { told: "of many rows and columns", shapes: [[2, 3, 70, 40], [2, 3, 75, 40], [2, 3, 75, 70]] },
      {
        told: "to what is not later",
        shapes: [[2, 70, 8], [2, 75, 8], [2, 75, 33]],
        options: () => ({ isCausal: true }),
      },
      {
        told: "with a mask and dropout",
        shapes: [[2, 2, 37, 8], [2, 2, 41, 8], [2, 2, 41, 9]],
        options: (backend) => ({ mask: someOf([37, 41], backend), dropoutP: 0.3, key: key(5) }),
      },
      { told: "of a mask too", shapes: [[2, 3, 37, 8], [2, 3, 41, 8], [2, 3, 41, 9], [3, 1, 41]] },
    ];
    for (const one of cases) {
      const exact = slopes(one, reference, "f64").map((x) => x.dataSync()),
        found = slopes(one, device, "f32");
      const arrays = await device.read(found);
      arrays.forEach((array, i) => {
        const most = Math.max(...Array.from(array, (x, j) => Math.abs(x - exact[i][j])));
        assert(most <= 1e-5, `${one.told}, gradient ${i}: ${most} off`);
      });
    }
  },
);

await webGpuTest("gradients of attention hold no scores", async (device) => {
  let most = 0;
  const allocate = device.allocate.bind(device);
  device.allocate = (dtype, length) => {
    most = Math.max(most, length);
    return allocate(dtype, length);
  };
  await device.read(slopes({ told: "", shapes: [[512, 8], [512, 8], [512, 8]] }, device, "f32"));
  assertEquals(most, 512 * 8);
});
