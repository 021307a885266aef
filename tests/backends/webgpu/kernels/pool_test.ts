import {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool2d,
  avgPool3d,
  type Backend,
  fromArray,
  hostArray,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type Shape,
  sizeOf,
  type Tensor,
  vjp,
} from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assertEquals } from "@std/assert";
import { webGpuTest } from "../open.ts";
import { whole } from "../side_by_side.ts";

const reference = createCpuBackend({ name: "reference" });

type Pool = (x: Tensor) => Tensor | { readonly values: Tensor; readonly indices: Tensor };

/** Many equal elements, and some that are infinite or NaN. */
function special(place: number): number {
  if (place % 29 === 5) return NaN;
  return place % 7 < 3 ? -Infinity : whole(place);
}

function results(shape: Shape, pool: Pool, fill: (place: number) => number, backend: Backend): Tensor[] {
  const data = hostArray("f32", sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = fill(i);
  const x = fromArray(data, shape, { backend }), pooled = pool(x);
  return "values" in pooled && "indices" in pooled ? [pooled.values, pooled.indices] : [pooled as Tensor];
}

async function compare(
  device: Backend,
  cases: Readonly<Record<string, readonly [Shape, Pool]>>,
  fill = whole,
): Promise<void> {
  for (const [told, [shape, pool]] of Object.entries(cases)) {
    const [expected, found] = [reference, device].map((backend) => results(shape, pool, fill, backend));
    const arrays = await device.read(found);
    expected.forEach((y, i) => assertEquals(arrays[i], y.dataSync(), `${told}, result ${i}`));
  }
}

const options = { returnIndices: true } as const;
const byLargest: Readonly<Record<string, readonly [Shape, Pool]>> = {
  "that overlap": [[2, 3, 11, 13], (x) => maxPool2d(x, 3, { ...options, stride: 2, padding: 1 })],
  "dilated, beyond the image": [
    [3, 12, 17],
    (x) =>
      maxPool2d(x, [2, 3], { ...options, stride: [3, 2], dilation: [2, 3], padding: [1, 1], ceilMode: true }),
  ],
  "of sequences": [[2, 3, 40], (x) => maxPool1d(x, 4, { ...options, stride: 3 })],
  "of volumes": [[2, 5, 6, 7], (x) => maxPool3d(x, 2, { ...options, stride: 1 })],
  "as many as asked for": [[2, 3, 7, 11], (x) => adaptiveMaxPool2d(x, [3, 14], options)],
  "of a turned view": [[12, 10, 4], (x) => maxPool2d(x.transpose(0, 2), 2, options)],
};

await webGpuTest("the largest of windows and their places are PyTorch's", async (device) => {
  await compare(device, byLargest);
  await compare(device, byLargest, special);
});

await webGpuTest("means of windows are exact where these have a power of two of elements", async (device) => {
  await compare(device, {
    "that overlap": [[2, 3, 11, 13], (x) => avgPool2d(x, 4, { stride: 2, padding: 2 })],
    "divided by a number": [[3, 9, 8], (x) => avgPool2d(x, [3, 2], { divisorOverride: 4, ceilMode: true })],
    "of volumes": [[2, 5, 6, 7], (x) => avgPool3d(x, 2, { padding: 1, countIncludePad: false })],
    "as many as asked for": [[2, 3, 8, 16], (x) => adaptiveAvgPool2d(x, [4, 8])],
    "of a turned view": [[12, 10, 4], (x) => avgPool2d(x.transpose(0, 2), 2)],
  });
});

await webGpuTest("gradients come from the places that the kernel found", async (device) => {
  const gradient = (x: Tensor) => vjp((x: Tensor) => maxPool2d(x, 3, { stride: 2 }), x)[1];
  await compare(device, {
    "that overlap": [[2, 9, 9], (x) => gradient(x)(x.slice(null, [0, 4], [0, 4]))[0]],
  });
});

await webGpuTest(
  "what windows of a mean send back is exact where these have a power of two of elements",
  async (device) => {
    const sent = (pool: (x: Tensor) => Tensor) => (x: Tensor) => {
      const [y, pull] = vjp(pool, x);
      return pull(
        fromArray(Float32Array.from({ length: y.size }, (_, i) => whole(i)), y.shape, { backend: x.backend }),
      )[0];
    };
    await compare(device, {
      "that overlap": [[2, 3, 11, 13], sent((x) => avgPool2d(x, 4, { stride: 2, padding: 2 }))],
      "that leave gaps": [
        [2, 3, 11, 13],
        sent((x) => avgPool2d(x, 2, { stride: 3, padding: 1, ceilMode: true })),
      ],
      "of volumes": [[2, 5, 6, 7], sent((x) => avgPool3d(x, 2, { padding: 1, stride: [1, 2, 3] }))],
      "as many as asked for": [[2, 3, 8, 16], sent((x) => adaptiveAvgPool2d(x, [4, 8]))],
      "more than there are elements": [[2, 3, 8, 4], sent((x) => adaptiveAvgPool2d(x, [12, 8]))],
      "of a turned view": [[12, 10, 4], sent((x) => avgPool2d(x.transpose(0, 2), 2))],
    });
  },
);
