/** What normalises along axes, in one kernel of a device. */
import type { AxesAttributes, Backend, Kernel, Shape, View } from "@tapegrad/core/backend";
import { assertEquals } from "@std/assert";
import { webGpuTest } from "../open.ts";
import { put, room, SideBySide, whole } from "../side_by_side.ts";

function run(
  backend: Backend,
  name: string,
  inputs: readonly View[],
  outputs: readonly View[],
  attributes: AxesAttributes & { readonly wanted?: readonly boolean[] },
): void {
  const kernel = backend.kernels.get(name) as Kernel<typeof attributes>;
  kernel(inputs, outputs, attributes);
}

await webGpuTest("lanes of every length are normalised right, whoever shares the work", async (device) => {
  const both = new SideBySide(device);
  const along = [1, 2, 32, 33, 256, 257, 1023, 16400, 40000].map((n) => ({ shape: [3, n], axes: [1] }));
  const columns = [[33, 15], [33, 16], [40, 17], [700, 40], [8300, 16]].map((shape) => ({
    shape,
    axes: [0],
  }));
  const blocks = [[7, 3, 5], [2, 30, 40]].map((shape) => ({ shape, axes: [1, 2] }));
  const eps = { dtype: "f32", shape: [], fill: () => 1 } as const;
  for (const { shape, axes } of [...along, ...columns, ...blocks]) {
    const x = { dtype: "f32", shape, fill: whole } as const;
    const ct = { ...x, fill: (i: number) => whole(i + 5) };
    const calls = {
      softmax: [x],
      logSoftmax: [x],
      softmaxBackward: [x, ct],
      rmsNorm: [x, eps],
      layerNorm: [x, eps],
    };
    for (const [name, inputs] of Object.entries(calls)) {
      both.run(
        `${name} of [${shape}] over ${axes}`,
        inputs,
        x,
        (backend, views, output) => run(backend, name, views, [output], { axes }),
        256,
      );
    }
  }
  await both.compare();
});

await webGpuTest("a normalisation in place is that of what was there", async (device) => {
  const both = new SideBySide(device), x = { dtype: "f32", shape: [9, 300], fill: whole } as const;
  for (const name of ["softmax", "logSoftmax"]) {
    both.run(name, [x], x, (backend, [view], output) => {
      run(backend, name, [view], [view], { axes: [1] });
      run(backend, name, [view], [output], { axes: [1] });
    }, 64);
  }
  await both.compare();
});

await webGpuTest(
  "lanes of views that are too large to be bound are normalised step by step",
  async (device) => {
    const both = new SideBySide(device), x = { dtype: "f32", shape: [40, 300], fill: whole } as const;
    for (const axes of [[0], [1]]) {
      for (const name of ["softmax", "logSoftmax"]) {
        both.run(`${name} over ${axes}`, [x], x, (backend, views, output) => {
          run(backend, name, views, [output], { axes });
        }, 64);
      }
    }
    await both.compare();
  },
  { bindingBytes: 16_384 },
);

const rows = [50, 300], lane = [300], scalar: Shape = [];

/** Composites, the shapes of what they are given and give, which gradients are wanted, and how many kernels that is. */
const counts: readonly (readonly [string, readonly Shape[], readonly Shape[], readonly boolean[], number])[] =
  [
    ["softmax", [rows], [rows], [], 1],
    ["logSoftmax", [rows], [rows], [], 1],
    ["softmaxBackward", [rows, rows], [rows], [], 1],
    ["logSoftmaxBackward", [rows, rows], [rows], [], 1],
    ["layerNorm", [rows, scalar, lane, lane], [rows], [], 1],
    ["rmsNorm", [rows, scalar, lane], [rows], [], 1],
    ["layerNormBackward", [rows, scalar, rows, lane], [rows], [true, false, false], 1],
    ["layerNormBackward", [rows, scalar, rows, lane], [rows, lane, lane], [true, true, true], 3],
    ["layerNormBackward", [rows, scalar, rows, lane], [lane], [false, true, false], 2],
    ["layerNormBackward", [rows, scalar, rows, lane], [lane], [false, false, true], 1],
    ["rmsNormBackward", [rows, scalar, rows, lane], [rows, lane], [true, true, false], 2],
  ];

await webGpuTest(
  "what normalises lanes is one kernel, and one more for each sum over all of them",
  async (device) => {
    for (const [name, given, results, wanted, count] of counts) {
      const inputs = given.map((shape) => put(device, { dtype: "f32", shape, fill: whole }));
      const outputs = results.map((shape) => room(device, "f32", shape)), timer = device.profiler!();
      run(device, name, inputs, outputs, { axes: [1], wanted });
      const found = (await timer.stop()).reduce((sum, { kernels }) => sum + kernels, 0);
      assertEquals(found, count, `${name} ${wanted}`);
    }
  },
);
