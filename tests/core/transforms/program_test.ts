/** What a recorded program is: what it lifts, captures, refuses and leaves behind. */
import {
  add,
  apply,
  BackendError,
  Changing,
  checkpoint,
  defineComposite,
  drawKey,
  DtypeError,
  e,
  jvp,
  keep,
  type Key,
  key,
  keyTensor,
  manualSeed,
  memory,
  noGrad,
  normal,
  Program,
  read,
  ready,
  record,
  registerKernel,
  Scalar,
  scope,
  ShapeError,
  splitKey,
  TapeError,
  type Tensor,
  tensor,
  transfer,
  uniform,
  variable,
  vmap,
  zeros,
} from "@tapegrad/core";
import { DataLoader, Dropout, Linear, TensorDataset } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { openFar } from "../../backends/far_backend.ts";
import { backend, testWith } from "../../backend_traits.ts";

function throughJSON<A extends readonly unknown[], T>(program: Program<A, T>): Program<A, T> {
  return Program.from(JSON.parse(JSON.stringify(program)), program);
}

/** The elements of what a function gives and of what a program of it gives, on other arguments. */
async function both<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor,
  recorded: A,
  others: A,
): Promise<[unknown, unknown]> {
  const [, program] = record(fn, ...recorded);
  return [await fn(...others).array(), await throughJSON(program).run(...others).array()];
}

Deno.test("tensors in arrays and objects are inputs, results come in their structure", async () => {
  type Pair = { w: Tensor; rest: readonly [Tensor, number] };
  const fn = ({ w, rest: [b, n] }: Pair) => ({ sum: w.add(b).mul(n), all: [w, "as it is", n] as const });
  const at = (a: number): Pair => ({ w: tensor([a, 2]), rest: [tensor([1, 1]), 3] });
  const [first, program] = record(fn, at(1));
  const again = throughJSON(program).run(at(5));
  assertEquals(await first.sum.array(), [6, 9]);
  assertEquals(await again.sum.array(), [18, 9]);
  assertEquals([await again.all[0].array(), again.all[1], again.all[2]], [[5, 2], "as it is", 3]);
});

Deno.test("arguments that do not lie as those that were recorded are copied", async () => {
  const fn = (a: Tensor, b: Tensor) => a.matmul(b.mul(2));
  const x = tensor([[1, 2], [3, 4]]), y = tensor([[5, 6], [7, 8]]), turned = y.transpose();
  for (const recorded of [[x, y], [x, x], [turned, y], [turned, turned]] as const) {
    for (const others of [[y, x], [y, y], [x, turned], [turned, turned]] as const) {
      const [expected, found] = await both(fn, [...recorded], [...others]);
      assertEquals(found, expected);
    }
  }
});

Deno.test("an argument is changed where it lives, however it lies", async () => {
  const fn = (x: Tensor) => void x.assign(x.mul(2).add(1));
  const plain = tensor([[1, 2], [3, 4]]), turned = tensor([[1, 2], [3, 4]]).transpose();
  const [, program] = record(fn, plain);
  program.run(plain);
  program.run(turned);
  assertEquals([await plain.array(), await turned.array()], [[[7, 11], [15, 19]], [[3, 7], [5, 9]]]);
  const [, other] = record(fn, turned);
  other.run(plain);
  assertEquals([await plain.array(), await turned.array()], [[[15, 23], [31, 39]], [[7, 15], [11, 19]]]);
});

Deno.test("other arguments may not change, and inputs must be alike", () => {
  const [, program] = record((x: Tensor, by: number) => x.mul(by), tensor([1, 2]), 3);
  assertThrows(() => program.run(tensor([1, 2]), 4), TypeError, "of [f32 [2], 3] on [f32 [2], 4]");
  assertThrows(() => program.run(tensor([1, 2, 3]), 3), TypeError, "record it again");
  assertThrows(() => program.run(tensor([1, 2], { dtype: "i32" }), 3), TypeError, "i32 [2]");
});

Deno.test("a cell is followed, a number is not", async () => {
  const rate = new Scalar("rate", 2), x = tensor([1, 10]);
  const [, program] = record((x: Tensor) => x.mul(rate).add(1), x);
  const again = throughJSON(program);
  rate.value = 3;
  assertEquals(await again.run(x).array(), [4, 31]);
  assertEquals(program.literals.map(({ name, number }) => [name, number]), [["rate", 2], ["1", 1]]);
  const alone = Program.from<[Tensor], Tensor>(JSON.parse(JSON.stringify(program)));
  alone.cells.rate.value = 4;
  assertEquals([await alone.run(x).array(), rate.value], [[5, 41], 3]);
});

Deno.test("a cell that a number stands for cannot be followed further", async () => {
  const limit = new Scalar("limit", 1.5), x = tensor([1, 2, 3], { dtype: "i32" });
  const [, program] = record((x: Tensor) => x.less(limit), x);
  assertEquals(await program.run(x).array(), [true, false, false]);
  limit.value = 2.5;
  assertThrows(() => program.run(x), RangeError, 'Cannot follow scalar "limit" from 1.5 to 2.5');
});

Deno.test("a scalar is not set inside", () => {
  const rate = new Scalar("rate", 2);
  const fn = (x: Tensor) => {
    rate.value = 2; // as it is
    rate.value *= 2;
    return x.mul(rate);
  };
  assertThrows(
    () => record(fn, tensor(1)),
    TapeError,
    'Cannot set scalar "rate" while a program is recorded',
  );
  assertEquals(rate.value, 2);
});

Deno.test("keys among arguments are inputs, on the host or as tensors", async () => {
  const fn = (from: Key) => {
    const [a, b] = splitKey(from);
    return add(uniform([3], { key: a }), normal([3], { key: b }));
  };
  const [first, program] = record(fn, key(1));
  const found = [await first.array()];
  for (const from of [key(2), keyTensor(key(2)), key(1)]) {
    found.push(await throughJSON(program).run(from).array());
  }
  assertEquals(found[1], await fn(key(2)).array());
  assertEquals(found[2], found[1]);
  assertEquals(found[3], found[0]);
  assertNotEquals(found[1], found[0]);
});

Deno.test("keys of the global sequence and of one's own are drawn by each run, as by each call", async () => {
  const draw = async (recorded: boolean) => {
    manualSeed(5);
    const own = new Changing(key(9)), state = keyTensor(key(4));
    const fn = () =>
      uniform([2]).add(uniform([2], { key: drawKey(own) })).add(uniform([2], { key: drawKey(state) }));
    const results = recorded ? [] : [fn(), fn(), fn()];
    if (recorded) {
      const [first, program] = record(fn), again = throughJSON(program);
      results.push(first, again.run(), again.run());
    }
    return await read([...results, uniform([2]), state]);
  };
  assertEquals(await draw(true), await draw(false));
});

Deno.test("what a batch draws is drawn anew by each run", async () => {
  const draw = async (recorded: boolean) => {
    manualSeed(4);
    const fn = (x: Tensor) => vmap((x: Tensor) => x.mul(uniform([2])))(x),
      x = tensor([[1, 1], [1, 1], [1, 1]]);
    const [first, program] = recorded ? record(fn, x) : [fn(x), { run: fn }];
    return await read([first, program.run(x), program.run(x)]);
  };
  assertEquals(await draw(true), await draw(false));
});

Deno.test("an epoch in random order is another one in each run", async () => {
  const epochs = async (recorded: boolean) => {
    const loader = new DataLoader(new TensorDataset(tensor([1, 2, 3, 4, 5])), {
      batchSize: 2,
      shuffle: true,
      key: key(1),
    });
    const fn = () => [...loader].map(([x]) => x.mul(2));
    if (!recorded) return await read([...fn(), ...fn(), ...fn()]);
    const [first, program] = record(fn);
    return await read([...first, ...program.run(), ...program.run()]);
  };
  assertEquals(await epochs(true), await epochs(false));
});

Deno.test("gradients add up where they live, and go where they are forgotten", async () => {
  const w = variable([1, 2]);
  w.label = "w";
  const fn = (x: Tensor) => w.mul(x).sum().backward();
  fn(tensor([1, 1]));
  const [, program] = record(fn, tensor([10, 20]));
  const again = throughJSON(program);
  again.run(tensor([100, 200]));
  assertEquals(await w.grad!.array(), [111, 221]);
  w.setGrad(null);
  assertThrows(() => again.run(tensor([1, 1])), TapeError, 'reads the gradient of "w": it has none');
  const [, forgets] = record(() => w.setGrad(null));
  assertEquals(forgets.effects.length, 0);
  fn(tensor([1, 1]));
  const [, now] = record(() => w.setGrad(null));
  fn(tensor([1, 1]));
  now.run();
  assertEquals(w.grad, null);
});

Deno.test("gradients add up however they lie", async () => {
  const sums = async (recorded: boolean) => {
    const model = new Linear(2, 3, { key: key(1) }), x = tensor([[1, 2], [3, 4]]);
    const fn = (x: Tensor) => model.forward(x).square().sum().backward();
    fn(x);
    const [, program] = recorded ? record(fn, x) : [fn(x), { run: fn }];
    for (let i = 0; i < 3; i++) program.run(x);
    return await read(model.parameters().map((parameter) => parameter.grad!));
  };
  assertEquals(await sums(true), await sums(false));
});

Deno.test("a gradient that is changed in place is changed where it lives", async () => {
  const w = variable([3, 4]);
  w.square().sum().backward();
  const [, program] = record(() => noGrad(() => w.grad!.assign(w.grad!.mul(0.5))));
  program.run();
  assertEquals(await w.grad!.array(), [1.5, 2]);
});

Deno.test("arguments that require gradients get them", async () => {
  const fn = (x: Tensor) => x.square().sum().backward();
  const [x, y, z] = [variable([1, 2]), variable([3, 4]), variable([[1, 2], [3, 4]])];
  const [, program] = record(fn, x);
  program.run(y);
  assertEquals([await x.grad!.array(), await y.grad!.array()], [[2, 4], [6, 8]]);
  noGrad(() => z.setData(tensor([[1, 2], [3, 4]]).transpose()));
  record(fn, z);
  assertEquals(await z.grad!.array(), [[2, 6], [4, 8]]);
});

Deno.test("uploads are steps", async () => {
  const fn = (x: Tensor) => x.add(tensor([1, NaN, -Infinity, -0]));
  const [, program] = record(fn, zeros([4]));
  assertEquals(program.steps.map(({ op }) => op.name), ["upload", "map"]);
  assertEquals(
    await throughJSON(program).run(tensor([1, 1, 1, -0])).data(),
    Float32Array.of(2, NaN, -Infinity, -0),
  );
});

const reads: Readonly<Record<string, (x: Tensor) => unknown>> = {
  data: (x) => x.data(),
  array: (x) => x.array(),
  item: (x) => x.item(),
  read: (x) => read([x]),
  dataSync: (x) => x.dataSync(),
  arraySync: (x) => x.arraySync(),
  itemSync: (x) => x.itemSync(),
};

for (const [name, reading] of Object.entries(reads)) {
  Deno.test(`${name}() inside is refused, also where its promise is dropped`, async () => {
    const fn = (x: Tensor) => {
      const y = x.mul(2), read = reading(y);
      if (read instanceof Promise) read.catch(() => {});
      return y;
    };
    const error = assertThrows(
      () => record(fn, tensor([1])),
      TapeError,
      "return the tensor from the function",
    );
    assert(error.message.startsWith(`Cannot read from ${backend.name} while a program is recorded`));
    assertEquals(await tensor([1]).mul(2).array(), [2]); // and afterwards it is as before
  });
}

Deno.test("an asynchronous function is refused, by what it read if it did", () => {
  assertThrows(() => record(() => Promise.resolve(1)), TapeError, "asynchronous");
  assertThrows(() => record(async (x: Tensor) => await x.item(), tensor(1)), TapeError, "Cannot read from");
});

testWith({ synchronous: true }, "what is printed inside is not read by the program", async () => {
  let text = "";
  const [, program] = record((x: Tensor) => {
    text = String(x);
    return x.mul(2);
  }, tensor([1, 2]));
  assertEquals(text, "tensor([1., 2.], f32 [2])");
  assertEquals(await program.run(tensor([3, 4])).array(), [6, 8]);
});

Deno.test("elements on their way and moves are refused", async () => {
  const far = await openFar("program.far"), x = tensor([1, 2], { backend: far });
  const coming = x.to("cpu");
  assertThrows(() => record((x: Tensor) => x.mul(2), coming), Error, "await ready()");
  assertThrows(
    () => record(() => coming.mul(2)),
    TapeError,
    "Cannot mul elements on their way from program.far",
  );
  assertThrows(
    () => record((x: Tensor) => x.to("cpu"), x),
    TapeError,
    "Cannot move a tensor from program.far to cpu",
  );
  const here = tensor([1]);
  const move = () => apply(transfer, [here], { to: far });
  assertThrows(() => record(move), TapeError, "its runs stay on one backend, move it before");
  await coming.data();
});

Deno.test("a program runs on another backend, and follows what moves there", async () => {
  const far = await openFar("program.away"), model = new Linear(2, 1, { key: key(1) }), x = tensor([[1, 2]]);
  const [first, program] = record((x: Tensor) => model.forward(x), x);
  await ready(model.to(far.name));
  const there = program.run(await ready(x.to(far.name)));
  assertEquals([await there.array(), there.backend], [await first.array(), far]);
  assertThrows(() => program.run(x), BackendError, `tensors on ${backend.name} and program.away: move one`);
  await ready(model.to(backend.name).to("f16"));
  assertThrows(() => program.run(x), DtypeError, "it was recorded with f32");
});

Deno.test("a composite that a kernel ran is one step, and is taken apart where there is no such kernel", async () => {
  const halved = defineComposite({
    name: "test.programHalved",
    infer: ([x]) => x,
    decompose: ([x]) => [x.mul(0.5)],
  });
  const halving = { name: "halve", exprs: [e.mul(0.5, e.input(0))] };
  const map = backend.kernels.get("map")!;
  registerKernel(backend.name, halved.name, (inputs, outputs) => map(inputs, outputs, halving as never));
  const x = tensor([[2, 4], [6, 8]]), far = await openFar("program.whole");
  const [, program] = record((x: Tensor) => apply(halved, [x.transpose()], null).add(1), x);
  assertEquals(program.steps.map(({ op }) => op.name), [halved.name, "map"]);
  const again = throughJSON(program), expected = [[2, 4], [3, 5]];
  assertEquals(await again.run(x).array(), expected);
  assertEquals(await again.run(await ready(x.to(far.name))).array(), expected);
});

Deno.test("state that is made at the first call is found by the program, and what is computed and kept is refused", async () => {
  const w = variable(1), optimizer = new GD([w], { learningRate: 1, momentum: 1 });
  const [, program] = record(() => {
    optimizer.zeroGrad();
    w.mul(1).backward();
    optimizer.step();
  });
  program.run();
  program.run();
  assertEquals(await w.item(), -5); // 1 - 1 - 2 - 3
  const seen: Tensor[] = [];
  const keeps = (x: Tensor) => seen.push(keep(x.mul(2)));
  assertThrows(
    () => record(keeps, tensor([1, 2])),
    TapeError,
    "keeps a tensor of shape [2] which it computed",
  );
  assertEquals(
    (await record((x: Tensor) => keep(x.mul(2)), tensor([1, 2]))[1].run(tensor([2, 3])).data())[0],
    4,
  );
});

Deno.test("setData() inside is refused", () => {
  const x = tensor([1, 2]);
  assertThrows(() => record(() => x.setData(tensor([3, 4]))), TapeError, "assign() to it");
});

Deno.test("neither recordings nor runs stand inside layers, recordings not in each other, but runs in recordings", async () => {
  const x = tensor([1, 2]), double = (x: Tensor) => x.mul(2);
  const [, program] = record(double, x);
  assertThrows(() => jvp((x: Tensor) => program.run(x), [x], [x]), TapeError, "call the function instead");
  assertThrows(
    () => jvp((x: Tensor) => record(double, x)[0], [x], [x]),
    TapeError,
    "record all of it instead",
  );
  assertThrows(() => record(() => record(double, x)), TapeError, "while another one is recorded");
  assertThrows(
    () => checkpoint((x: Tensor) => program.run(x))(x),
    TapeError,
    "inside jvp, vmap, checkpoint or",
  );
  const [, outer] = record((x: Tensor) => program.run(program.run(x)).add(1), x);
  assertEquals(outer.steps.map(({ op }) => op.name), ["map", "map", "map"]);
  assertEquals(await outer.run(tensor([3, 4])).array(), [13, 17]);
});

Deno.test("what is recomputed is recomputed by each run", async () => {
  const steps = async (recorded: boolean) => {
    const dropout = new Dropout(0.5, { key: key(3) }), w = variable([1, 2, 3, 4]);
    const fn = (x: Tensor) => {
      w.setGrad(null);
      const loss = checkpoint((x: Tensor) => dropout.forward(x.mul(w)).square())(x).sum();
      loss.backward();
      return loss;
    };
    const x = tensor([1, 2, 3, 4]), losses = [];
    const [first, program] = recorded ? record(fn, x) : [fn(x), null];
    losses.push(first);
    for (let i = 0; i < 3; i++) losses.push(program ? program.run(x) : fn(x));
    return await read([...losses, w.grad!, dropout.key!]);
  };
  assertEquals(await steps(true), await steps(false));
});

Deno.test("what a run changes, the tape knows", () => {
  const w = variable([1, 2]);
  const [, program] = record(() => noGrad(() => w.assign(w.mul(2))));
  const loss = w.square().sum();
  program.run();
  assertThrows(() => loss.backward(), TapeError, "was changed in place since");
});

Deno.test("a run holds no memory but for what it returns", () => {
  const w = variable(normal([4, 4])), optimizer = new GD([w], { learningRate: 0.1, momentum: 0.5 });
  const [, program] = record((x: Tensor) => {
    optimizer.zeroGrad();
    const loss = x.matmul(w).tanh().square().mean();
    loss.backward();
    optimizer.step();
    return loss;
  }, normal([3, 4]));
  const x = normal([3, 4]);
  for (let i = 0; i < 2; i++) scope(() => void program.run(x)); // which is planned at its second run
  const before = memory();
  for (let i = 0; i < 3; i++) scope(() => void program.run(x));
  assertEquals(memory(), before);
});

Deno.test("an empty result, no result, and a result that is an argument", async () => {
  assertEquals(await both((x: Tensor) => x.mul(2).slice([0, 0]).add(1), [tensor([1])], [tensor([2])]), [
    [],
    [],
  ]);
  assertEquals(await both((x: Tensor) => x, [tensor([1])], [tensor([2])]), [[2], [2]]);
  const [result, program] = record(() => {});
  assertEquals([result, throughJSON(program).run()], [undefined, undefined]);
});

Deno.test("JSON that is no program, or not for here, is refused", () => {
  const w = variable([1, 2]);
  w.label = "w";
  const [, program] = record(() => w.mul(2));
  const json = () => JSON.parse(JSON.stringify(program));
  const from = (change: (data: ReturnType<typeof json>) => void) => () => {
    const data = json();
    change(data);
    return Program.from(data, program);
  };
  assertThrows(
    () => Program.from(JSON.stringify(program)),
    TypeError,
    "pass what JSON.parse() made of its JSON",
  );
  assertThrows(() => Program.from(json()), TypeError, 'Cannot bind a program without "w"');
  assertThrows(
    () => Program.from(json(), { captured: { w: tensor([1, 2, 3]) } }),
    ShapeError,
    'a "w" of f32 [3]',
  );
  assertThrows(from((data) => data.program = 99), TypeError, "version 99");
  assertThrows(from((data) => data.steps[0].op = "mop"), TypeError, 'runs "mop": no op of that name');
  assertThrows(from((data) => data.nodes.at(-1)[1] = "mulch"), TypeError, '"mulch"');
  assertThrows(from((data) => data.steps[0].inputs[0].offset = 1), RangeError, "reaches elements 1 to 2");
  assertThrows(from((data) => data.steps[0].inputs[0].value = 9), TypeError, "value 9");
});
