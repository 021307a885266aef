import { add, keep, memory, scope, type Tensor, tensor, zeros } from "@tapegrad/core";
import {
  type BatchEnd,
  BatchNorm1d,
  type Callback,
  DataLoader,
  fit,
  Linear,
  MeanAbsoluteError,
  Module,
  MSELoss,
  mseLoss,
  Sequential,
  TensorDataset,
} from "@tapegrad/nn";
import {
  Adam,
  clipGradNorm,
  clipGradValue,
  GD,
  OneCycleLR,
  ReduceLROnPlateau,
  StepLR,
} from "@tapegrad/optim";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { backend, testWith } from "../../backend_traits.ts";
import { settledMemory } from "../../proof/memory/collect.ts";
import { network, quiet, samples, shuffled, weightsOf } from "./problems.ts";

Deno.test("fit does what a loop does, to the bit", async () => {
  const byHand = network(1, 0.2), own = network(1, 0.2), data = samples(20);
  const optimizer = new Adam(byHand, { learningRate: 0.01 }),
    schedule = new StepLR(optimizer, { stepSize: 2 });
  const loader = shuffled(data);
  for (let epoch = 0; epoch < 5; epoch++) {
    for (const [x, y] of loader) {
      scope(() => {
        optimizer.zeroGrad();
        mseLoss(byHand.forward(x), y).backward();
        clipGradNorm(byHand, 0.5);
        optimizer.step();
      });
    }
    schedule.step();
  }
  const fitted = new Adam(own, { learningRate: 0.01 });
  await fit(own, shuffled(data), {
    ...quiet,
    optimizer: fitted,
    schedule: new StepLR(fitted, { stepSize: 2 }),
    clip: { norm: 0.5 },
    epochs: 5,
  });
  assertEquals(await weightsOf(own), await weightsOf(byHand));
});

Deno.test("losses and metrics are means over samples, not over batches", async () => {
  const data = new TensorDataset(zeros([5, 1]), tensor([[1], [1], [1], [1], [6]]));
  const model = new Linear(1, 1), optimizer = new GD(model, { learningRate: 0 });
  await model.loadStateDict({ weight: zeros([1, 1]), bias: zeros([1]) });
  const history = await fit(model, new DataLoader(data, { batchSize: 4 }), {
    loss: new MSELoss(),
    optimizer,
    verbose: false,
    validation: new DataLoader(data, { batchSize: 3 }),
    metrics: { error: new MeanAbsoluteError() },
  });
  const [{ epoch, loss, validationLoss, metrics, learningRate, seconds }] = history.epochs;
  assertEquals([epoch, loss, validationLoss, learningRate], [1, 8, 8, 0]);
  assertEquals(metrics, { error: 2, validationError: 2 });
  assert(seconds > 0);
});

Deno.test("accumulated gradients are those of one large batch, in a last group that is not full too", async () => {
  for (const accumulate of [2, 3, 5, 100]) {
    const data = samples(14), parts = network(), whole = network();
    // Of which the length is not known.
    await fit(parts, new Set(new DataLoader(data, { batchSize: 3 })), {
      ...quiet,
      optimizer: new GD(parts, { learningRate: 0.1 }),
      accumulate,
      epochs: 2,
    });
    await fit(whole, new DataLoader(data, { batchSize: 3 * accumulate }), {
      ...quiet,
      optimizer: new GD(whole, { learningRate: 0.1 }),
      epochs: 2,
    });
    const [a, b] = [parts, whole].map((model) => model.parameters().map((p) => p.detach()));
    for (const [i, x] of a.entries()) {
      const far = await x.sub(b[i]).abs().max().item();
      assert(far < 1e-6, `${accumulate}: ${far}`);
    }
  }
});

Deno.test("the model is in training, out of it for validation, and then as it was", async () => {
  const seen: string[] = [], data = samples(8), norm = new BatchNorm1d(2), frozen = new BatchNorm1d(2);
  const model = new Sequential(norm, frozen, new Linear(2, 1));
  frozen.eval();
  const note = (module: unknown) => {
    const { training } = module as BatchNorm1d;
    seen.push(`${module === norm ? "norm" : "frozen"} ${training ? "trains" : "rests"}`);
  };
  for (const each of [norm, frozen]) each.registerForwardHook(note);
  const before = await frozen.running_mean!.array(), optimizer = new GD(model, { learningRate: 0.1 });
  await fit(model, new DataLoader(data, { batchSize: 8 }), {
    ...quiet,
    optimizer,
    validation: new DataLoader(data, { batchSize: 8 }),
  });
  assertEquals(seen, ["norm trains", "frozen rests", "norm rests", "frozen rests"]);
  assertEquals([norm.training, frozen.training, model.training], [true, false, true]);
  assertEquals(await frozen.running_mean!.array(), before);
  model.eval();
  await fit(model, new DataLoader(data, { batchSize: 8 }), { ...quiet, optimizer });
  assertEquals([seen.at(-2), model.training], ["norm trains", false]);
});

Deno.test("validation records nothing and leaves running statistics", async () => {
  const data = samples(8), model = new Sequential(new BatchNorm1d(2), new Linear(2, 1));
  const outputs: boolean[] = [];
  model.registerForwardHook((module, _inputs, output) =>
    void (module.training || outputs.push((output as Tensor).requiresGrad))
  );
  const run = async (validation?: DataLoader) => {
    const model = new Sequential(new BatchNorm1d(2), new Linear(2, 1));
    await model.loadStateDict(start);
    const optimizer = new GD(model, { learningRate: 0.1 });
    await fit(model, new DataLoader(data, { batchSize: 4 }), { ...quiet, optimizer, validation, epochs: 2 });
    return await weightsOf(model);
  };
  const start = Object.fromEntries(Object.entries(model.stateDict()).map(([name, t]) => [name, add(t, 0)]));
  assertEquals(await run(new DataLoader(samples(8, 9), { batchSize: 4 })), await run());
  const optimizer = new GD(model, { learningRate: 0.1 });
  await fit(model, new DataLoader(data, { batchSize: 4 }), {
    ...quiet,
    optimizer,
    validation: [data.tensors],
  });
  assertEquals(outputs, [false]);
});

Deno.test("a schedule steps after epochs, or after the steps of the optimizer", async () => {
  const rates = async (accumulate: number) => {
    const model = network(), optimizer = new GD(model, { learningRate: 1 });
    const schedule = new StepLR(optimizer, { stepSize: 1, gamma: 0.5 }), found: number[] = [];
    const callback: Callback = { onBatchEnd: () => void found.push(optimizer.learningRate) };
    const history = await fit(model, new DataLoader(samples(6), { batchSize: 2 }), {
      ...quiet,
      optimizer,
      schedule,
      scheduleEvery: "step",
      accumulate,
      callbacks: [callback],
      clip: { norm: 0 },
    });
    return [...found, history.epochs[0].learningRate];
  };
  assertEquals(await rates(1), [0.5, 0.25, 0.125, 0.25]);
  assertEquals(await rates(2), [1, 0.5, 0.25, 0.5]);
  const model = network(), optimizer = new GD(model, { learningRate: 1 });
  const history = await fit(model, new DataLoader(samples(6), { batchSize: 2 }), {
    ...quiet,
    optimizer,
    schedule: new StepLR(optimizer, { stepSize: 1, gamma: 0.5 }),
    epochs: 3,
    clip: { norm: 0 },
  });
  assertEquals(history.values("learningRate"), [1, 0.5, 0.25]);
});

Deno.test("a schedule of a whole cycle is stepped as often as it has steps", async () => {
  const model = network(), optimizer = new GD(model, { learningRate: 1, momentum: 0.9 });
  const schedule = new OneCycleLR(optimizer, { maxLearningRate: 0.1, totalSteps: 9 });
  const history = await fit(model, new DataLoader(samples(6), { batchSize: 2 }), {
    ...quiet,
    optimizer,
    schedule,
    scheduleEvery: "step",
    epochs: 3,
  });
  assertEquals(schedule.lastEpoch, 9);
  assertAlmostEquals(history.epochs[2].learningRate, 0.1 / 25 / 1e4, 1e-12);
});

Deno.test("ReduceLROnPlateau is told the validation loss, and without validation the loss", async () => {
  for (const validation of [undefined, [[zeros([2, 2]), tensor([[1], [1]])]]]) {
    const model = network(), optimizer = new GD(model, { learningRate: 1 }), told: number[] = [];
    class Told extends ReduceLROnPlateau {
      override step(metric: number): void {
        told.push(metric);
        super.step(metric);
      }
    }
    const schedule = new Told(optimizer);
    const history = await fit(model, shuffled(samples(8)), {
      ...quiet,
      optimizer,
      schedule,
      validation,
      epochs: 2,
      clip: { norm: 0 },
    });
    assertEquals(told, history.values(validation ? "validationLoss" : "loss"));
  }
});

Deno.test("gradients are clipped by norm, by value, and by a function", async () => {
  const step = async (clip: Parameters<typeof fit>[2]["clip"], byHand: (model: Sequential) => unknown) => {
    const own = network(), other = network(), data = samples(8);
    await fit(own, [data.tensors], { ...quiet, optimizer: new GD(own, { learningRate: 1 }), clip });
    mseLoss(other.forward(data.tensors[0]), data.tensors[1]).backward();
    byHand(other);
    new GD(other, { learningRate: 1 }).step();
    assertEquals(await weightsOf(own), await weightsOf(other));
  };
  await step({ norm: 0.01 }, (model) => clipGradNorm(model, 0.01));
  await step({ value: 0.01 }, (model) => clipGradValue(model, 0.01));
  await step((parameters) => clipGradNorm(parameters, 0.02), (model) => clipGradNorm(model, 0.02));
});

Deno.test("callbacks are told in order, waited for, and can stop it", async () => {
  const told: string[] = [];
  const callback: Callback = {
    onFitBegin: () => void told.push("begin"),
    onEpochBegin: (run) => void told.push(`epoch ${run.epoch}`),
    onBatchEnd: async ({ batch, batches, size, stepped, loss }: BatchEnd) => {
      const value = await loss.item();
      told.push(`batch ${batch}/${batches} of ${size}, ${stepped}, ${Number.isFinite(value)}`);
    },
    onValidationBegin: () => void told.push("validation"),
    onEpochEnd: (record, run) => {
      told.push(`end ${record.epoch}`);
      if (record.epoch === 2) run.stop("enough");
    },
    onFitEnd: (history) => void told.push(`over after ${history.epochs.length}`),
  };
  const model = network(), optimizer = new GD(model, { learningRate: 0.1 });
  const history = await fit(model, new DataLoader(samples(5), { batchSize: 4 }), {
    ...quiet,
    optimizer,
    callbacks: [{}, callback],
    validation: [samples(4).tensors],
    epochs: 9,
    accumulate: 2,
  });
  const epoch = ["batch 1/2 of 4, false, true", "batch 2/2 of 1, true, true", "validation"];
  assertEquals(told, [
    "begin",
    ...["epoch 1", ...epoch, "end 1"],
    ...["epoch 2", ...epoch, "end 2"],
    "over after 2",
  ]);
  assertEquals(history.stopped, { by: "callback", reason: "enough", epoch: 2, batch: 2 });
});

Deno.test("models of several inputs and outputs, batches of one's own", async () => {
  class Two extends Module<readonly [Tensor, Tensor], { readonly sum: Tensor }> {
    readonly left = new Linear(1, 1);
    readonly right = new Linear(1, 1);

    override forward(x: Tensor, y: Tensor): { readonly sum: Tensor } {
      return { sum: this.left.forward(x).add(this.right.forward(y)) };
    }
  }
  const model = new Two(), optimizer = new GD(model, { learningRate: 0.1 });
  const x = tensor([[1], [2]]), loss = (out: { readonly sum: Tensor }, y: Tensor) => mseLoss(out.sum, y);
  const history = await fit(model, [[x, x, x.mul(2)]], { loss, optimizer, epochs: 3, verbose: false });
  assert(history.epochs[2].loss < history.epochs[0].loss);
  const batches = [{ a: x, b: x, sum: x.mul(2) }];
  await fit(model, batches, {
    loss: (out, { y }: { y: Tensor }) => mseLoss(out.sum, y),
    unpack: ({ a, b, sum }) => ({ inputs: [a, b], target: { y: sum }, size: 2 }),
    optimizer,
    verbose: false,
  });
});

Deno.test("loaders may be asynchronous", async () => {
  const data = samples(12), own = network(), other = network();
  const batches = [...new DataLoader(data, { batchSize: 5 })].map((batch) => batch.map((x) => keep(x)));
  const later = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Tensor[]> {
      for (const batch of batches) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        yield batch.map((x) => add(x, 0));
      }
    },
  };
  const optimizer = new GD(own, { learningRate: 0.1 });
  await fit(own, later, { ...quiet, optimizer, epochs: 2, validation: later });
  await fit(other, batches, { ...quiet, optimizer: new GD(other, { learningRate: 0.1 }), epochs: 2 });
  assertEquals(await weightsOf(own), await weightsOf(other));
});

Deno.test("the parameters of a loss are trained too", async () => {
  class Weighed extends Module<readonly [Tensor, Tensor]> {
    readonly scale = zeros([1], { requiresGrad: true });

    override forward(x: Tensor, y: Tensor): Tensor {
      return mseLoss(x.mul(this.scale), y);
    }
  }
  const model = new Linear(1, 1), loss = new Weighed();
  const optimizer = new GD([...model.parameters(), ...loss.parameters()], { learningRate: 0.1 });
  await fit(model, [[tensor([[1]]), tensor([[1]])]], { loss, optimizer, epochs: 2, verbose: false });
  assert(await loss.scale.sum().item() !== 0);
});

Deno.test("memory stays as it is, whatever is trained, counted and validated", async () => {
  const data = samples(40), model = network(1, 0.1), optimizer = new Adam(model, { learningRate: 0.01 });
  const metrics = { error: new MeanAbsoluteError() }, loader = shuffled(data, 4), counts: number[] = [];
  const callback: Callback = { onBatchEnd: () => void counts.push(memory().buffers) };
  const run = (epochs: number) =>
    fit(model, loader, {
      ...quiet,
      optimizer,
      metrics,
      accumulate: 2,
      clip: { norm: 1 },
      validation: shuffled(data, 8),
      callbacks: [callback],
      epochs,
    });
  await run(2);
  await settledMemory();
  const before = memory().buffers;
  await run(4);
  assertEquals(memory().buffers - before <= 2, true, `${before} buffers and then ${memory().buffers}`);
  const peaks = [0, 1, 2].map((i) => Math.max(...counts.slice(20 + 10 * i, 30 + 10 * i)));
  assert(Math.abs(peaks[2] - peaks[1]) <= 10 + (backend.synchronous ? 0 : 10), `${peaks}`);
});

testWith({ synchronous: true }, "no batch leaves memory to the next", async () => {
  const data = samples(40), model = network(1, 0.1), optimizer = new Adam(model, { learningRate: 0.01 });
  const counts: number[] = [], loader = new DataLoader(data, { batchSize: 4 });
  const callback: Callback = { onBatchEnd: () => void counts.push(memory().buffers) };
  await fit(model, loader, { ...quiet, optimizer, callbacks: [callback], epochs: 2 });
  assert(Math.max(...counts.slice(10)) <= Math.min(...counts.slice(0, 10)), `${counts}`);
});

Deno.test("an epoch's mean has no digit less than its losses", async () => {
  const data = samples(16), model = network(), optimizer = new GD(model, { learningRate: 0 });
  const whole = await scope(() => mseLoss(model.forward(data.tensors[0]), data.tensors[1])).item();
  const history = await fit(model, new DataLoader(data, { batchSize: 3 }), { ...quiet, optimizer });
  assertAlmostEquals(history.epochs[0].loss, whole, 1e-6 * whole);
});
