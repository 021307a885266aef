/** What of random numbers is the same on cpu and webgpu to the bit, and how near the rest is. */
import * as tg from "@tapegrad/core";
import { key, type Tensor, tensor } from "@tapegrad/core";
import { assertEquals, assertLessOrEqual } from "@std/assert";
import { use, webGpuTest } from "../open.ts";

const shape = [50_000];
type Options = { readonly key: tg.Key; readonly backend: string };

const same: Readonly<Record<string, (options: Options) => Tensor>> = {
  randomBits: (o) => tg.randomBits(shape, o),
  randint: (o) => tg.randint(-5, 1000, { ...o, shape }),
  "randint of a large span": (o) => tg.randint(-(2 ** 30), 2 ** 30 - 1, { ...o, shape }),
  uniform: (o) => tg.uniform(shape, o),
  "uniform f16": (o) => tg.uniform(shape, { ...o, dtype: "f16" }),
  bernoulli: (o) => tg.bernoulli(0.3, { ...o, shape }),
  "bernoulli of a tensor": (o) => tg.bernoulli(tensor([0.1, 0.5], { backend: o.backend }), o),
  permutation: (o) => tg.permutation(3000, o),
  choice: (o) => tg.choice(tg.arange(3000, undefined, { backend: o.backend }), 2000, { key: o.key }),
  "choice without repetition": (o) =>
    tg.choice(tg.arange(3000, undefined, { backend: o.backend }), 2000, { key: o.key, replace: false }),
};

async function onBoth(draw: (options: Options) => Tensor, seed: number): Promise<tg.TypedArray[]> {
  return await tg.read(["cpu", "webgpu"].map((backend) => draw({ key: key(seed), backend })));
}

await webGpuTest("bits, integers and uniform numbers are those of the cpu, to the bit", async (device) => {
  await use(device);
  for (const [name, draw] of Object.entries(same)) {
    if (name.endsWith("f16") && !device.dtypes.has("f16")) continue;
    for (const seed of [0, 2 ** 53 - 1]) {
      const [here, there] = await onBoth(draw, seed);
      assertEquals([...there], [...here], name);
    }
  }
});

// Neighbouring floats are neighbouring integers.
function distance(a: Float32Array, b: Float32Array): number {
  const [x, y] = [a, b].map((numbers) => new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length));
  return x.reduce((most, bits, i) => Math.max(most, Math.abs(bits - y[i])), 0);
}

await webGpuTest("normal numbers are at most 4 units in the last place from the cpu's", async (device) => {
  await use(device);
  for (const seed of [1, 2, 3]) {
    const [here, there] = await onBoth((o) => tg.normal([100_000], o), seed);
    assertLessOrEqual(distance(here as Float32Array, there as Float32Array), 4);
  }
});

await webGpuTest("other ranges are within the rounding of a product and a sum", async (device) => {
  await use(device);
  const [here, there] = await onBoth((o) => tg.uniform(shape, { ...o, low: -0.3, high: 1.7 }), 4);
  const most = [...here].reduce((worst, x, i) => Math.max(worst, Math.abs(x - there[i])), 0);
  assertLessOrEqual(most, 2 ** -23);
});
