/** Training loops as those of the examples, compiled beside the functions that they are of. */
import {
  AdamW,
  BatchNorm2d,
  clipGradNorm,
  clipGradValue,
  compile,
  Conv2d,
  CosineAnnealingLR,
  crossEntropy,
  Dropout,
  Embedding,
  Flatten,
  grad,
  GRU,
  jvp,
  key,
  Linear,
  LSTM,
  MaxPool2d,
  Module,
  mseLoss,
  randint,
  ReLU,
  Sequential,
  type Tensor,
  uniform,
  vmap,
} from "@tapegrad/tapegrad";
import { assertEquals } from "@std/assert";

/** Letters after letters, as text.ts learns them. */
class Letters extends Module {
  readonly embedding = new Embedding(9, 6);
  readonly recurrent = new GRU(6, 8, { batchFirst: true });
  readonly head = new Linear(8, 9);

  forward(codes: Tensor): Tensor {
    const [hidden] = this.recurrent.forward(this.embedding.forward(codes));
    return this.head.forward(hidden);
  }
}

/** What comes next, as time_series.ts forecasts it. */
class Forecaster extends Module {
  readonly recurrent = new LSTM(1, 6, { batchFirst: true });
  readonly head = new Linear(6, 1);

  forward(x: Tensor): Tensor {
    const [hidden] = this.recurrent.forward(x);
    return this.head.forward(hidden.slice(null, -1));
  }
}

Deno.test("letters are learned by a compiled step", async () => {
  const model = new Letters(), optimizer = new AdamW(model, { learningRate: 0.01 });
  const step = compile((x: Tensor, y: Tensor) => {
    optimizer.zeroGrad();
    const cost = crossEntropy(model.forward(x).flatten(0, 1), y.flatten());
    cost.backward();
    clipGradNorm(model, 1);
    optimizer.step();
    return cost;
  }, { verify: true });
  for (let i = 0; i < 5; i++) step(randint(0, 9, { shape: [3, 5] }), randint(0, 9, { shape: [3, 5] }));
  await step.verified();
  assertEquals(step.programs.length, 1);
});

Deno.test("forecasts are learned by a compiled step, with a schedule, a last batch that is smaller, and evaluation", async () => {
  const model = new Forecaster(), optimizer = new AdamW(model, { learningRate: 0.03 });
  const schedule = new CosineAnnealingLR(optimizer, { tMax: 6 });
  const step = compile((x: Tensor, y: Tensor) => {
    optimizer.zeroGrad();
    const loss = mseLoss(model.forward(x), y);
    loss.backward();
    clipGradValue(model, 0.1);
    optimizer.step();
    return loss;
  }, { verify: true });
  for (let i = 0; i < 9; i++) {
    const size = i % 3 === 2 ? 2 : 4;
    step(uniform([size, 5, 1]), uniform([size, 1]));
    schedule.step();
  }
  await step.verified();
  assertEquals(step.programs.length, 2);
});

Deno.test("images are learned by a compiled step, with dropout and running statistics", async () => {
  const model = new Sequential(
    new Conv2d(1, 4, 3, { padding: 1 }),
    new BatchNorm2d(4),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Dropout(0.25, { key: key(1) }),
    new Linear(4 * 9, 3),
  );
  const optimizer = new AdamW(model, { learningRate: 0.01 });
  const step = compile((x: Tensor, y: Tensor) => {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return { loss, perplexity: loss.detach().exp() };
  }, { verify: true });
  for (let i = 0; i < 5; i++) step(uniform([4, 1, 6, 6]), randint(0, 3, { shape: [4] }));
  await step.verified();
  assertEquals(step.programs.length, 1);
});

Deno.test("transforms inside what is compiled, and what is compiled inside transforms", async () => {
  const f = (x: Tensor) => x.sin().mul(x).sum(), x = uniform([3, 4]);
  const inside = {
    gradients: compile(vmap(grad(f)), { verify: true }),
    second: compile(grad((x: Tensor) => grad(f)(x).square().sum()), { verify: true }),
    tangents: compile((x: Tensor) => jvp(f, [x], [x.mul(2)]), { verify: true }),
    mapped: compile(vmap((x: Tensor) => x.add(uniform([4]))), { verify: true }),
  };
  for (const fn of Object.values(inside)) {
    for (let i = 0; i < 4; i++) fn(x.add(i));
    await fn.verified();
    assertEquals(fn.programs.length, 1);
  }
  const compiled = compile(f);
  for (let i = 0; i < 3; i++) compiled(x);
  assertEquals(await grad(compiled)(x).array(), await grad(f)(x).array());
  assertEquals(await vmap(grad(compiled))(x).array(), await vmap(grad(f))(x).array());
  assertEquals(
    await grad((x: Tensor) => vmap(compiled)(x).sum())(x).array(),
    await grad((x: Tensor) => vmap(f)(x).sum())(x).array(),
  );
  assertEquals(await jvp(compiled, [x], [x])[1].item(), await jvp(f, [x], [x])[1].item());
});
