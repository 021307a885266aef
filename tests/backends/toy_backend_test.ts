import * as tg from "@tapegrad/core";
import { type Backend, ops, type Tensor, tensor } from "@tapegrad/core";
import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { backend as inUse } from "../backend_traits.ts";
import { laidOut, operandsOf, opNamed, sampled } from "./layouts.ts";
import { createToyBackend } from "./toy_backend.ts";

const ran: string[] = [];
const toy = createToyBackend((kernel) => ran.push(kernel));
tg.registerBackend({ name: "toy", create: () => toy });
const cpu = await tg.openBackend("cpu");

function text(data: tg.TypedArray): string[] {
  return [...data].map((v) => Object.is(v, -0) ? "-0" : String(v));
}

/** The same function on both backends gives the same bits. */
async function assertAlike(fn: (on: Backend) => Tensor, message: string): Promise<void> {
  const [a, b] = [fn(toy), fn(cpu)];
  assertEquals([a.backend, b.backend], [toy, cpu], message);
  assertEquals([a.dtype, a.shape], [b.dtype, b.shape], message);
  assertEquals(text(await a.data()), text(await b.data()), message);
}

Deno.test("every elementwise op on it gives what the cpu backend gives, in every dtype it has", async () => {
  for (const op of ops().filter((o) => o.kind === "elementwise")) {
    for (const dtype of op.dtypes.filter((d) => toy.dtypes.has(d))) {
      await assertAlike((on) => {
        const layouts = ["backward", "a repeated row", "transposed"];
        const args = operandsOf(op, (k) => laidOut(layouts[k % layouts.length], on, { dtype, seed: k }));
        return opNamed(op.name)(...args);
      }, `${op.name} of ${dtype}`);
    }
  }
});

const structural: Readonly<Record<string, (x: Tensor, index: Tensor) => Tensor>> = {
  sum: (x) => x.sum(0),
  prod: (x) => x.clamp(-2, 2).prod(1),
  max: (x) => x.max(0),
  min: (x) => x.min(),
  any: (x) => x.any(1),
  all: (x) => x.all(0),
  argmax: (x) => x.argmax(1),
  argmin: (x) => x.argmin(),
  matmul: (x) => x.matmul(x.transpose()),
  concat: (x) => tg.concat([x, x.flip(1)], 1),
  pad: (x) => tg.pad(x, [[1, 0], [0, 2]], 3),
  gather: (x, index) => x.gather(0, index),
  scatter: (x, index) => tg.scatter(x, 0, index, 5),
  scatterAdd: (x, index) => tg.scatterAdd(x, 0, index, x.slice([0, 2], [0, 4])),
  fold: (x) => tg.fold(tg.unfold(x, 1, 3, { step: 2 }), 1, { extent: 6, step: 2 }),
  cumsum: (x) => x.cumsum(1),
  cumprod: (x) => x.clamp(-2, 2).cumprod(0),
  cummax: (x) => tg.cummax(x, 1).values,
  sort: (x) => tg.sort(x, 1, { descending: true }).values,
  argsort: (x) => tg.argsort(x, 0),
};

Deno.test("reductions, products, movement and order on it are those of the cpu backend", async () => {
  for (const dtype of ["f32", "i32", "u32"] as const) {
    for (const [name, fn] of Object.entries(structural)) {
      if (dtype === "u32" && (name === "prod" || name === "cumprod")) continue;
      await assertAlike((on) => {
        const x = sampled(on, dtype, [3, 5]),
          index = tensor([[2, 0, 1, 0], [0, 0, 2, 2]], { dtype: "i32", backend: on });
        return fn(x.maskedFill(x.isNaN(), 4), index);
      }, `${name} of ${dtype}`);
    }
  }
});

async function drawnOn(name: string): Promise<string[]> {
  await tg.useBackend(name, { byFlag: true });
  const key = tg.key(42);
  const drawn = [
    tg.randomBits([5], { key }),
    tg.uniform([5], { key }),
    tg.randint(-3, 9, { shape: [5], key }),
    tg.permutation(7, { key }),
    tg.bernoulli(0.4, { shape: [6], key }),
  ];
  assertEquals(drawn[0].backend.name, name);
  return (await tg.read(drawn)).flatMap(text);
}

Deno.test("random numbers are the same bit for bit once it is chosen", async () => {
  const there = await drawnOn("toy");
  assertEquals(await drawnOn("cpu"), there);
  assertEquals(await drawnOn(inUse.name), there);
});

const points = [[0.2, -1], [1.5, 0.3], [-0.7, 0.9], [0.1, 0.1]], classes = [0, 2, 1, 2];

/** A network of two layers; its loss and the gradients to its parameters. */
function network(backend: Backend): { loss: Tensor; parameters: Tensor[] } {
  const at = (shape: number[], step: number) =>
    tg.variable(
      tg.linspace(-1, 1, { count: shape.reduce((a, b) => a * b), backend }).mul(step).reshape(shape),
    );
  const parameters = [at([2, 5], 0.7), at([5], 0.1), at([5, 3], -0.4), at([3], 0.2)];
  const [w, b, v, c] = parameters;
  const hidden = tensor(points, { backend }).matmul(w).add(b).tanh();
  const logits = hidden.matmul(v).add(c).logSoftmax();
  const labels = tensor(classes, { dtype: "i32", backend }).unsqueeze(1);
  return { loss: logits.gather(1, labels).mean().neg(), parameters };
}

async function trained(backend: Backend): Promise<number[]> {
  const { loss, parameters } = network(backend);
  loss.backward();
  const read = await tg.read([loss, ...parameters.map((p) => p.grad!)]);
  return read.flatMap((a) => [...a]);
}

Deno.test("a network runs forward and backward on it, read asynchronously", async () => {
  const [there, here] = [await trained(toy), await trained(cpu)];
  assertEquals(there.length, 1 + 10 + 5 + 15 + 3);
  const apart = there.map((v, i) => Math.abs(v - here[i]));
  assert(Math.max(...apart) < 1e-6, String(apart));
  assert(["map", "matmul", "gather", "scatter", "sum", "max"].every((kernel) => ran.includes(kernel)));
  assertEquals(await network(toy).loss.item(), there[0]);
});

Deno.test("derivatives of second order run on it", async () => {
  const x = tg.variable([0.5, -1], { backend: toy });
  x.tanh().sum().backward({ createGraph: true });
  const first = x.grad!;
  x.setGrad(null);
  first.sum().backward();
  const wanted = [0.5, -1].map((v) => -2 * Math.tanh(v) * (1 - Math.tanh(v) ** 2));
  (await x.grad!.data()).forEach((v, i) => assert(Math.abs(v - wanted[i]) < 1e-6));
});

Deno.test("reading at once is an error that names the call to await", () => {
  const x = tensor([1, 2], { backend: toy });
  const message = "Cannot read from toy without waiting: use await x.data(), x.array() or x.item()";
  assertThrows(() => x.dataSync(), tg.BackendError, message);
  assertThrows(() => x.arraySync(), tg.BackendError, message);
  assertThrows(() => x.sum().itemSync(), tg.BackendError, message);
  assertEquals(String(x), "tensor(<on toy: read it with await x.array()>, f32 [2])");
});

Deno.test("a dtype it lacks is an error that lists those it has", () => {
  const message =
    "Cannot make a tensor of f64 on toy: it has f32, i32, u32, bool; use f32 here or another backend";
  assertThrows(() => tensor([1], { dtype: "f64", backend: toy }), tg.DtypeError, message);
  assertThrows(() => tensor([1], { backend: toy }).to("f64"), tg.DtypeError, message);
  assertThrows(() => tensor([1], { dtype: "f64", backend: cpu }).to("toy"), tg.DtypeError, message);
});

Deno.test("tensors on two backends do not meet, and the error says how to move one", () => {
  const [a, b] = [tensor([1, 2], { backend: toy }), tensor([1, 2], { backend: cpu })];
  assertThrows(() => a.add(b), tg.BackendError, 'Cannot add tensors on toy and cpu: move one with to("toy")');
  assertThrows(() => b.add(a), tg.BackendError, 'Cannot add tensors on cpu and toy: move one with to("cpu")');
  assertThrows(
    () => a.reshape([1, 2]).matmul(b.reshape([2, 1])),
    tg.BackendError,
    "Cannot matmul tensors on toy",
  );
  assertThrows(() => tg.concat([a, b]), tg.BackendError, "Cannot concat tensors on toy and cpu");
});

Deno.test("tensors move to it and back", async () => {
  const x = tensor([[1, 2], [3, 4]], { backend: cpu }).transpose().to("toy");
  assertEquals([x.backend, await x.array()], [toy, [[1, 3], [2, 4]]]);
  const back = await tg.ready(x.to("cpu"));
  assertEquals([back.backend, back.arraySync()], [cpu, [[1, 3], [2, 4]]]);
});

Deno.test("memory() goes down on dispose and at the end of a scope, and nothing is freed twice", () => {
  const before = { all: tg.memory(), here: toy.memory() };
  const x = tg.zeros([100], { backend: toy }), y = x.reshape([10, 10]);
  assertEquals(tg.memory().bytes, before.all.bytes + 400);
  assertEquals(toy.memory().buffers, before.here.buffers + 1);
  y.dispose();
  x.dispose();
  assertEquals([tg.memory(), toy.memory()], [before.all, before.here]);
  tg.scope(() => {
    tg.ones([7], { backend: toy }).mul(2).sum();
    assertEquals(tg.memory().buffers, before.all.buffers + 3);
  });
  assertEquals(tg.memory(), before.all);
  assertThrows(() => x.add(x), tg.BackendError, "it was disposed or its scope has ended");
});

// The collector runs when it likes; each tensor's ballast makes it like to.
async function collected(tensors: number): Promise<boolean> {
  const start = toy.memory().buffers;
  for (let i = 0; i < tensors; i++) {
    tg.zeros([100_000], { backend: toy });
    if (i % 10 === 9) await new Promise((resolve) => setTimeout(resolve));
    if (toy.memory().buffers < start + i) return true;
  }
  return false;
}

Deno.test("a buffer that nobody holds goes back through the finalization registry", async () => {
  assert(await collected(2000));
});

Deno.test("a name that is not there is an error that lists what is", async () => {
  const message = 'Cannot use backend "abacus": there are cpu, wasm, webgpu, toy';
  await assertRejects(() => tg.useBackend("abacus", { byFlag: true }), tg.BackendError, message);
  assertThrows(() => tensor([1], { backend: "abacus" }), tg.BackendError, message);
  assertThrows(() => tensor([1]).to("abacus"), tg.BackendError, "nor a backend (cpu, wasm, webgpu, toy");
  assertThrows(() => tg.registerKernel("abacus", "x", () => {}), tg.BackendError, message);
});

Deno.test("a backend that must be waited for says so, and one that cannot be had says why", async () => {
  const late = createToyBackend();
  tg.registerBackend({ name: "late", open: () => Promise.resolve(late) });
  tg.registerBackend({ name: "broken", open: () => Promise.reject(new Error("there is no adapter")) });
  assertThrows(
    () => tensor([1], { backend: "late" }),
    tg.BackendError,
    'Cannot use backend "late" yet: call await',
  );
  assertEquals(await tg.openBackend("late"), late);
  assertEquals(tensor([1], { backend: "late" }).backend, late);
  const reason = await assertRejects(() => tg.openBackend("broken"), tg.BackendError);
  assertEquals(reason.message, 'Cannot use backend "broken": there is no adapter');
  assertInstanceOf(reason.cause, Error);
});

Deno.test("what is compiled for it runs kernel by kernel in memory that is planned, or by a plan of its own", async () => {
  const steps = (on: Backend, plan?: Backend["plan"]): Promise<tg.TypedArray>[] => {
    on.plan = plan;
    const w = tensor([[0.5, -1], [2, 1]], { backend: on });
    const step = tg.compile((x: Tensor, rate: number) => {
      const y = x.matmul(w).tanh().mul(rate);
      w.assign(w.sub(y.mean(0).mul(0.1)));
      return y.sum(1);
    });
    return [1, 1, 1, 1, 3, 3, 0.7, 5].map((rate, i) =>
      step(tensor([[i, 1], [2, -i], [3, 3]], { backend: on }), rate).data()
    );
  };
  const plan = cpu.plan, expected = (await Promise.all(steps(cpu))).map(text);
  assertEquals((await Promise.all(steps(toy))).map(text), expected);
  let runs = 0;
  const own: Backend["plan"] = ({ memories, steps }) => ({
    launches: steps.length,
    bytes: 0,
    run(given, numbers): void {
      runs++;
      let next = 0;
      const buffers = memories.map(({ kind, dtype, length, data }, i) => {
        if (kind === "given") return given[i];
        const buffer = toy.allocate(dtype, length), elements = data ?? tg.hostArray(dtype, length);
        if (kind === "number") { for (let k = 0; k < length; k++) elements[k] = numbers[next++]; }
        toy.write(buffer, elements);
        return buffer;
      });
      const views = (list: typeof steps[number]["inputs"]) =>
        list.map((x) => ({ ...x, buffer: buffers[x.memory] }));
      for (const step of steps) step.run(views(step.inputs), views(step.outputs));
    },
    [Symbol.dispose](): void {},
  });
  assertEquals((await Promise.all(steps(toy, own))).map(text), expected);
  assertEquals((await Promise.all(steps(toy, () => null))).map(text), expected);
  assert(runs > 1);
  toy.plan = undefined;
  cpu.plan = plan;
});
