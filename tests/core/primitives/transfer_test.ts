/** Tensors that come back from a device which cannot be read at once. */
import * as tg from "@tapegrad/core";
import { BackendError, DeviceLostError, ready, TapeError, tensor, variable } from "@tapegrad/core";
import { cpuElements } from "@tapegrad/backends";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { openFar } from "../../backends/far_backend.ts";
import { settledMemory } from "../../proof/memory/collect.ts";

const far = await openFar("far");
await openFar("farther");
const cpu = await tg.openBackend("cpu");
const here = { backend: cpu };

Deno.test("elements come back when they are awaited", async () => {
  const x = tensor([[1, 2], [3, 4]], here).to("far"), back = x.transpose().to("cpu");
  assertStrictEquals(back.backend, cpu);
  assertEquals([back.shape, back.dtype], [[2, 2], "f32"]);
  assertEquals(await back.array(), [[1, 3], [2, 4]]);
  assertEquals(back.arraySync(), [[1, 3], [2, 4]]);
});

Deno.test("what is read at once says that it has to be awaited, until it has been", async () => {
  const x = tensor([1, 2], here).to("far").to("cpu");
  assertThrows(
    () => x.arraySync(),
    BackendError,
    "Cannot use this tensor yet: its elements are on their way from far to cpu, await ready() first",
  );
  assertEquals(String(x), "tensor(<on its way from far: await ready(x)>, f32 [2])");
  assertStrictEquals(await ready(x), x);
  assertEquals(x.arraySync(), [1, 2]);
});

Deno.test("ready() waits for all there is, or for what an object holds", async () => {
  const make = () => tensor([1, 2], here).to("far").to("cpu");
  const [a, b] = [make(), make()];
  await ready();
  assertEquals([a.arraySync(), b.arraySync()], [[1, 2], [1, 2]]);
  const model = { layers: [make()], by: new Map([["name", make()]]) };
  assertStrictEquals(await ready(model), model);
  assertEquals(model.layers[0].add(model.by.get("name")!).arraySync(), [2, 4]);
});

Deno.test("ops on elements that are on their way give results that are on theirs", async () => {
  const x = tensor([3, 1, 2], here).to("far").to("cpu");
  const y = x.mul(2).sum().add(tensor(1, here)), order = tg.sort(x).values, rows = tg.stack([x, x]).slice(1);
  assertThrows(() => y.itemSync(), BackendError, "on their way from far to cpu");
  assertEquals(await y.item(), 13);
  assertEquals(await order.array(), [1, 2, 3]);
  assertEquals(await rows.array(), [3, 1, 2]);
  assertEquals(await x.to("farther").mul(3).array(), [9, 3, 6]);
});

Deno.test("a composite's own kernel waits for what it reads, as every kernel does", async () => {
  const op = tg.defineComposite({
    name: "test.first",
    infer: ([x]) => ({ shape: [], dtype: x.dtype, backend: x.backend }),
    decompose: ([x]) => [x.slice(0)],
  });
  const first = (x: tg.Tensor) => tg.apply(op, [x], null);
  let ran = 0;
  tg.registerKernel("cpu", "test.first", ([x], [output]) => {
    ran++;
    cpuElements(output)[output.offset] = cpuElements(x)[x.offset];
  });
  const x = tensor([4, 5], { backend: far }).to("cpu");
  assertEquals([await first(x).item(), ran], [4, 1]);
  assertEquals([first(x).itemSync(), ran], [4, 2]);
});

Deno.test("a variable can be made of what is on its way, and on another backend", async () => {
  const x = variable(tensor([1, 2], { backend: far }).to("cpu")), y = variable(x, { backend: "far" });
  x.mul(y.to("cpu")).sum().backward();
  assertEquals([await x.grad!.array(), await y.grad!.array()], [[1, 2], [1, 2]]);
  assertEquals([x.isLeaf, y.isLeaf, y.backend], [true, true, far]);
  const copy = variable(tensor([1, 2], here), { dtype: "f64" });
  assertEquals([copy.dtype, copy.arraySync()], ["f64", [1, 2]]);
});

Deno.test("read() takes what is here and what is coming in one go", async () => {
  const here = tensor([1], { backend: cpu }), coming = tensor([2], { backend: far }).to("cpu");
  const [a, b, c] = await tg.read([here, coming, tensor([3], { backend: far })]);
  assertEquals([...a, ...b, ...c], [1, 2, 3]);
});

Deno.test("read() tells of the moment it was asked, on each device", async () => {
  const [a, b] = [tensor([1], { backend: far }), tensor([2], { backend: await tg.openBackend("farther") })];
  const asked = tg.read([a, b]);
  for (const x of [a, b]) x.assign(9);
  assertEquals((await asked).map(([x]) => x), [1, 2]);
});

Deno.test("a copy is of what was there when it was asked for", async () => {
  const x = variable([1, 2], { backend: far });
  const copy = x.detach().to("cpu"), read = x.array();
  tg.noGrad(() => x.assign(9));
  assertEquals([await copy.array(), await read], [[1, 2], [1, 2]]);
});

Deno.test("nothing and one element travel too, and every dtype", async () => {
  assertEquals(tg.zeros([0, 2], { backend: far }).to("cpu").arraySync(), []);
  assertEquals(await tensor(7, { backend: far, dtype: "u32" }).to("cpu").item(), 7);
  for (const dtype of tg.dtypes) {
    const x = tensor([1, 0], { dtype, backend: far }).to("cpu");
    assertEquals([x.dtype, [...await x.data()]], [dtype, [1, 0]]);
  }
});

Deno.test("gradients travel back, through any ops before the journey", async () => {
  const x = variable([1, 2, 3], here);
  x.mul(2).to("far").square().sum().backward();
  assertStrictEquals(x.grad!.backend, cpu);
  assertThrows(() => x.grad!.arraySync(), BackendError, "await ready() first");
  assertEquals(await x.grad!.array(), [8, 16, 24]);
  assertEquals(x.grad!.mul(2).arraySync(), [16, 32, 48]);
});

Deno.test("gradients that come by several ways add up", async () => {
  const x = variable([1, 2], here), w = variable([5, 7], { backend: far });
  const y = x.to("far").mul(w).sum().to("cpu"), z = x.to("farther").square().sum().to("cpu");
  y.add(z).add(x.mul(3).sum()).backward();
  assertEquals(await x.grad!.array(), [5 + 2 + 3, 7 + 4 + 3]);
  assertEquals(await w.grad!.array(), [1, 2]);
  x.to("far").sum().backward();
  assertEquals(await x.grad!.array(), [11, 15]);
});

Deno.test("second derivatives travel as well", async () => {
  const x = tensor([2, 3], here);
  const slope = tg.grad((v: tg.Tensor) => v.to("far").pow(3).sum());
  assertEquals(await slope(x).array(), [12, 27]);
  assertEquals(await tg.grad((v: tg.Tensor) => slope(v).sum())(x).array(), [12, 18]);
  const [y, dy] = tg.jvp((v: tg.Tensor) => v.to("far").square().to("cpu"), [x], [tensor([1, 10], here)]);
  assertEquals([await y.array(), await dy.array()], [[4, 9], [4, 60]]);
});

Deno.test("hooks and retained gradients see what is on its way", async () => {
  const x = variable([1, 2], here), y = x.mul(2);
  y.retainGrad();
  x.registerHook((gradient) => gradient.mul(10));
  y.to("far").square().sum().backward();
  assertEquals([await y.grad!.array(), await x.grad!.array()], [[4, 8], [80, 160]]);
});

Deno.test("a step is taken when its gradients have arrived, and is refused before", async () => {
  const x = variable([1, 2], here), optimizer = new GD([x], { learningRate: 0.5 });
  x.to("far").square().sum().backward();
  assertThrows(
    () => optimizer.step(),
    BackendError,
    "on their way from far to cpu, await ready() first",
  );
  await ready(x);
  optimizer.step();
  assertEquals(x.arraySync(), [0, 0]);
});

Deno.test("what a result has yet to read may not change meanwhile", async () => {
  const x = variable([1, 2], here), factor = tensor([10, 20], here);
  const y = tensor([1, 1], { backend: far }).to("cpu").mul(factor);
  assertThrows(() => factor.assign(0), TapeError, "that others have yet to read");
  assertEquals(await y.array(), [10, 20]);
  factor.assign(0);
  assertEquals([factor.arraySync(), x.arraySync()], [[0, 0], [1, 2]]);
});

Deno.test("scopes and dispose() release what is on its way, and what it waits for when it is here", async () => {
  // A device of its own: on one that is shared the collector takes what other tests left meanwhile.
  const far = await openFar("apart");
  const before = { all: await settledMemory(), cpu: cpu.memory(), far: far.memory() };
  let late: Promise<unknown> = Promise.resolve();
  const kept = tg.scope(() => {
    const x = tensor([1, 2, 3], here), y = x.to("apart").mul(2).to("cpu");
    late = y.add(x).sum().array();
    y.mul(y);
    return y.mul(x).sum();
  });
  assertEquals(tg.memory().buffers, before.all.buffers); // what was let out of the scope is the collector's
  assertEquals([await kept.item(), await late], [28, 18]);
  kept.dispose();
  const source = tensor([1], { backend: far }), dropped = source.to("cpu");
  const waits = dropped.add(dropped);
  dropped.dispose();
  assertThrows(() => dropped.arraySync(), BackendError, "it was disposed");
  assertEquals(await waits.array(), [2]);
  waits.dispose();
  await ready();
  tg.scope(() => {
    tensor([1], { backend: far }).to("cpu").exp();
  });
  await ready();
  assertEquals(cpu.memory(), before.cpu);
  source.dispose();
  assertEquals(far.memory().buffers, before.far.buffers + 1); // the constant 2
});

Deno.test("a read that fails makes what waits for it an error that carries the cause", async () => {
  const lost = await openFar("lost"), before = await settledMemory();
  const x = tensor([1, 2], { backend: lost });
  lost.hesitate();
  const y = x.to("cpu"), z = y.mul(2);
  assertEquals(lost.asked, 1);
  lost.lose("the plug was pulled");
  assertThrows(
    () => z.arraySync(),
    DeviceLostError,
    "were on their way from lost, whose device was lost (the plug was pulled)",
  );
  for (const act of [() => ready(z), () => z.array(), () => ready(y), () => y.data()]) {
    const error = await assertRejects(
      act,
      DeviceLostError,
      "did not arrive from lost to cpu: the plug was pulled",
    );
    assertEquals((error.cause as Error).message, "the plug was pulled");
  }
  assertThrows(() => y.arraySync(), DeviceLostError, "did not arrive");
  assertEquals(String(y), "tensor(<did not arrive: await ready(x) says why>, f32 [2])");
  assertThrows(() => y.add(1), DeviceLostError, "did not arrive");
  for (const t of [x, y, z]) t.dispose();
  assertEquals(tg.memory(), before);
});

Deno.test("anomalies are looked for where values can be looked at", () => {
  const x = tensor([1, 2], { backend: far });
  assertThrows(() => tg.detectAnomaly(() => x.log()), BackendError, "Cannot detect anomalies on far");
  assertEquals(tg.detectAnomaly(() => x.shape), [2]);
});

Deno.test("random numbers are made where they are asked for, the same where backends compute the same", async () => {
  const key = tg.key(5),
    at = (backend: string): tg.Tensor[] => [
      tg.normal([3], { key, backend }),
      tg.randint(0, 9, { shape: [4], key, backend }),
      tg.permutation(5, { key, backend }),
      tg.bernoulli(0.5, { shape: [5], key, backend }),
      tg.bernoulli(tensor([0.2, 0.7], { backend }), { key }),
      tg.choice(tensor([1, 2, 3], { backend }), 2, { key }),
    ];
  assert(at("far").every((x) => x.backend === far));
  assertEquals(await tg.read(at("far")), await tg.read(at("cpu")));
});

Deno.test("an index out of range is found out when the elements are there", async () => {
  const index = tensor([5], { backend: far, dtype: "i32" }).to("cpu");
  const picked = tg.gather(tensor([1, 2], here), 0, index);
  const error = await assertRejects(() => picked.array(), BackendError, "index 5 is out of range");
  assert(error.cause instanceof tg.IndexError);
});

Deno.test("operands on two backends are refused, whatever the op", () => {
  const a = tensor([1, 2], here), b = tensor([3, 4], { backend: far }), w = variable([1, 2], here);
  const index = tensor([0], { backend: far, dtype: "i32" }), mask = tensor([true, false], { backend: far });
  w.setGrad(a.mul(1));
  w.grad!.setData(b);
  const all: Readonly<Record<string, () => unknown>> = {
    add: () => a.add(b),
    where: () => tg.where(mask, a, 0),
    concat: () => tg.concat([a, b]),
    gather: () => a.gather(0, index),
    indexSelect: () => tg.indexSelect(a, 0, index),
    scatter: () => tg.scatter(a, 0, index, 1),
    scatterAdd: () => tg.scatterAdd(a, 0, tensor([0], { ...here, dtype: "i32" }), b.slice([0, 1])),
    matmul: () => a.matmul(b),
    maskedFill: () => a.maskedFill(mask, 0),
    assign: () => a.assign(b),
    step: () => new GD([w], { learningRate: 1 }).step(),
    backward: () => w.mul(2).backward({ gradient: b }),
  };
  for (const [name, act] of Object.entries(all)) assertThrows(act, BackendError, "move one with to(", name);
});
