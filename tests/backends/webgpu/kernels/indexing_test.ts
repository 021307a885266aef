import {
  backendNamed,
  type DType,
  gather,
  IndexError,
  key,
  normal,
  randint,
  scatter,
  scatterAdd,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/core";
import { assertEquals, assertRejects } from "@std/assert";
import { use, webGpuTest } from "../open.ts";

// What the cpu gives, whose tensors lie beside ours.
function onCpu(shape: readonly number[], seed: number, high: number): { values: Tensor; index: Tensor } {
  const backend = backendNamed("cpu").name;
  return {
    values: normal(shape, { key: key(seed), backend }),
    index: randint(0, high, { shape, key: key(seed + 1), backend }),
  };
}

await webGpuTest(
  "an index out of range is an IndexError at the next read, and reads go on after it",
  async (device) => {
    await use(device);
    const x = tensor([1, 2, 3]), index = tensor([0, 3], { dtype: "i32" });
    const picked = gather(x, 0, index);
    await assertRejects(
      () => picked.data(),
      IndexError,
      "Cannot gather along axis 0: index 3 is out of range, the extent is 3",
    );
    assertEquals([...await x.data()], [1, 2, 3]);
    const set = scatterAdd(zeros([2]), 0, tensor([-5], { dtype: "i32" }), tensor([1]));
    await assertRejects(() => set.data(), IndexError, "Cannot scatter along axis 0");
  },
);

for (const deterministic of [false, true]) {
  const how = deterministic ? "in order" : "as they come";
  await webGpuTest(`repeated indices are added ${how}, as on the cpu`, async (device) => {
    await use(device);
    for (const dtype of ["f32", "i32", "u32", "f16", "bool"] satisfies DType[]) {
      if (!device.dtypes.has(dtype)) continue;
      const { values, index } = onCpu([40, 3], 5, 7), whole = values.mul(10).round().to(dtype);
      const base = zeros([7, 3], { dtype, backend: "cpu" });
      const wanted = scatterAdd(base, 0, index, whole);
      const found = scatterAdd(base.to("webgpu"), 0, index.to("webgpu"), whole.to("webgpu"));
      assertEquals(await found.array(), await wanted.array(), dtype);
    }
  }, { deterministic });
}

await webGpuTest("deterministic sums add in the order of the indices, to the last bit", async (device) => {
  await use(device);
  const { values, index } = onCpu([500], 9, 3), base = zeros([3], { backend: "cpu" });
  const wanted = new Float32Array(3), at = index.dataSync(), numbers = values.dataSync();
  for (let i = 0; i < at.length; i++) wanted[at[i]] += numbers[i];
  const found = scatterAdd(base.to("webgpu"), 0, index.to("webgpu"), values.to("webgpu"));
  assertEquals([...await found.data()], [...wanted]);
  const wrong = scatterAdd(zeros([3]), 0, tensor([0, 3], { dtype: "i32" }), tensor([1, 1]));
  await assertRejects(() => wrong.data(), IndexError, "index 3 is out of range");
}, { deterministic: true });

await webGpuTest("sums over many indices are of all that is added, rounded once", async (device) => {
  await use(device);
  const extent = 500, count = 20_000, values = normal([count], { key: key(3), backend: "cpu" });
  const index = randint(0, extent, { shape: [count], key: key(4), backend: "cpu" });
  const scales = normal([count], { key: key(5), backend: "cpu", std: 5 }).exp();
  for (
    const [scale, name] of [[1, "alike"], [scales, "from 1e-9 to 1e9"], [1e30, "large"], [
      1e-33,
      "small",
    ]] as const
  ) {
    const given = values.mul(scale), numbers = given.dataSync(), at = index.dataSync();
    const wanted = new Float64Array(extent);
    for (let i = 0; i < count; i++) wanted[at[i]] += numbers[i];
    const found = scatterAdd(zeros([extent]), 0, index.to("webgpu"), given.to("webgpu"));
    assertEquals([...await found.data()], [...Float32Array.from(wanted)], name);
  }
});

await webGpuTest("what is no number stays with the sum it is in, one alone as it is", async (device) => {
  await use(device);
  const count = 3000, places = Array.from({ length: count }, (_, i) => i % 1000);
  const given = places.map(() => 0),
    special: [number, number[], number][] = [
      [0, [Infinity, 1, 2], Infinity],
      [1, [1, -Infinity, 2], -Infinity],
      [2, [Infinity, -Infinity, 1], NaN],
      [3, [1, 2, NaN], NaN],
      [4, [3e38, 3e38, -3e38], 3e38],
      [5, [3e38, 3e38, 3e38], Infinity],
      [6, [1, -1, 0], 0],
      [7, [1e10, 1, -1e10], 1],
      [8, [-1, -(2 ** -24), -(2 ** -25)], -1 - 2 ** -23],
      [9, [0.1, 0, 0], 0.1],
      [10, [2 ** -100, -(2 ** -101), 0], 2 ** -101],
      [11, [-0.7, 0.7, -0.3], -0.3],
    ];
  for (const [place, values] of special) values.forEach((v, i) => given[place + 1000 * i] = v);
  const index = tensor(places, { dtype: "i32" }),
    base = tensor(places.slice(0, 1000).map((i) => i === 20 ? 5 : 0));
  const found = await scatterAdd(base, 0, index, tensor(given)).data();
  for (const [place, values, wanted] of special) {
    assertEquals(found[place], Math.fround(wanted), values.join(" + "));
  }
  assertEquals(found[20], 5);
});

await webGpuTest("of repeated indices that set, the last one stays", async (device) => {
  await use(device);
  const count = 1000, index = tensor(Array.from({ length: count }, (_, i) => i % 4), { dtype: "i32" });
  const source = tensor(Array.from({ length: count }, (_, i) => i));
  assertEquals([...await scatter(zeros([4]), 0, index, source).data()], [996, 997, 998, 999]);
});
