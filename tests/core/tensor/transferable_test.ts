/** Tensors are written as JSON and sent to other threads with nothing lost, or refused with the way. */
import {
  BackendError,
  type DType,
  dtypes,
  fromTransferable,
  type HostTensor,
  ready,
  registerBackend,
  scope,
  ShapeError,
  type Tensor,
  tensor,
  toTransferable,
  transferList,
  variable,
  zeros,
} from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { Linear, Sequential, type StateDict, Tanh, TensorDataset } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { isDeepStrictEqual } from "node:util";
import { backend } from "../../backend_traits.ts";
import { permitted } from "../../permitted.ts";
import { storageOf } from "../../../core/tensor/internals.ts";

registerBackend({ name: "aside", create: () => createCpuBackend({ name: "aside" }) });

const numbers: Readonly<Record<DType, readonly number[]>> = {
  f16: [0, -0, 0.5, 65504, NaN, Infinity, -Infinity],
  f32: [0, -0, Math.fround(0.1), 1e-45, NaN, Infinity, -Infinity],
  f64: [0, -0, 0.1, 5e-324, NaN, Infinity, -Infinity],
  i32: [0, -1, 2 ** 31 - 1, -(2 ** 31)],
  u32: [0, 1, 2 ** 32 - 1],
  bool: [0, 1],
};

/** A tensor whose elements lie apart. */
function made(dtype: DType): Tensor {
  const values = numbers[dtype];
  return tensor([values.toReversed(), values], { dtype, backend: "cpu" }).transpose();
}

async function assertSame(again: Tensor, x: Tensor): Promise<void> {
  assertEquals([again.dtype, again.shape], [x.dtype, x.shape]);
  for (const [i, value] of (await again.data()).entries()) {
    assert(Object.is(value, (await x.data())[i]), `${value}`);
  }
}

for (const dtype of dtypes) {
  Deno.test(`${dtype} comes back from JSON as it went, to the letter`, async () => {
    const x = made(dtype), text = JSON.stringify({ x });
    assertEquals(text, JSON.stringify({ x: await x.toTransferable() }));
    await assertSame(fromTransferable<{ x: Tensor }>(JSON.parse(text), { backend: "cpu" }).x, x);
  });

  Deno.test(`${dtype} comes back from a clone as it went, to the letter`, async () => {
    const x = made(dtype), message = await x.toTransferable();
    await assertSame(fromTransferable(structuredClone(message), { backend: "cpu" }), x);
    await assertSame(fromTransferable(message, { backend: "cpu" }), x);
  });
}

Deno.test("what JSON has no number for is text, truth values are truth values", () => {
  const on = { backend: "cpu" };
  const text = JSON.stringify([
    tensor([NaN, Infinity, -Infinity, -0, 0], on),
    tensor([[true], [false]], on),
    tensor(7, on),
  ]);
  assertEquals(JSON.parse(text), [
    { dtype: "f32", shape: [5], data: ["NaN", "Infinity", "-Infinity", "-0", 0] },
    { dtype: "bool", shape: [2, 1], data: [true, false] },
    { dtype: "f32", shape: [], data: [7] },
  ]);
});

Deno.test("an empty tensor keeps its shape", async () => {
  const x = zeros([2, 0], { backend: "cpu" });
  assertEquals(JSON.parse(JSON.stringify(x)), { dtype: "f32", shape: [2, 0], data: [] });
  assertEquals(fromTransferable(structuredClone(await x.toTransferable())).shape, [2, 0]);
});

Deno.test("a model is written as its state dict, and loads it", async () => {
  const make = (): Sequential => new Sequential(new Linear(2, 3), new Tanh(), new Linear(3, 1)).to("cpu");
  const model = make(), again = make();
  await ready();
  assertEquals(JSON.stringify(model), JSON.stringify(model.stateDict()));
  again.loadStateDict(fromTransferable<StateDict>(JSON.parse(JSON.stringify(model)), { backend: "cpu" }));
  assertEquals(JSON.stringify(again), JSON.stringify(model));
  const sent = structuredClone(await toTransferable(model.stateDict()));
  assertEquals(Object.keys(sent), ["0.weight", "0.bias", "2.weight", "2.bias"]);
  assertEquals(sent["0.weight"].dtype, "f32");
});

Deno.test("the state of an optimizer is written and sent with what is no tensor", async () => {
  const x = variable([1, 2], { backend: "cpu" }), settings = { learningRate: 0.1, momentum: 0.9 };
  const optimizer = new GD([x], settings), other = new GD([variable([1, 2], { backend: "cpu" })], settings);
  x.square().sum().backward();
  optimizer.step();
  const state = optimizer.stateDict();
  for (const message of [JSON.parse(JSON.stringify(state)), structuredClone(await toTransferable(state))]) {
    other.loadStateDict(fromTransferable(message, { backend: "cpu" }));
    assertEquals(JSON.stringify(other.stateDict()), JSON.stringify(state));
  }
});

Deno.test("JSON takes 2 ** 20 elements of a tensor, and says what takes more", async () => {
  const most = zeros([1], { backend: "cpu" }).expand([2 ** 20]),
    more = zeros([1], { backend: "cpu" }).expand([2 ** 10, 2 ** 10 + 1]);
  assertEquals(most.toJSON().data.length, 2 ** 20);
  assertThrows(() => JSON.stringify(more), ShapeError, "Cannot write a tensor of [1024, 1025] as JSON");
  const message = await more.toTransferable();
  assertThrows(() => JSON.stringify({ message }), ShapeError, "await x.data()");
});

Deno.test({
  name: "on a device that is not read at once JSON says how to write it",
  ignore: backend.synchronous,
  async fn(): Promise<void> {
    const x = tensor([1, 2]);
    assertThrows(() => JSON.stringify({ x }), BackendError, "write await x.toTransferable()");
    assertThrows(() => JSON.stringify(new Linear(1, 1)), BackendError, "await toTransferable(tree)");
    const text = JSON.stringify(await toTransferable({ x }));
    assertEquals(text, '{"x":{"dtype":"f32","shape":[2],"data":[1,2]}}');
  },
});

Deno.test("what was released is not written or sent", async () => {
  const x = tensor([1, 2], { backend: "cpu" });
  x.dispose();
  assertThrows(() => JSON.stringify(x), BackendError, "was disposed");
  await assertRejects(() => x.toTransferable(), BackendError, "was disposed");
});

const holders: Readonly<Record<string, () => unknown>> = {
  "a tensor": () => tensor([1, 2]),
  "a leaf with a gradient": () => variable([1, 2]),
  "what was computed": () => variable([1, 2]).mul(2),
  "a constant": () => tensor([1]).mul(2).detach(),
  "a tensor of a backend that was passed": () =>
    zeros([1], { backend: createCpuBackend({ name: "passed" }) }),
  "a state dict": () => new Linear(2, 1).stateDict(),
  "a model": () => new Sequential(new Linear(2, 1), new Tanh()),
  "a data set": () => new TensorDataset(zeros([2])),
  "an optimizer": () => new GD([variable(1)], { learningRate: 1 }),
  "a tensor in a map": () => new Map([["x", tensor(1)]]),
  "a backend": () => tensor(1).backend,
};

for (const [name, make] of Object.entries(holders)) {
  Deno.test(`to clone or to post ${name} is an error that names the way`, () => {
    const { port1 } = new MessageChannel(), value = make();
    for (const way of [() => structuredClone(value), () => port1.postMessage(value)]) {
      assertThrows(way, Error, "send await x.toTransferable()");
    }
    port1.close();
  });
}

Deno.test("what refuses a clone shows neither in print nor in comparisons nor in JSON", () => {
  const pair = ["cpu", "aside"].map((backend) => tensor([1, 2], { backend }));
  for (const x of [...pair, ...pair.map((x) => x.backend), ...pair.map((x) => storageOf(x))]) {
    for (const options of [{}, { depth: Infinity, getters: true }, { showHidden: true }]) {
      assert(!Deno.inspect(x, options).includes("Cannot clone"), Deno.inspect(x, options));
    }
    assert(!JSON.stringify(x).includes("Uncloneable"));
    assert(isDeepStrictEqual(x, x));
  }
  assert(!isDeepStrictEqual(pair[0], pair[1]));
  assertThrows(() => assertEquals(pair[0], pair[1]), Error, "equal");
  assertEquals({ ...pair[0].backend }.name, "cpu");
  assertEquals(pair[0].backend, pair[0].backend);
  const kept = scope(() => ({
    at: new (class Place {
      backend = pair[0].backend;
      x = pair[0].add(1);
    })(),
  }));
  assertEquals(kept.at.x.isDisposed, false);
});

Deno.test("a tensor in an object of a class is not sent", async () => {
  await assertRejects(() => toTransferable(new Linear(2, 1)), TypeError, "of a module its stateDict()");
  await assertRejects(() => toTransferable({ all: new Map([["x", tensor(1)]]) }), TypeError, "a class");
});

Deno.test("a message that is no tensor's is refused or stays as it is", () => {
  const of = (data: unknown, dtype = "f32", shape: unknown = [2]) => () =>
    fromTransferable({ data, dtype, shape });
  assertThrows(of("12"), TypeError, 'data of "12"');
  assertThrows(of([1, "two"]), TypeError, "data of an array of 2");
  assertThrows(of([1, null]), TypeError, "as toTransferable() or JSON.stringify() gave them");
  assertThrows(of({ 0: 1, 1: 2 }), TypeError, "data of an Object");
  assertThrows(of([1]), ShapeError, "from 1 elements");
  assertThrows(of([1, 2], "f8"), TypeError, '"f8"');
  assertThrows(of([1, 2], "f32", "two"), ShapeError, '"two"');
  const other = { dtype: "f32", shape: [2], data: [1, 2], more: 1 };
  assertEquals(fromTransferable<unknown>([other, 1, null, "x"]), [other, 1, null, "x"]);
});

Deno.test("a message is made on the backend in use, or the one that is said", () => {
  const message = { dtype: "f32", shape: [1], data: [1] };
  assertStrictEquals(fromTransferable(message).backend, backend);
  assertEquals(fromTransferable(message, { backend: "aside" }).backend.name, "aside");
});

permitted("read")("a worker gets a state, and its answer comes back without a copy", async () => {
  const worker = new Worker(new URL("./echo_worker.ts", import.meta.url), { type: "module" });
  const answer = new Promise<unknown>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  const on = { backend: "cpu" } as const;
  const state = {
    f64: tensor([1, NaN, -0], { ...on, dtype: "f64" }),
    i32: tensor([[1], [2]], { ...on, dtype: "i32" }),
  };
  assertThrows(() => worker.postMessage({ state }), Error, "await toTransferable(tree)");
  const message = await toTransferable({ step: 1, state });
  worker.postMessage(message, transferList(message));
  const back = fromTransferable<{ step: number; state: typeof state }>(await answer, on);
  worker.terminate();
  assertEquals(message.state.f64.data.length, 0);
  assertEquals(back.step, 2);
  assertEquals([...await back.state.f64.data()], [2, NaN, -0]);
  assertEquals(await back.state.i32.array(), [[2], [4]]);
});

Deno.test("elements are copied: neither side sees what the other changes", async () => {
  const x = tensor([1, 2]), message: HostTensor = await x.toTransferable();
  message.data[0] = 9;
  assertEquals(await x.array(), [1, 2]);
  const y = fromTransferable(message);
  message.data[1] = 9;
  assertEquals(await y.array(), [9, 2]);
  assertEquals(transferList([message, message, 1]), [message.data.buffer]);
});
