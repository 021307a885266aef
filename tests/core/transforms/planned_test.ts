/**
 * What planned runs leave to others: results and gradients of their own, and memory as it was, over 20,000 runs with
 * `TAPEGRAD_LONG=true`.
 */
import {
  compile,
  memory,
  memoryOf,
  noGrad,
  profile,
  record,
  scope,
  type Tensor,
  tensor,
  uniform,
  variable,
  zeros,
} from "@tapegrad/core";
import { environmentVariable } from "@tapegrad/core/backend";
import * as nn from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import { assert, assertEquals, assertThrows } from "@std/assert";
import "../../backend_traits.ts";

const isLong = environmentVariable("TAPEGRAD_LONG") === "true";

const one = (...values: number[]): Tensor => tensor(values);

Deno.test("results and gradients of a run stay as they were when others run", async () => {
  const w = variable([1, 2]),
    step = compile((x: Tensor) => {
      w.setGrad(null);
      const y = w.mul(x);
      y.sum().backward();
      return y.detach();
    });
  const results: Tensor[] = [], gradients: Tensor[] = [];
  for (let i = 1; i <= 6; i++) {
    results.push(step(one(i, 10 * i)));
    gradients.push(w.grad!);
  }
  assertEquals(await Promise.all(results.map((y) => y.array())), [1, 2, 3, 4, 5, 6].map((i) => [i, 20 * i]));
  assertEquals(
    await Promise.all(gradients.map((y) => y.array())),
    [1, 2, 3, 4, 5, 6].map((i) => [i, 10 * i]),
  );
});

Deno.test("the memory of a gradient is that of the next one unless somebody asked for it", async () => {
  const [w, v] = [variable([1, 2]), variable([3, 4])],
    step = compile((x: Tensor) => {
      for (const one of [w, v]) one.setGrad(null);
      w.mul(x).sum().add(v.mul(x).square().sum()).backward();
    });
  for (let i = 0; i < 4; i++) step(one(1, i));
  const before = memoryOf(w.grad!), views = [w.grad!.detach(), w.grad!.flip(0)];
  for (let i = 4; i < 7; i++) step(one(1, i));
  assert(memoryOf(w.grad!) !== before);
  assertEquals(await Promise.all([...views, v.grad!].map((x) => x.array())), [[1, 3], [3, 1], [6, 8 * 36]]);
  w.setGrad(one(7, 8)); // somebody's own
  const own = w.grad!;
  step(one(1, 9));
  assertEquals([await own.array(), await w.grad!.array()], [[7, 8], [1, 9]]);
  const plain = noGrad(() => w.grad!.mul(2));
  for (let i = 0; i < 3; i++) step(one(5, 5));
  assertEquals([await plain.array(), await w.grad!.array()], [[2, 18], [5, 5]]);
});

Deno.test("a gradient that two have, that is returned, or that is added to is nobody's to write to", async () => {
  const [w, v] = [variable([1, 2]), variable([3, 4])];
  const both = compile((x: Tensor) => {
    const gradient = x.mul(2);
    for (const one of [w, v]) one.setGrad(gradient);
    return gradient;
  });
  const results = [1, 2, 3, 4, 5].map((i) => both(one(i, i)));
  assertEquals(await Promise.all(results.map((x) => x.array())), [1, 2, 3, 4, 5].map((i) => [2 * i, 2 * i]));
  const add = compile((x: Tensor) => w.mul(x).sum().backward());
  w.setGrad(null);
  for (let i = 1; i <= 5; i++) add(one(i, 1));
  assertEquals(await w.grad!.array(), [15, 5]);
});

Deno.test("arguments that are like and unlike those before are told apart, however they are nested", async () => {
  const f = compile(({ a, b }: { a: Tensor; b: [Tensor, number] }, mode?: string) =>
    mode === "sum" ? a.sum().mul(b[0].sum()).mul(b[1]) : a.mul(b[0]).mul(b[1])
  );
  const x = one(1, 2), y = one(3, 4), m = tensor([[1, 2], [3, 4]]);
  for (let turn = 0; turn < 4; turn++) {
    assertEquals(await f({ a: x, b: [y, 2] }).array(), [6, 16]);
    assertEquals(await f({ a: x, b: [x, 2] }).array(), [2, 8]);
    assertEquals(await f({ a: x, b: [y, 2] }, "sum").array(), 42);
    assertEquals(await f({ a: m, b: [x, 2] }).array(), [[2, 8], [6, 16]]);
    assertEquals(await f({ a: m.transpose(), b: [x, 2] }).array(), [[2, 12], [4, 16]]);
    assertEquals(await f({ a: x, b: [y.to("i32"), 2] }).array(), [6, 16]);
  }
});

Deno.test("an argument that is a tensor from outside is the one that is changed", async () => {
  const w = variable([1, 1]),
    add = compile((x: Tensor) => {
      noGrad(() => w.assign(w.add(x)));
      return w.detach().mul(x).mul(1);
    });
  for (let i = 1; i <= 3; i++) add(one(1, 1));
  const eager = variable([4, 4]);
  const [found, expected] = [
    await noGrad(() => add(w.detach())).array(),
    await noGrad(() => (eager.assign(eager.add(eager)), eager.mul(eager))).array(),
  ];
  assertEquals([found, await w.array()], [expected, [8, 8]]);
});

Deno.test("what was read before a change is what it was, though the argument turns out to be what is changed", async () => {
  const fn = (w: Tensor) => (x: Tensor) => {
    const before = x.mul(2);
    noGrad(() => w.assign(w.add(1)));
    return before.add(x);
  };
  const w = tensor([1, 2]), eager = tensor([1, 2]), compiled = compile(fn(w)), plain = fn(eager);
  for (let i = 1; i <= 3; i++) {
    assertEquals(await compiled(one(i, i)).array(), await plain(one(i, i)).array());
  }
  for (let i = 1; i <= 2; i++) assertEquals(await compiled(w).array(), await plain(eager).array());
  let profiled!: Tensor;
  await profile(() => void (profiled = compiled(w)));
  assertEquals(await profiled.array(), await plain(eager).array());
  assertEquals(await w.array(), await eager.array());
});

Deno.test("views of larger tensors are arguments as others are, and one that is given twice", async () => {
  const data = uniform([10, 3]), f = compile((a: Tensor, b: Tensor) => a.mul(2).add(b));
  for (let i = 0; i < 4; i++) {
    const row = data.slice([i, i + 2]), columns = data.transpose().slice([0, 2], [i, i + 3]).reshape([2, 3]);
    assertEquals(await f(row, columns).array(), await row.mul(2).add(columns).array());
  }
  for (let i = 0; i < 4; i++) assertEquals(await f(one(i), one(1)).array(), [2 * i + 1]);
  const x = one(5);
  for (let i = 0; i < 4; i++) assertEquals(await f(x, x).array(), [15]);
});

Deno.test("a tensor from outside that moves to other memory is followed there, and refused where it is disposed", () => {
  const w = variable([1, 2]), f = compile((x: Tensor) => noGrad(() => w.mul(x)));
  for (let i = 0; i < 3; i++) f(one(1, 1));
  w.dispose();
  assertThrows(() => f(one(1, 1)), Error, "disposed");
});

Deno.test("a scope around a run ends what it returned, and nothing that stays", async () => {
  const w = variable(zeros([64, 64])),
    f = compile((x: Tensor) => {
      w.setGrad(null);
      const y = x.matmul(w).add(1);
      y.mean().backward();
      return y.detach();
    });
  const x = uniform([8, 64]);
  let kept!: Tensor;
  for (let i = 0; i < 5; i++) kept = scope(() => (f(x), f(x)));
  assertEquals([kept.isDisposed, w.grad!.isDisposed, (await kept.array() as number[][])[0][0]], [
    false,
    false,
    1,
  ]);
});

Deno.test("memory is flat over replays", async () => {
  const times = isLong ? 20_000 : 400;
  const model = new nn.Sequential(
    new nn.Linear(2, 16),
    new nn.Tanh(),
    new nn.Dropout(0.1),
    new nn.Linear(16, 1),
  );
  const optimizer = new optim.Adam(model, { learningRate: 0.01 });
  const step = compile((x: Tensor, y: Tensor) => {
    optimizer.zeroGrad();
    const loss = nn.mseLoss(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss.detach();
  });
  const x = uniform([100, 2]), y = uniform([100, 1]), run = () => scope(() => void step(x, y));
  for (let i = 0; i < 5; i++) run();
  const before = memory();
  for (let i = 0; i < times; i++) {
    run();
    if (i % 100 === 99) await scope(() => step(x, y).data());
  }
  const after = memory(); // of which the collector may have taken what other tests left
  assert(after.buffers <= before.buffers && after.bytes <= before.bytes, `${after.buffers} buffers`);
});

Deno.test("a program that throws leaves no memory behind", () => {
  const [, program] = record((x: Tensor) => x.mul(2).add(1), one(1));
  for (let i = 0; i < 3; i++) program.run(one(i));
  const before = memory();
  for (let i = 0; i < 3; i++) scope(() => assertThrows(() => program.run(tensor([1, 2])), TypeError));
  assertEquals(memory(), before);
});
