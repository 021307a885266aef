/** Compiled functions do what the functions do, and refuse what they could not repeat. */
import {
  Changing,
  checkpoint,
  compile,
  type Compiled,
  CompileError,
  grad,
  guard,
  jvp,
  key,
  manualSeed,
  memory,
  noGrad,
  normal,
  record,
  Scalar,
  scope,
  TapeError,
  type Tensor,
  tensor,
  uniform,
  variable,
  vmap,
  zeros,
} from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { testWith } from "../../backend_traits.ts";

/** How often a function is called by calls of what is compiled of it, beside their results. */
async function counted<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor,
  calls: readonly A[],
): Promise<[results: unknown[], calls: number]> {
  let count = 0;
  const compiled = compile((...args: A) => (count++, fn(...args)));
  const results = [];
  for (const args of calls) results.push(await compiled(...args).array());
  return [results, count];
}

const one = (...values: number[]): Tensor => tensor(values);

Deno.test("after two calls that ran the same the function is called no more", async () => {
  const [results, count] = await counted((x) => x.mul(2).add(1), [1, 2, 3, 4].map((x): [Tensor] => [one(x)]));
  assertEquals(results, [[3], [5], [7], [9]]);
  assertEquals(count, 2);
});

Deno.test("arguments in arrays and objects are taken where they stand, and results given back so", async () => {
  const fn = ({ a, rest: [b] }: { a: Tensor; rest: [Tensor] }) => ({ sum: a.add(b), pair: [a, b.mul(2)] });
  const compiled = compile(fn);
  for (let i = 1; i <= 4; i++) {
    const { sum, pair } = compiled({ a: one(i), rest: [one(10)] });
    assertEquals(await Promise.all([sum, ...pair].map((x) => x.item())), [i + 10, i, 20]);
  }
  assertEquals(compiled.programs.length, 1);
});

Deno.test("cells are followed, and a value of one that JavaScript reads is looked at again", async () => {
  const cell = new Scalar("rate", 1), followed = compile((x: Tensor) => x.mul(cell));
  const read = compile((x: Tensor) => x.mul(cell.value));
  for (const value of [1, 1, 2, 2, 2, 1, 3]) {
    cell.value = value;
    assertEquals([await followed(one(1)).item(), await read(one(1)).item()], [value, value]);
  }
  assertEquals([followed.programs.length, read.programs.length], [1, 2]);
});

Deno.test("whether modules are in training, and what a guard names, lead to programs of their own", async () => {
  const model = new nn.Dropout(0.5, { key: key(1) });
  const compiled = compile((x: Tensor) => model.forward(x));
  for (const training of [true, true, true, false, false, false, true]) {
    model.train(training);
    const kept = (await compiled(zeros([1000]).add(1)).sum().item()) / 1000;
    assertEquals(kept === 1, !training);
  }
  assertEquals(compiled.programs.length, 2);
  let size = 1;
  const [results] = await counted((x: Tensor) => {
    guard(() => size);
    return x.mul(size);
  }, [[one(1)], [one(1)], [one(1)]]);
  assertEquals(results, [[1], [1], [1]]);
  const named = compile((x: Tensor) => (guard(() => size), x.mul(size)));
  for (size of [1, 1, 2, 2, 1, 2]) assertEquals(await named(one(1)).item(), size);
});

Deno.test("gradients are added to those that there are, and made where there are none", async () => {
  const w = variable([1, 2]), add = compile((x: Tensor) => w.mul(x).sum().backward());
  const found = [];
  for (const reset of [0, 0, 0, 0, 1, 0, 1, 1, 0]) {
    if (reset) w.setGrad(null);
    add(one(1, 10));
    found.push((await w.grad!.array() as number[])[1]);
  }
  assertEquals(found, [10, 20, 30, 40, 10, 20, 10, 10, 20]);
});

Deno.test("random draws go on: eager and compiled steps meet the same numbers", async () => {
  const fn = (x: Tensor) => x.add(uniform([3])).mul(normal([3])), compiled = compile(fn);
  const drawn = async (f: (x: Tensor) => Tensor) => {
    manualSeed(5);
    const found = [];
    for (let i = 0; i < 5; i++) found.push(await f(zeros([3])).array());
    return found;
  };
  assertEquals(await drawn(compiled), await drawn(fn));
});

Deno.test("tensors of one memory are told from tensors of two, and changes of arguments happen", async () => {
  const swap = compile((x: Tensor, y: Tensor) => noGrad(() => void x.assign(y.add(x))));
  for (let i = 0; i < 4; i++) {
    const [x, y] = [one(1), one(5)];
    swap(x, y);
    assertEquals(await x.item(), 6);
    swap(y, y);
    assertEquals(await y.item(), 10);
  }
  assertEquals(swap.programs.length, 1); // of what is read and changed by two names the function is called
});

Deno.test("where ops are seen one by one the function itself is called", async () => {
  const square = compile((x: Tensor) => x.square().sum()), x = one(1, 2);
  for (let i = 0; i < 3; i++) square(x);
  assertEquals(await grad(square)(x).array(), [2, 4]);
  assertEquals(await vmap(square)(tensor([[1, 2], [3, 4]])).array(), [5, 25]);
  assertEquals(await jvp(square, [x], [one(1, 0)])[1].item(), 2);
  assertEquals(await grad((x: Tensor) => checkpoint(square)(x))(x).array(), [2, 4]);
  assertEquals(await square(square(x)).item(), 25);
  const [, program] = record((x: Tensor) => square(x).add(1), x);
  assertEquals(await program.run(one(2, 2)).item(), 9);
  const slope = compile(grad((x: Tensor) => x.sin().sum()));
  for (let i = 0; i < 3; i++) assertEquals(await slope(one(0)).item(), 1);
});

Deno.test("what differs in each call is refused before the fifth, and told", () => {
  let n = 0.1;
  const refuses = (fn: (x: Tensor, k: number) => unknown, text: RegExp) => {
    const compiled = compile(fn);
    for (let i = 1; i <= 4; i++) compiled(one(1), i);
    const before = n;
    const { message } = assertThrows(() => compiled(one(1), 5), CompileError);
    assertMatch(message, text);
    assertEquals(n, before);
  };
  refuses(
    (x) => x.mul(n += 0.5),
    /step 1, mul: 1.6 became 2.1, which none of the arguments is.*compile_test/s,
  );
  refuses((x, k) => x.mul(2 * k), /6 became 8/);
  refuses((x) => x.add(one(n += 1)).add(1), /other elements than before/);
});

Deno.test("too many kinds of arguments are refused with what they are", () => {
  const compiled = compile((x: Tensor) => x.mul(2), { limit: 3 });
  for (const n of [1, 2, 3]) compiled(zeros([n]));
  const { message } = assertThrows(() => compiled(zeros([4])), CompileError);
  assertMatch(message, /more than 3 kinds of arguments: these are f32\[4\].*f32\[1\].*f32\[2\].*f32\[3\]/s);
});

Deno.test("results on the tape, reads, promises and what is no function are refused", async () => {
  const w = variable([1, 2]), apply = compile((x: Tensor) => w.mul(x));
  assertThrows(() => apply(one(1, 1)), CompileError, "returns a tensor on the tape");
  for (let i = 0; i < 3; i++) assertEquals(await noGrad(() => apply(one(1, 1))).array(), [1, 2]);
  assertThrows(() => void compile((x: Tensor) => x.item())(one(1)), TapeError, "return the tensor");
  assertThrows(() => compile(3 as never), TypeError, "3");
  assertThrows(() => compile((x: Tensor) => x, { verifi: true } as never), TypeError, "verifi");
  for (const limit of [0, NaN, 1.5]) {
    assertThrows(() => compile((x: Tensor) => x, { limit }), RangeError, "limit");
  }
  assertThrows(() => compile((x: Tensor) => x, { limit: "8" as never }), TypeError, "limit");
});

Deno.test("an error of the function is the caller's, and leaves what was compiled", async () => {
  let isBad = false;
  const compiled = compile((x: Tensor) => {
    if (isBad) throw new RangeError("bad");
    return x.mul(2);
  });
  compiled(one(1));
  isBad = true;
  assertThrows(() => compiled(one(1)), RangeError, "bad");
  isBad = false;
  for (let i = 0; i < 3; i++) assertEquals(await compiled(one(i)).item(), 2 * i);
});

Deno.test("verifying finds what JavaScript changed behind its back", async () => {
  let factor = 2;
  const compiled = compile((x: Tensor) => x.mul(factor), { verify: true });
  for (let i = 0; i < 3; i++) compiled(one(1, 3));
  await compiled.verified();
  factor = 3;
  compiled(one(1, 3));
  await assertRejects(() => compiled.verified(), CompileError, "result 0, [2] has 2 for 3 at element 0");
  await compiled.verified();
});

Deno.test("it explains what it runs, in text and drawn", () => {
  const double = compile(function double(x: Tensor, k: number): Tensor {
    return x.mul(2).add(k).sum(0);
  });
  assertEquals(double.explain(), '"double" has no program yet: no two calls in a row ran the same');
  for (let i = 0; i < 2; i++) double(zeros([256]), 3);
  const text = double.explain();
  assertMatch(text, /^"double" has one program\n\n1 kernel on \w+, of 3 that were recorded, reading 1\.0 kB/);
  assertMatch(text, /args\[1\] is 3\nwhat is computed together\n {2}.*mul.*\n(.*\n)*program of 1 steps/);
  const { $schema, title } = double.explain({ format: "vega" });
  assertMatch(String($schema), /vega-lite/);
  assertEquals((title as { text: string }).text, 'What "double" runs');
  double(zeros([2]), 3), double(zeros([2]), 3);
  assertEquals((double.explain({ format: "vega" }).vconcat as unknown[]).length, 2);
  assertThrows(() => double.explain({ format: "svg" as never }), TypeError, 'choose "text" or "vega"');
});

const { GD, LBFGS: _LBFGS, Optimizer, ...named } = optim;
type Step = Compiled<[Tensor, Tensor], Tensor>;

function isOptimizer(
  value: unknown,
): value is new (of: nn.Module, options: object) => optim.Optimizer<never> {
  return typeof value === "function" && value.prototype instanceof Optimizer;
}

for (const [name, Kind] of Object.entries({ GD, ...named })) {
  if (!isOptimizer(Kind)) continue;
  Deno.test(`steps of ${name} run as programs, with schedules and changes of settings between them`, async () => {
    const bias = name !== "Muon"; // which takes matrices alone
    const model = new nn.Sequential(
      new nn.Linear(4, 6, { bias }),
      new nn.ReLU(),
      new nn.Linear(6, 2, { bias }),
    );
    const optimizer = new Kind(model, { learningRate: 0.01 });
    const step: Step = compile((x: Tensor, y: Tensor) => {
      optimizer.zeroGrad();
      const loss = nn.mseLoss(model.forward(x), y);
      loss.backward();
      optimizer.step();
      return loss;
    }, { verify: true });
    for (let i = 0; i < 8; i++) {
      if (i >= 4) optimizer.learningRate = 0.01 / i;
      step(uniform([5, 4]), uniform([5, 2]));
    }
    await step.verified();
    assertEquals(step.programs.length, 1);
  });
}

const layers: Readonly<Record<string, () => [nn.Module, Tensor]>> = {
  "a convolution, batch norm and pooling": () => [
    new nn.Sequential(
      new nn.Conv2d(1, 4, 3),
      new nn.BatchNorm2d(4),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
    ),
    uniform([3, 1, 8, 8]),
  ],
  "an encoder": () => [new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }), uniform([2, 5, 8])],
  "dropouts": () => [
    new nn.Sequential(new nn.Linear(4, 4), new nn.Dropout(0.5), new nn.AlphaDropout(0.2)),
    uniform([6, 4]),
  ],
  "norms":
    () => [new nn.Sequential(new nn.LayerNorm(4), new nn.Linear(4, 4), new nn.RMSNorm(4)), uniform([6, 4])],
};

for (const [name, make] of Object.entries(layers)) {
  testWith({}, `a training step of ${name} is the function's`, async () => {
    const [model, x] = make(), optimizer = new optim.Adam(model, { learningRate: 0.01 });
    const step = compile((x: Tensor) => {
      optimizer.zeroGrad();
      const loss = model.forward(x).square().mean();
      loss.backward();
      optimizer.step();
      return loss;
    }, { verify: true });
    for (let i = 0; i < 5; i++) step(x.add(i));
    await step.verified();
    assertEquals(step.programs.length, 1);
  });
}

Deno.test("memory is flat over many runs", () => {
  const w = variable(zeros([64, 64])), optimizer = new GD([w], { learningRate: 0.1, momentum: 0.9 });
  const step = compile((x: Tensor) => {
    optimizer.zeroGrad();
    x.matmul(w).square().mean().backward();
    optimizer.step();
  });
  const x = uniform([8, 64]), run = () => scope(() => step(x));
  for (let i = 0; i < 5; i++) run();
  const before = memory();
  for (let i = 0; i < 300; i++) run();
  assertEquals(memory(), before);
});

Deno.test("what is disposed holds no memory, and is recorded anew", async () => {
  const fn = compile((x: Tensor) => x.matmul(x).tanh().matmul(x));
  const run = () => scope(() => void fn(uniform([64, 64])));
  for (let i = 0; i < 3; i++) run();
  fn.dispose();
  const before = memory();
  for (let i = 0; i < 3; i++) run();
  assertEquals(fn.programs.length, 1);
  fn[Symbol.dispose]();
  assertEquals(memory(), before);
  assertEquals(fn.programs.length, 0);
  assertEquals(await fn(zeros([2, 2])).array(), [[0, 0], [0, 0]]);
});

Deno.test("a value that the function changes as it goes is found anew", async () => {
  const calls = new Changing(0), seen: number[] = [];
  const compiled = compile((x: Tensor) => {
    calls.value = 1 - calls.value;
    return x.mul(2);
  });
  for (let i = 0; i < 3; i++) seen.push(await compiled(one(i)).item());
  assertEquals(seen, [0, 2, 4]);
});
