/** Twelve runs of a gradient give the same bits. */
import * as tg from "@tapegrad/core";
import { key, type Tensor, tensor } from "@tapegrad/core";
import { CrossEntropyLoss } from "@tapegrad/nn";
import { assertEquals } from "@std/assert";
import { use, webGpuTest } from "../open.ts";

const noise = (shape: readonly number[], seed = 1): Tensor => tg.normal(shape, { key: key(seed) });
const places = (high: number, shape: readonly number[], seed = 2): Tensor =>
  tg.randint(0, high, { shape, key: key(seed) });

/** What is differentiated, with the shape of what it is of. */
const functions: Readonly<Record<string, readonly [readonly number[], (x: Tensor) => Tensor]>> = {
  "indexSelect, few": [[10, 3], (x) => tg.indexSelect(x, 0, places(10, [500]))],
  "indexSelect, many": [[50], (x) => tg.indexSelect(x, 0, places(50, [5000]))],
  "an embedding": [[1000, 64], (x) => tg.indexSelect(x, 0, places(1000, [512]))],
  "an embedding of many": [[20, 32], (x) => tg.indexSelect(x, 0, places(20, [3000]))],
  "one of all": [[4], (x) => tg.indexSelect(x, 0, places(1, [5000]))],
  gather: [[8, 40], (x) => x.gather(1, places(40, [8, 1100]))],
  takeAlongAxis: [[30, 40], (x) => tg.takeAlongAxis(x, places(30, [1200, 1]), 0)],
  scatterAdd: [[3000], (x) => tg.scatterAdd(tg.zeros([20]), 0, places(20, [3000]), x)],
  "scatterAdd twice": [[3000], (x) => {
    const index = places(20, [3000]);
    return tg.scatterAdd(tg.zeros([20]), 0, index, x).gather(0, index);
  }],
  scatter: [[3000], (x) => tg.scatter(tg.zeros([20]), 0, places(20, [3000]), x)],
  "cross entropy": [[200, 7], (x) => new CrossEntropyLoss().forward(x, places(7, [200]))],
  unfold: [[3000], (x) => x.unfold(0, 5, 2)],
  sum: [[300, 400], (x) => x.square().sum(0)],
  "sum of all": [[100_000], (x) => x.square().sum()],
  softmax: [[10, 500], (x) => tg.softmax(x, 1)],
  cumsum: [[5000], (x) => x.cumsum(0)],
  prod: [[200, 30], (x) => x.prod(0)],
  max: [[300, 400], (x) => x.round().max(0)],
  sort: [[1500], (x) => tg.sort(x).values],
  matmul: [[60, 300], (x) => x.matmul(noise([300, 20], 7))],
  broadcast: [[1, 300], (x) => x.mul(noise([400, 300], 8))],
};

await webGpuTest("twelve runs of a gradient, and of what it is of, give the same bits", async (device) => {
  await use(device);
  for (const [name, [shape, fn]] of Object.entries(functions)) {
    const seen = new Set<string>();
    for (let run = 0; run < 12; run++) {
      await tg.scope(async () => {
        const [y, pull] = tg.vjp(fn, noise(shape)), [gradient] = pull(noise(y.shape, 3));
        const found = await tg.read([y, gradient]);
        seen.add(found.map((a) => new Uint32Array(a.buffer).join()).join(";"));
      });
    }
    assertEquals(seen.size, 1, name);
  }
});

await webGpuTest("in f16 too, as in whatever dtype", async (device) => {
  await use(device);
  for (const dtype of tg.dtypes.filter((dtype) => device.dtypes.has(dtype))) {
    for (const [extent, count] of [[30, 20_000], [30, 900]]) {
      const seen = new Set<string>(), index = places(extent, [count]);
      const source = noise([count]).mul(10).to(dtype), base = tensor(0, { dtype });
      for (let run = 0; run < 12; run++) {
        seen.add((await tg.scatterAdd(base.expand([extent]), 0, index, source).data()).join());
      }
      assertEquals(seen.size, 1, `${dtype}, ${count}`);
    }
  }
});
