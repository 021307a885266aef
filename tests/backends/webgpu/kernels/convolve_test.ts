import {
  type Backend,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type DType,
  fromArray,
  hostArray,
  scope,
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

type Convolve = (x: Tensor, weight: Tensor, bias?: Tensor) => Tensor;

/** Sums of products of whole numbers are exact, in whatever order they are added. */
function numbers(shape: Shape, seed: number, dtype: DType, backend: Backend): Tensor {
  const data = hostArray(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = whole(i + seed * 1000);
  return fromArray(data, shape, { dtype, backend });
}

interface Case {
  readonly told: string;
  readonly shapes: readonly Shape[];
  readonly call: Convolve;
  readonly dtype?: DType;
}

function results({ shapes, call, dtype = "f32" }: Case, backend: Backend): Tensor[] {
  return scope(() => {
    const [x, weight, bias] = shapes.map((shape, seed) => numbers(shape, seed, dtype, backend));
    if (dtype === "i32") return [call(x, weight, bias)];
    const inputs = bias ? [x, weight, bias] : [x, weight];
    const [y, pull] = vjp((...given: Tensor[]) => call(given[0], given[1], given[2]), ...inputs);
    return [y, ...pull(numbers(y.shape, 7, dtype, backend))];
  });
}

async function compare(device: Backend, cases: readonly Case[]): Promise<void> {
  for (const one of cases) {
    const [expected, found] = [reference, device].map((backend) => results(one, backend));
    const arrays = await device.read(found);
    expected.forEach((y, i) => assertEquals(arrays[i], y.dataSync(), `${one.told}, result ${i}`));
    for (const t of found) t.dispose();
  }
}

await webGpuTest("large convolutions are exact, strided, dilated, padded, in groups", async (device) => {
  const of = (told: string, shapes: readonly Shape[], options: Parameters<typeof conv2d>[2]): Case => ({
    told,
    shapes,
    call: (x, weight, bias) => conv2d(x, weight, { ...options, bias }),
  });
  await compare(device, [
    of("padded", [[2, 16, 12, 13], [32, 16, 3, 3], [32]], { padding: 1 }),
    of("strided", [[2, 17, 25, 26], [33, 17, 3, 2]], { stride: [2, 3], padding: [1, 0] }),
    of("dilated", [[1, 16, 20, 21], [20, 16, 3, 3], [20]], { dilation: [2, 3], padding: "same" }),
    of("in groups", [[2, 32, 14, 14], [48, 16, 3, 3], [48]], { groups: 2, padding: 2, stride: 2 }),
    of("each channel apart", [[2, 24, 9, 10], [48, 1, 3, 3], [48]], { groups: 24, padding: 1 }),
    of("of one place", [[3, 20, 15, 16], [18, 20, 1, 1]], {}),
    of("with long sums", [[1, 160, 5, 5], [32, 160, 3, 3], [32]], { padding: 1 }),
    of("by few weights", [[2, 1, 40, 41], [5, 1, 4, 4], [5]], {}),
  ]);
});

await webGpuTest("so are large transposed ones", async (device) => {
  const of = (
    told: string,
    shapes: readonly Shape[],
    options: Parameters<typeof convTranspose2d>[2],
  ): Case => ({
    told,
    shapes,
    call: (x, weight, bias) => convTranspose2d(x, weight, { ...options, bias }),
  });
  await compare(device, [
    of("strided", [[2, 16, 9, 10], [16, 20, 3, 3], [20]], { stride: 2, padding: 1, outputPadding: 1 }),
    of("apart", [[2, 16, 7, 8], [16, 20, 2, 2], [20]], { stride: 4, outputPadding: [3, 0] }),
    of("dilated", [[2, 16, 9, 10], [16, 20, 3, 4]], { stride: [2, 3], dilation: [3, 2], padding: [2, 1] }),
    of("with places that no window reaches", [[2, 16, 9, 10], [16, 20, 3, 3], [20]], {
      stride: [2, 6],
      dilation: [4, 3],
    }),
    of("in groups", [[2, 32, 9, 10], [32, 17, 3, 3], [34]], { groups: 2, padding: 3 }),
  ]);
});

await webGpuTest(
  "sequences, volumes, halves and integers are convolved by the same kernels",
  async (device) => {
    const halves: Case[] = device.dtypes.has("f16")
      ? [{
        told: "halves",
        shapes: [[1, 16, 12, 12], [16, 16, 2, 2], [16]],
        dtype: "f16",
        call: (x, weight, bias) => conv2d(x.mul(0.25), weight, { bias, padding: 1 }),
      }]
      : [];
    await compare(device, [
      ...halves,
      {
        told: "sequences",
        shapes: [[4, 20, 90], [24, 20, 5], [24]],
        call: (x, weight, bias) => conv1d(x, weight, { bias, stride: 2, padding: 2 }),
      },
      {
        told: "volumes",
        shapes: [[1, 6, 6, 5, 7], [18, 6, 3, 2, 3], [18]],
        call: (x, weight, bias) => conv3d(x, weight, { bias, padding: [1, 0, 1], stride: [1, 1, 2] }),
      },
      {
        told: "sequences sent back",
        shapes: [[4, 24, 40], [24, 20, 5], [20]],
        call: (x, weight, bias) => convTranspose1d(x, weight, { bias, stride: 3 }),
      },
      {
        told: "volumes sent back",
        shapes: [[1, 6, 4, 5, 3], [6, 8, 3, 2, 3], [8]],
        call: (x, weight, bias) => convTranspose3d(x, weight, { bias, stride: [2, 1, 2], padding: 1 }),
      },
      {
        told: "integers",
        shapes: [[2, 16, 12, 13], [32, 16, 3, 3], [32]],
        dtype: "i32",
        call: (x, weight, bias) => conv2d(x, weight, { bias, padding: 1 }),
      },
      {
        told: "a view whose axes are exchanged",
        shapes: [[12, 13, 16, 2], [3, 3, 16, 32]],
        call: (x, weight) =>
          conv2d(x.transpose(0, 3).transpose(1, 2), weight.transpose(0, 3).transpose(1, 2)),
      },
      {
        told: "no channels",
        shapes: [[2, 0, 5, 5], [3, 0, 2, 2], [3]],
        call: (x, weight, bias) => conv2d(x, weight, { bias }),
      },
      {
        told: "no images",
        shapes: [[0, 2, 5, 5], [3, 2, 2, 2], [3]],
        call: (x, weight, bias) => conv2d(x, weight, { bias }),
      },
    ]);
  },
);

await webGpuTest(
  "images that no kernel can see whole are convolved in parts, or as columns",
  async (device) => {
    await compare(device, [
      {
        told: "a large result",
        shapes: [[8, 2, 12, 12], [24, 2, 3, 3], [24]],
        call: (x, weight, bias) => conv2d(x, weight, { bias }),
      },
      {
        told: "large images",
        shapes: [[8, 24, 12, 12], [2, 24, 3, 3], [2]],
        call: (x, weight, bias) => conv2d(x, weight, { bias }),
      },
    ]);
  },
  { bindingBytes: 2 ** 15 },
);
