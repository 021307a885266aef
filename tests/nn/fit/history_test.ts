import "@tapegrad/backends";
import { key, type Tensor } from "@tapegrad/core";
import { type Callback, DataLoader, type EpochRecord, fit, History, MeanAbsoluteError } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals } from "@std/assert";
import { schemaErrors, warnings } from "../../demos/schema.ts";
import { network, quiet, samples, weightsOf } from "./problems.ts";

function historyOf(...records: readonly Partial<EpochRecord>[]): History {
  const history = new History();
  records.forEach((record, i) =>
    history.add({ epoch: i + 1, loss: 1 / (i + 1), metrics: {}, learningRate: 0.1, seconds: 1, ...record })
  );
  return history;
}

Deno.test("the chart of a history is valid, whatever is in it", () => {
  const metrics = { accuracy: 0.5, validationAccuracy: 0.4, "a.b[c]": NaN };
  for (
    const history of [
      historyOf(),
      historyOf({}),
      historyOf({ metrics }, { metrics, validationLoss: 2 }),
      historyOf({ validationLoss: NaN }, { validationLoss: Infinity }),
    ]
  ) {
    const spec = JSON.parse(JSON.stringify(history.toVegaLite()));
    assertEquals(schemaErrors(spec), []);
    assertEquals(warnings(spec), []);
    assert(spec.description.length > 50);
  }
});

Deno.test("the chart has a panel for the loss and for each metric, with both kinds of samples", () => {
  const metrics = { accuracy: 0.5, validationAccuracy: 0.4 };
  const spec = historyOf({ metrics, validationLoss: 2 }).toVegaLite();
  assertEquals(spec.datasets, {
    loss: [{ epoch: 1, samples: "training", value: 1 }, { epoch: 1, samples: "validation", value: 2 }],
    accuracy: [{ epoch: 1, samples: "training", value: 0.5 }, {
      epoch: 1,
      samples: "validation",
      value: 0.4,
    }],
  });
  assertEquals((spec.vconcat as unknown[]).length, 2);
});

Deno.test("a history is data", () => {
  const history = historyOf({}, {});
  assertEquals(JSON.parse(JSON.stringify(history)), { epochs: [...history.epochs], stopped: null });
  assertEquals(history.values("loss"), [1, 0.5]);
  assertEquals(history.values("toString"), [NaN, NaN]);
});

Deno.test("what is aborted gives its history, with weights after a whole step", async () => {
  const controller = new AbortController(), model = network(), reason = new Error("enough of it");
  const optimizer = new GD(model, { learningRate: 0.1 }),
    loader = new DataLoader(samples(10), { batchSize: 2 });
  let batches = 0;
  const callback: Callback = { onBatchEnd: () => void (++batches === 6 && controller.abort(reason)) };
  const history = await fit(model, loader, {
    ...quiet,
    optimizer,
    epochs: 9,
    accumulate: 2,
    signal: controller.signal,
    callbacks: [callback],
  });
  assertEquals(history.stopped, { by: "signal", reason: "enough of it", epoch: 2, batch: 2 });
  assertEquals([history.epochs.length, batches], [1, 7]);
});

Deno.test("a signal that was aborted before leaves all as it was, and a timer can abort", async () => {
  const model = network(), optimizer = new GD(model, { learningRate: 0.1 }), before = await weightsOf(model);
  const options = { ...quiet, optimizer, epochs: 1e6, metrics: { error: new MeanAbsoluteError() } };
  const loader = new DataLoader(samples(8), { batchSize: 2, shuffle: true, key: key(1) });
  const none = await fit(model, loader, { ...options, signal: AbortSignal.abort() });
  assertEquals([none.epochs.length, none.stopped?.by, await weightsOf(model)], [0, "signal", before]);
  // A loop that only computes would never let the timer run, nor would one that rests within long epochs alone.
  const controller = new AbortController(), timer = setTimeout(() => controller.abort(), 5);
  const some = await fit(model, loader, { ...options, epochs: 5000, signal: controller.signal });
  clearTimeout(timer);
  assertEquals(some.stopped?.by, "signal");
});

Deno.test("validation is left at an abort too", async () => {
  const controller = new AbortController(), model = network();
  const optimizer = new GD(model, { learningRate: 0.1 }), [x, y] = samples(4).tensors;
  const seen: number[] = [];
  const validation = {
    *[Symbol.iterator](): Generator<Tensor[]> {
      for (let i = 0; i < 9; i++) {
        seen.push(i);
        if (i === 2) controller.abort();
        yield [x, y];
      }
    },
  };
  const history = await fit(model, [[x, y]], { ...quiet, optimizer, validation, signal: controller.signal });
  assertEquals([history.epochs.length, seen.length, history.stopped?.batch], [0, 3, 1]);
  assertEquals(model.training, true);
});
