/** What throws in a compiled function leaves all as it was; and what is refused there. */
import {
  apply,
  Changing,
  compile,
  defineComposite,
  guard,
  IndexError,
  manualSeed,
  neg,
  noGrad,
  randomState,
  read,
  registerKernel,
  TapeError,
  type Tensor,
  tensor,
  uniform,
  zeros,
} from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { assert, assertEquals, assertInstanceOf, assertMatch, assertThrows } from "@std/assert";
import { backend, testWith } from "../../backend_traits.ts";

interface Network {
  readonly model: nn.Sequential;
  readonly optimizer: Adam;
  readonly counter: Changing<number>;
}

/** A small network with all that a step may change. */
function network(): Network {
  manualSeed(3);
  const model = new nn.Sequential(
    new nn.Linear(3, 4),
    new nn.BatchNorm1d(4),
    new nn.Dropout(0.3),
    new nn.Linear(4, 3),
  );
  return { model, optimizer: new Adam(model, { learningRate: 0.1 }), counter: new Changing(0) };
}

async function stateOf({ model, optimizer, counter }: Network): Promise<unknown> {
  const tensors = Object.values(model.stateDict()) as Tensor[], parameters = [...model.parameters()];
  const grads = parameters.map(({ grad }) => grad);
  const moments = optimizer.stateDict().state.flatMap((state) => Object.values(state)) as Tensor[];
  return {
    state: await read(tensors),
    grads: await Promise.all(grads.map((grad) => grad?.array() ?? null)),
    moments: await read(moments.filter((one) => typeof one === "object")),
    keys: randomState(),
    counter: counter.value,
  };
}

for (const before of [1, 2, 3, 5]) {
  Deno.test(`a function that throws at its end in call ${before} leaves all as it was`, async () => {
    const net = network();
    let isBad = false;
    const step = compile((x: Tensor, y: Tensor) => {
      guard(() => isBad);
      net.optimizer.zeroGrad();
      net.model.train();
      const loss = nn.crossEntropy(net.model.forward(x.add(uniform([3]))), y);
      loss.backward();
      net.optimizer.step();
      if (isBad) {
        net.counter.value = 7;
        throw new RangeError("bad");
      }
      return loss;
    });
    const x = uniform([5, 3]), y = tensor([0, 1, 2, 0, 1], { dtype: "i32" });
    const others = network();
    for (let i = 1; i < before; i++) step(x, y);
    // Moments that were made in the call that threw are there, as they were made.
    if (before > 1) {
      const found = await stateOf(net);
      isBad = true;
      assertThrows(() => step(x, y), RangeError, "bad");
      assertEquals(await stateOf(net), found);
    } else {
      isBad = true;
      assertThrows(() => step(x, y), RangeError, "bad");
      for (
        const moment of net.optimizer.stateDict().state.flatMap((state) => Object.values(state)) as Tensor[]
      ) {
        if (typeof moment === "object") assertEquals(await moment.abs().sum().item(), 0);
      }
      assertEquals(
        await read(Object.values(net.model.stateDict()) as Tensor[]),
        await read(Object.values(others.model.stateDict()) as Tensor[]),
      );
      assert([...net.model.parameters()].every(({ grad }) => grad === null));
    }
    isBad = false;
    for (let i = 0; i < 4; i++) step(x, y);
    assertEquals(step.programs.length, 1);
  });
}

testWith(
  { synchronous: true },
  "a run whose kernel throws, as of a class that there is not, leaves all as it was",
  async () => {
    const net = network();
    const step = compile((x: Tensor, y: Tensor) => {
      net.optimizer.zeroGrad();
      const loss = nn.crossEntropy(net.model.forward(x.add(uniform([3]))), y);
      loss.backward();
      net.optimizer.step();
      return loss;
    });
    const x = uniform([5, 3]), y = tensor([0, 1, 2, 0, 1], { dtype: "i32" });
    for (let i = 0; i < 4; i++) step(x, y);
    assertEquals(step.programs.length, 1);
    const found = await stateOf(net);
    assertThrows(() => step(x, tensor([0, 1, 7, 0, 1], { dtype: "i32" })), IndexError);
    assertEquals(await stateOf(net), found);
    step(x, y);
  },
);

const onArrays = {
  ignore: backend.name !== "cpu",
  name: "a run whose kernel of one's own throws leaves all as it was",
};

Deno.test(onArrays, async () => {
  let isBad = false;
  const op = defineComposite<null>({ name: "fragile", infer: ([x]) => x, decompose: ([x]) => [neg(x)] });
  registerKernel(backend.name, "fragile", ([x], [y]) => {
    if (isBad) throw new Error("fragile");
    const [from, to] = [x, y].map(({ buffer }) => buffer as unknown as Float32Array);
    for (let i = 0; i < 2; i++) to[y.offset + i] = -from[x.offset + i];
  });
  const total = zeros([2]), other = zeros([2]);
  const step = compile((x: Tensor) =>
    noGrad(() => {
      total.assign(total.add(x));
      const y = apply(op, [x.mul(2)], null) as Tensor;
      other.assign(y);
      return y;
    })
  );
  const x = tensor([1, 2]);
  for (let i = 0; i < 3; i++) step(x);
  isBad = true;
  assertThrows(() => step(x), Error, "fragile");
  assertEquals([await total.array(), await other.array()], [[3, 6], [-2, -4]]);
  isBad = false;
  step(x);
  assertEquals(await total.array(), [4, 8]);
});

Deno.test("arguments that are refused change nothing", async () => {
  const w = zeros([2]),
    step = compile((x: Tensor) => noGrad(() => void w.assign(w.add(x).mul(uniform([2])))));
  for (let i = 0; i < 3; i++) step(tensor([1, 1]));
  const found = [await w.array(), randomState()];
  assertThrows(() => step(tensor([1, 2, 3])));
  const gone = tensor([1, 1]);
  gone.dispose();
  assertThrows(() => step(gone));
  assertEquals([await w.array(), randomState()], found);
});

const reads: Readonly<Record<string, (x: Tensor) => unknown>> = {
  item: (x) => x.item(),
  array: (x) => x.array(),
  data: (x) => x.data(),
  read: (x) => read([x]),
  itemSync: (x) => x.itemSync(),
  arraySync: (x) => x.arraySync(),
  dataSync: (x) => x.dataSync(),
  then: (x) => x.array().then(() => {}),
  "toString()": (x) => x.toString(),
  String: (x) => String(x),
  "a template": (x) => `${x}`,
  ...backend.synchronous ? { JSON: (x: Tensor) => JSON.stringify({ x }) } : {},
  "an element by iteration": (x) => [...x as never as Iterable<Tensor>].map((row) => row.itemSync()),
};

for (const [name, reads_] of Object.entries(reads)) {
  Deno.test(`${name} inside is refused and leaves all as it was`, async () => {
    const w = zeros([1]);
    const fn = compile((x: Tensor) => {
      noGrad(() => w.assign(x));
      const promise = reads_(x);
      if (promise instanceof Promise) promise.catch(() => {});
      return x;
    });
    const error = assertThrows(() => fn(tensor([1])));
    assertInstanceOf(error, TapeError);
    assertMatch(error.message, /return the tensor/);
    assertEquals(await w.array(), [0]);
  });
}

Deno.test("what is printed inside does not read, and does not hinder", () => {
  const texts: string[] = [];
  const fn = compile((x: Tensor) => {
    texts.push(Deno.inspect(x));
    return x.mul(2);
  });
  for (let i = 0; i < 3; i++) fn(tensor([i]));
  assertEquals(texts.length, 2);
});

Deno.test("JavaScript finds no number in a tensor", () => {
  const ops: readonly ((x: Tensor) => unknown)[] = [
    (x) => +(x as never),
    (x) => (x as never) * 2,
    (x) => (x as never) > 0,
    (x) => Math.max(x as never, 1),
  ];
  for (const op of ops) assertThrows(() => void compile((x: Tensor) => (op(x), x))(tensor([1])), TypeError);
});

Deno.test("an asynchronous function is refused where it is called", () => {
  const fn = compile(async (x: Tensor) => (await Promise.resolve(), x));
  assertThrows(() => void fn(tensor([1])), TapeError, "asynchronous");
});
