import { type Tensor, tensor, zeros } from "@tapegrad/core";
import {
  Accuracy,
  type Callback,
  DataLoader,
  EarlyStopping,
  evaluate,
  fit,
  type FitOptions,
  Identity,
  Linear,
  LossError,
  MSELoss,
  mseLoss,
  predict,
  TensorDataset,
} from "@tapegrad/nn";
import { Adam, GD, LBFGS, ReduceLROnPlateau, StepLR } from "@tapegrad/optim";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { backend } from "../../backend_traits.ts";
import { network, quiet, samples, weightsOf } from "./problems.ts";

const model = new Linear(2, 1), optimizer = new GD(model, { learningRate: 0.1 });
const batch = [zeros([4, 2]), zeros([4, 1])], good = { loss: mseLoss, optimizer, verbose: false };

async function refuses(
  message: string,
  given: object,
  loader: unknown = [batch],
  kind = Error,
): Promise<void> {
  const options = { ...good, ...given } as unknown as FitOptions;
  await assertRejects(() => fit(model, loader as Tensor[][], options), kind, message);
}

Deno.test("what cannot be fitted is refused with its mend", async () => {
  await refuses(
    "Cannot fit on null: a DataLoader, or what else gives batches, is needed",
    {},
    null,
  );
  await refuses("Cannot fit on 3", {}, 3);
  await refuses('Cannot fit on "abc"', {}, "abc");
  const data = new TensorDataset(...batch);
  await refuses("gives one sample at a time: make a DataLoader of it", {}, data);
  await refuses("Cannot validate on", { validation: data });
  await refuses("gives no samples in epoch 1: fill it", {}, []);
  const once = new DataLoader(data, { batchSize: 4 })[Symbol.iterator]();
  await refuses(
    "gives no samples in epoch 2: pass what can be iterated once for each epoch",
    { epochs: 2 },
    once,
  );
  await refuses("Cannot fit by the loss nothing: a function is needed", { loss: undefined });
  await refuses("Cannot fit by the loss 3", { loss: 3 });
  await refuses("Cannot fit by the loss MSELoss, which is a class: pass new MSELoss()", { loss: MSELoss });
  await refuses('Cannot fit with an option "learningRate"', { learningRate: 0.1 });
  await refuses("did you mean epochs?", { epoch: 3 });
  await refuses("Cannot fit with epochs 1.5: an integer from 0 is needed", { epochs: 1.5 });
  await refuses("accumulate", { accumulate: 0 });
  await refuses("Cannot fit with the optimizer nothing", { optimizer: undefined });
  await refuses("await optimizer.step(closure)", { optimizer: new LBFGS(model) });
  const other = new Linear(2, 1);
  await refuses('2 of its 2 parameters, "weight" the first, are not in the model', {
    optimizer: new Adam(other),
  });
  await refuses("2 of its 4 parameters", {
    optimizer: new Adam([...model.parameters(), ...other.parameters()]),
  });
  await refuses("Cannot fit with the schedule 3", { schedule: 3 });
  await refuses("choose epoch or step", { scheduleEvery: "batch" });
  const others = new StepLR(new Adam(model), { stepSize: 1 });
  await refuses("Cannot fit with a StepLR of another optimizer", { schedule: others });
  const plateau = new ReduceLROnPlateau(optimizer);
  await refuses("it follows the loss of epochs", { schedule: plateau, scheduleEvery: "step" });
  await refuses("Cannot fit with the signal", { signal: 3 });
  await refuses("choose auto, line, epochs, silent", { progress: "bar" });
  await refuses("Cannot clip gradients by nothing", { clip: {} });
  await refuses("clip gradients", { clip: { norm: -1 } });
  await refuses("clip gradients", { clip: { norms: 1 } });
});

Deno.test("NaN in a batch is told with its field and rows", async () => {
  if (!backend.synchronous) return; // losses are read later there, when batches are gone
  const x = tensor([[1, 2], [NaN, 1], [0, 0], [NaN, NaN]]), y = zeros([4, 1]);
  const told = "the loss is NaN in batch 2 of 2 of epoch 1, of which ",
    mend = "Leave these rows out, or fill them";
  const at = "; the weights are those before it. ";
  await refuses(`${told}batch[0] has NaN in rows 1, 3${at}${mend}`, {}, [batch, [x, y]]);
  const stray = tensor([[0], [NaN], [0], [0]]);
  await refuses(`${told}batch[1] has NaN in row 1${at}`, {}, [batch, [zeros([4, 2]), stray]]);
  const unpack = ({ x, y }: { x: Tensor; y: Tensor }) => ({ inputs: [x], target: y });
  await refuses("of which batch.x has NaN in rows 1, 3", { unpack }, [{ x, y }]);
  const made = () => ({ inputs: [x], target: y });
  await refuses("of which inputs[0] has NaN in rows 1, 3", { unpack: made }, [{}]);
  const many = [tensor(Array.from({ length: 9 }, () => [NaN, 0])), zeros([9, 1])];
  await refuses("in rows 0, 1, 2, 3, 4 and 4 more", {}, [many]);
});

Deno.test("batches, losses, metrics and callbacks that are none are refused", async () => {
  await refuses("batches that are lists of 1", {}, [[zeros([4, 2])]]);
  await refuses("batches that are", {}, [zeros([4, 2])]);
  await refuses("give unpack a size", {}, [[zeros([]), zeros([])]]);
  await refuses("of which unpack makes", { unpack: () => 3 });
  await refuses("a tensor of 4 elements: one number is needed", {
    loss: (x: Tensor, y: Tensor) => mseLoss(x, y, { reduction: "none" }),
  });
  await refuses("Cannot fit by a loss that is 3", { loss: () => 3 });
  await refuses('the metric "a" as 3: a Metric is needed', { metrics: { a: 3 } });
  await refuses('a metric named "loss"', { metrics: { loss: new Accuracy() } });
  await refuses('a metric named "a"', { metrics: { a: new Accuracy(), validationA: new Accuracy() } });
  await refuses("a list of objects is needed", { callbacks: {} });
  await refuses("an object is needed", { callbacks: [3] });
  await refuses('a callback that has "onEpochFinished"', { callbacks: [{ onEpochFinished: 1 }] });
  await refuses("onEpochEnd is 3: a function is needed", { callbacks: [{ onEpochEnd: 3 }] });
  const fixed = fit(new Identity(), [batch], good);
  await assertRejects(() => fixed, TypeError, "it has no parameters that require gradients");
  await assertRejects(() => fit(3 as never, [batch], good), TypeError, "a Module is needed");
  await assertRejects(() => fit(model, [batch], undefined as never), TypeError, "a loss and an optimizer");
});

Deno.test("evaluation and prediction refuse what they cannot do", async () => {
  const loader = [batch];
  await assertRejects(() => evaluate(model, loader, {}), TypeError, "pass { loss }, { metrics } or both");
  await assertRejects(() => evaluate(model, [], { loss: mseLoss }), RangeError, "gives no samples");
  await assertRejects(() => evaluate(3 as never, loader, { loss: mseLoss }), TypeError, "a Module is needed");
  await assertRejects(() => predict(model, []), RangeError, "gives no batch");
  await assertRejects(() => predict(new Identity(), [tensor(3)]), TypeError, "is a scalar");
  await assertRejects(() => predict(model, zeros([4, 2])), TypeError, "whose rows are no batches: pass [x]");
  await assertRejects(() => predict(model, new TensorDataset(...batch)), TypeError, "make a DataLoader");
});

Deno.test("early stopping refuses what it cannot watch", async () => {
  assertThrows(() => new EarlyStopping({ patience: 0 }), RangeError);
  assertThrows(() => new EarlyStopping({ mode: "best" as never }), TypeError, "choose min or max");
  assertThrows(() => new EarlyStopping({ paitence: 3 } as never), TypeError, "did you mean patience?");
  await refuses("there are epoch, loss, learningRate, seconds", {
    callbacks: [new EarlyStopping({ monitor: "accuracy", mode: "max" })],
  });
  await refuses("say by mode whether min or max is better", {
    callbacks: [new EarlyStopping({ monitor: "seconds" })],
  });
});

Deno.test("a loss that is not finite ends it, with where and what to do", async () => {
  for (const bad of [NaN, Infinity]) {
    const model = network(),
      optimizer = new GD(model, { learningRate: 0.5 }),
      { tensors: [x, y] } = samples(4);
    const counts: number[] = [];
    const callback: Callback = { onBatchEnd: ({ batch }) => void counts.push(batch) };
    let calls = 0, before: unknown;
    // As data with a gap would have it: the fifth batch, which is the second of the second epoch.
    const loss = (a: Tensor, b: Tensor) => mseLoss(a, b).mul(++calls === 5 ? bad : 1);
    const watch: Callback = {
      onBatchEnd: async () => {
        if (calls === 4) before = await weightsOf(model);
      },
    };
    const error = await assertRejects(
      () =>
        fit(model, [[x, y], [x, y], [x, y]], {
          ...quiet,
          loss,
          optimizer,
          epochs: 4,
          callbacks: [callback, watch],
        }),
      LossError,
      `the loss is ${bad} in batch 2 of 3 of epoch 2`,
    );
    assert(/learning rate of 0\.5.*clip: \{ norm: 1 \}.*detectAnomaly/.test(error.message), error.message);
    assertEquals([error.epoch, error.batch, error.loss], [2, 2, bad]);
    assertEquals(error.history.epochs.length, 1);
    if (!backend.synchronous) continue;
    assertEquals(await weightsOf(model), before);
    assertEquals(counts, [1, 2, 3, 1]);
  }
});
