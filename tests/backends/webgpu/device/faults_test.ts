/** An index out of range belongs to what was computed with it, and to nothing else. */
import * as tg from "@tapegrad/core";
import { IndexError, key, type Tensor, tensor, variable } from "@tapegrad/core";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { use, webGpuTest } from "../open.ts";

function at(...values: number[]): Tensor {
  return tensor(values, { dtype: "i32" });
}

function faulty(): Tensor {
  return tg.indexSelect(tensor([1, 2]), 0, at(100, 0));
}

async function assertFaulty(x: Tensor, name = ""): Promise<void> {
  for (let i = 0; i < 2; i++) {
    await assertRejects(() => x.data(), IndexError, "index 100 is out of range", name);
  }
}

await webGpuTest("reading what depends on it throws, every time, and no other read does", async (device) => {
  await use(device);
  const before = tensor([7]), y = faulty(), after = before.add(1);
  assertEquals(await tg.read([before, after, tensor([9])]).then((all) => all.map(([x]) => x)), [7, 8, 9]);
  await assertFaulty(y);
  await assertRejects(() => tg.read([before, y]), IndexError);
  assertEquals(await before.item(), 7);
  await assertFaulty(y);
});

await webGpuTest("each fault has its own: several at once are told apart", async (device) => {
  await use(device);
  const x = tensor([1, 2, 3]), places = [0, 3, 1, -1, 2, 5].map((i) => x.gather(0, at(i)));
  const reads = places.map((y) => y.data().then(String, (error) => error.message.match(/index (-?\d+)/)[1]));
  assertEquals(await Promise.all(reads), ["1", "3", "2", "-1", "3", "5"]);
  await assertRejects(() => places[1].add(places[0]).data(), IndexError, "index 3");
  assertEquals(await places[0].add(places[2]).item(), 3);
});

await webGpuTest("of indices found by an index out of range, the first is told", async (device) => {
  await use(device);
  const wrongToo = faulty().to("i32").mul(0).add(50);
  await assertFaulty(tensor([1, 2]).gather(0, wrongToo));
  await assertFaulty(tensor([1, 2]).gather(0, wrongToo).add(faulty()));
});

const uses: Readonly<Record<string, () => Tensor>> = {
  gather: () => tensor([1, 2]).gather(0, at(100)),
  scatter: () => tg.scatter(tg.zeros([3]), 0, at(1, 100), 1),
  "scatter at one index": () => tg.scatter(tg.zeros([3]), 0, at(100), 1),
  scatterAdd: () => tg.scatterAdd(tg.zeros([3]), 0, at(100, 1), 1),
  "scatterAdd of integers": () => tg.scatterAdd(tg.zeros([3], { dtype: "i32" }), 0, at(100, 1), 1),
  takeAlongAxis: () => tg.takeAlongAxis(tensor([[1, 2]]), at(100).reshape([1, 1]), 1),
  "a row beside it": () => faulty().slice([1, 2]),
  view: () => faulty().reshape([2, 1]).transpose(),
  op: () => faulty().mul(2),
  "op of op": () => faulty().exp().add(tensor([1, 2])),
  constant: () => faulty().mul(0),
  sum: () => faulty().sum(),
  matmul: () => tensor([[1, 2]]).matmul(faulty().reshape([2, 1])),
  concat: () => tg.concat([tensor([1, 2]), faulty()]),
  cumsum: () => faulty().cumsum(0),
  sort: () => tg.sort(faulty()).values,
  where: () => tg.where(faulty().greater(0), 1, 2),
  "index of another": () => tensor([1, 2]).gather(0, faulty().to("i32")),
  "source of another": () => tg.scatterAdd(tg.zeros([3]), 0, at(0, 1), faulty()),
  "base of another": () => tg.scatterAdd(faulty(), 0, at(0, 0), tensor([1, 2])),
  "in f16": () => faulty().to(tg.currentBackend().dtypes.has("f16") ? "f16" : "f32"),
  fold: () => tg.grad((x: Tensor) => x.unfold(0, 2, 1).mul(faulty()).sum())(tensor([1, 2, 3])),
  gradient: () => tg.grad((x: Tensor) => x.gather(0, at(100, 0)).square().sum())(tensor([1, 2])),
  "gradient that arrives": () => tg.grad((x: Tensor) => x.mul(faulty()).sum())(tensor([1, 2])),
  tangent: () => tg.jvp((x: Tensor) => x.gather(0, at(100)), [tensor([1, 2])], [tensor([1, 1])])[1],
};

await webGpuTest("whatever uses it, and whatever is computed from that", async (device) => {
  await use(device);
  for (const [name, make] of Object.entries(uses)) {
    const y = make(), unrelated = tensor([1, 2, 3]).mul(2);
    assertEquals([...await unrelated.data()], [2, 4, 6], name);
    await assertFaulty(y, name);
    await assertFaulty(y.mul(2).sum(), name);
  }
});

await webGpuTest("a copy elsewhere does not arrive, and says why", async (device) => {
  await use(device);
  const y = faulty().to("cpu"), z = y.mul(2), there = z.to("webgpu").add(1);
  assertEquals(await tensor([1]).to("cpu").item(), 1);
  for (const x of [y, z, there]) {
    const error = await assertRejects(() => x.data(), Error, "index 100 is out of range");
    assert(error.cause instanceof IndexError);
  }
});

await webGpuTest("what was changed with it is faulty until it is overwritten", async (device) => {
  await use(device);
  const x = tensor([1, 2]), one = tensor(1), part = tensor([1, 2, 3, 4]);
  x.assign(faulty());
  one.assign(faulty().sum());
  part.slice([0, 2]).assign(faulty());
  for (const t of [x, one, part, part.slice(3), x.mul(2)]) await assertFaulty(t);
  part.slice([0, 1]).assign(0);
  x.assign(x.mul(0));
  for (const t of [x, part]) await assertFaulty(t);
  for (const t of [x, one, part]) t.assign(5);
  assertEquals([...await x.data(), await one.item(), ...await part.data()], [5, 5, 5, 5, 5, 5, 5]);
});

await webGpuTest("memory that is used again brings no fault along", async (device) => {
  await use(device);
  for (let i = 0; i < 20; i++) {
    const y = faulty(), z = y.mul(2);
    if (i % 2 === 0) await assertFaulty(z);
    y.dispose();
    z.dispose();
    assertEquals([...await tensor([1, 2]).mul(3).data()], [3, 6]);
    const kept = tg.scope(() => {
      faulty().exp();
      return tensor([1, 2]).exp().log().round();
    });
    assertEquals([...await kept.data()], [1, 2]);
  }
});

await webGpuTest("a read tells of what was when it was asked for", async (device) => {
  await use(device);
  const x = tensor([1, 2]), before = x.data();
  x.assign(faulty());
  const meanwhile = x.data();
  x.assign(3);
  const after = x.data();
  await assertRejects(() => meanwhile, IndexError);
  assertEquals([[...await before], [...await after]], [[1, 2], [3, 3]]);
});

await webGpuTest("parameters are faulty from the step that used it on, others go on", async (device) => {
  await use(device);
  for (const momentum of [0, 0.9]) {
    const table = variable(tg.ones([4, 2])), weight = variable([1, 2]), apart = variable([1, 2]);
    const optimizer = new GD([table, weight, apart], { learningRate: 1e-3, momentum });
    const step = (index: Tensor) => {
      optimizer.zeroGrad();
      tg.indexSelect(table, 0, index).mul(weight).sum().add(apart.sum()).backward();
      optimizer.step();
    };
    for (let i = 0; i < 30; i++) step(at(0, 3, 3));
    assert((await tg.read([table, weight, apart])).every((all) => all.every(Number.isFinite)));
    step(at(0, 100));
    step(at(0, 1));
    for (const faulty of [table, weight, weight.grad!]) await assertFaulty(faulty);
    assert((await apart.data()).every(Number.isFinite));
  }
});

await webGpuTest("thousands of uses that nobody has read yet are told apart as well", async (device) => {
  await use(device);
  const x = tensor([1, 2, 3]), wrong = [1022, 1023, 1024, 2047, 2500];
  for (let round = 0; round < 2; round++) {
    const all = await tg.scope(async () => {
      const made = Array.from(
        { length: 2600 },
        (_, i) => x.gather(0, wrong.includes(i) ? at(100) : at(i % 3)),
      );
      let sum = tensor([0]);
      for (const [i, y] of made.entries()) if (!wrong.includes(i)) sum = sum.add(y);
      for (const i of wrong) await assertFaulty(made[i]);
      return [await sum.item(), await made[1021].item(), await made[1025].item(), await made[2599].item()];
    });
    assertEquals(all, [5189, 2, 3, 2]);
  }
});

await webGpuTest("a profile of it is none of what depends on it", async (device) => {
  await use(device);
  let y = tensor([0]);
  const { rows } = await tg.profile(() => {
    y = faulty();
  });
  assertEquals(rows.find(({ op }) => op === "gather")?.count, 1);
  await assertFaulty(y);
  await device.synchronize();
});

await webGpuTest("the same index is named each time there are several", async (device) => {
  await use(device);
  const index = tg.randint(500, 1000, { shape: [10_000], key: key(1) });
  const most = await index.max().item();
  for (let i = 0; i < 12; i++) {
    await assertRejects(() => tg.zeros([500]).gather(0, index).data(), IndexError, `index ${most} `);
  }
});
