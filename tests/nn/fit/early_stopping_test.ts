import "@tapegrad/backends";
import { type Tensor, tensor } from "@tapegrad/core";
import { type Callback, EarlyStopping, type EarlyStoppingOptions, fit, Linear } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assertEquals } from "@std/assert";

/** A model whose weight counts the epochs, of which each has one batch, and whose validation loss is as told. */
async function run(
  losses: readonly number[],
  options: EarlyStoppingOptions,
  signal?: AbortSignal,
): Promise<unknown[]> {
  const model = new Linear(1, 1, { bias: false }), optimizer = new GD(model, { learningRate: 1 });
  model.loadStateDict({ weight: tensor([[0]]) });
  const stopping = new EarlyStopping(options), x = tensor([[-1]]);
  let validated = 0;
  const loss = (output: Tensor) =>
    model.training ? output.sum() : output.sum().mul(0).add(losses[validated++]);
  const callbacks: Callback[] = [stopping];
  const history = await fit(model, [[x, x]], {
    loss,
    optimizer,
    epochs: losses.length,
    validation: [[x, x]],
    callbacks,
    signal,
    verbose: false,
  });
  return [
    history.epochs.length,
    stopping.bestEpoch,
    await model.weight.item(),
    history.stopped?.reason ?? null,
  ];
}

Deno.test("it ends after so many epochs without a better one, with the best weights", async () => {
  const reason = "validationLoss has been no better than 2 for 2 epochs";
  assertEquals(await run([3, 2, 2, 2.5, 1, 0], { patience: 2 }), [4, 2, 2, reason]);
  assertEquals(await run([3, 2, 2, 2.5, 1, 0], { patience: 2, restoreBest: false }), [4, 2, 4, reason]);
});

Deno.test("where all epochs are gone through the weights are the best ones too", async () => {
  assertEquals(await run([3, 1, 2, 2], { patience: 5 }), [4, 2, 2, null]);
  assertEquals(await run([4, 3, 2, 1], { patience: 1 }), [4, 4, 4, null]);
});

Deno.test("what is better by too little is not, and more may be better", async () => {
  assertEquals((await run([3, 2.95, 2.9, 2.2], { patience: 2, minDelta: 0.5 })).slice(0, 3), [3, 1, 1]);
  assertEquals(
    (await run([1, 2, 1.5, 1.5, 9], { patience: 2, mode: "max", monitor: "validationLoss" })).slice(0, 3),
    [
      4,
      2,
      2,
    ],
  );
});

Deno.test("NaN is never better, and infinity is something to be better than", async () => {
  assertEquals((await run([NaN, NaN, 1, NaN, NaN], { patience: 3 })).slice(0, 3), [5, 3, 3]);
  assertEquals((await run([Infinity, 2, 3], { patience: 3 })).slice(0, 3), [3, 2, 2]);
  assertEquals(await run([NaN, NaN, 1], { patience: 2 }), [
    2,
    0,
    2,
    "validationLoss was never a number for 2 epochs",
  ]);
});

Deno.test("one that is used again begins anew", async () => {
  const stopping = new EarlyStopping({ patience: 1 }), x = tensor([[1]]);
  for (let again = 0; again < 2; again++) {
    const model = new Linear(1, 1, { bias: false }), optimizer = new GD(model, { learningRate: 0 });
    const loss = (output: Tensor) => output.sum();
    const options = { loss, optimizer, epochs: 9, callbacks: [stopping], verbose: false };
    assertEquals((await fit(model, [[x, x]], options)).epochs.length, 2);
  }
});

Deno.test("after an abort the weights are the last, and the best can be had", async () => {
  const controller = new AbortController(), stopping = new EarlyStopping(), x = tensor([[-1]]);
  const model = new Linear(1, 1, { bias: false }), optimizer = new GD(model, { learningRate: 1 });
  model.loadStateDict({ weight: tensor([[0]]) });
  const losses = [2, 1, 3, 3];
  const loss = (output: Tensor) => model.training ? output.sum() : output.sum().mul(0).add(losses.shift()!);
  const abort: Callback = { onEpochEnd: ({ epoch }) => void (epoch === 3 && controller.abort()) };
  const history = await fit(model, [[x, x]], {
    loss,
    optimizer,
    epochs: 9,
    validation: [[x, x]],
    callbacks: [stopping, abort],
    signal: controller.signal,
    verbose: false,
  });
  assertEquals([history.stopped?.by, history.epochs.length], ["signal", 3]);
  assertEquals(await model.weight.item(), 3);
  stopping.restore(model);
  assertEquals(await model.weight.item(), 2);
});
