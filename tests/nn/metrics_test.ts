/** Metrics against scikit-learn's, batch by batch. */
import { scope, type Tensor, tensor } from "@tapegrad/core";
import {
  Accuracy,
  type ClassAverage,
  ConfusionMatrix,
  F1,
  MeanAbsoluteError,
  MeanSquaredError,
  type Metric,
  Perplexity,
  Precision,
  R2,
  Recall,
  RocAuc,
  TopKAccuracy,
} from "@tapegrad/nn";
import "@tapegrad/backends";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import reference from "./reference/metrics.json" with { type: "json" };
import { precise, within } from "../backend_traits.ts";

type Nested = Parameters<typeof tensor>[0];

function classes(values: Nested): Tensor {
  return tensor(values, { dtype: "i32" });
}

// In batches of three kinds: one sample, none, and the rest.
function updated<M extends Metric>(metric: M, predictions: Tensor, targets: Tensor): M {
  const ranges: readonly (readonly [number, number])[] = [[0, 1], [1, 1], [1, targets.shape[0]]];
  scope(() => {
    for (const range of ranges) {
      metric.update(predictions.slice([...range]), targets.slice([...range]));
    }
  });
  return metric;
}

async function assertMetric(
  metric: Metric,
  predictions: Tensor,
  targets: Tensor,
  wanted: number,
): Promise<void> {
  for (let round = 0; round < 2; round++) {
    assertAlmostEquals(
      await updated(metric, predictions, targets).compute(),
      wanted,
      within(1e-12, 1e-5) * Math.max(1, Math.abs(wanted)),
      metric.constructor.name,
    );
    metric.reset();
  }
}

const scoresOf = { precision: Precision, recall: Recall, f1: F1 };

for (const [i, given] of reference.classification.entries()) {
  Deno.test(`classification ${i} is scikit-learn's`, async () => {
    const scores = precise(given.scores), targets = classes(given.targets), predicted = scores.argmax(1);
    for (const predictions of [scores, predicted.to("i32"), predicted.to("u32")]) {
      await assertMetric(new Accuracy(), predictions, targets, given.accuracy);
      const matrix = updated(new ConfusionMatrix(given.classes), predictions, targets);
      assertEquals(await matrix.counts(), given.confusion);
      assertAlmostEquals(await matrix.compute(), given.accuracy);
    }
    for (const [k, wanted] of given.topK.entries()) {
      await assertMetric(new TopKAccuracy(k + 1), scores, targets, wanted);
    }
    await assertMetric(new Perplexity(), scores, targets, given.perplexity);
    if (given.auc !== null) await assertMetric(new RocAuc(), precise(given.sixteenths), targets, given.auc);
    const positive = targets.equal(1).to("i32");
    if (given.binaryAuc !== null) {
      await assertMetric(new RocAuc(), scores.select(1, 1), positive, given.binaryAuc);
    }
  });

  Deno.test(`precision, recall and F1 ${i} are scikit-learn's`, async () => {
    const scores = precise(given.scores), targets = classes(given.targets), { zeroDivision } = given;
    for (const [name, Score] of Object.entries(scoresOf)) {
      const { averaged, perClass } = given as unknown as Record<string, Record<string, unknown>>;
      for (const [average, wanted] of Object.entries(averaged[name] as Record<string, number>)) {
        const score = new Score(given.classes, { average: average as ClassAverage, zeroDivision });
        await assertMetric(score, scores, targets, wanted);
      }
      const each = updated(new Score(given.classes, { zeroDivision }), scores, targets);
      const found = await each.perClass();
      (perClass[name] as number[]).forEach((wanted, c) => assertAlmostEquals(found[c], wanted, 1e-15));
    }
  });
}

for (const [i, { predictions, targets, r2, mae, mse }] of reference.regression.entries()) {
  Deno.test(`regression ${i} is scikit-learn's`, async () => {
    const pair = [precise(predictions), precise(targets)] as const;
    await assertMetric(new R2(), ...pair, r2);
    await assertMetric(new MeanAbsoluteError(), ...pair, mae);
    await assertMetric(new MeanSquaredError(), ...pair, mse);
  });
}

Deno.test("classes along axis 1 of scores at positions", async () => {
  const scores = precise([[[1, 0, 3], [0, 2, 4]], [[5, 5, 1], [1, 6, 0]]]);
  const targets = classes([[0, 1, 0], [0, 0, 0]]);
  for (const metric of [new Accuracy(), new TopKAccuracy(1), new ConfusionMatrix(2)]) {
    metric.update(scores, targets);
    assertAlmostEquals(await metric.compute(), 4 / 6);
  }
});

Deno.test("R2 of targets that do not vary, and of one sample", async () => {
  const flat = precise([3, 3, 3]);
  await assertMetric(new R2(), flat, flat, 1);
  await assertMetric(new R2(), precise([3, 3, 4]), flat, 0);
  const one = new R2();
  one.update(precise([1]), precise([2]));
  assertEquals(await one.compute(), NaN);
});

Deno.test("0 / 0 may be left out of averages", async () => {
  const [predicted, targets] = [classes([0, 0]), classes([0, 1])];
  const out = updated(new Precision(3, { zeroDivision: NaN }), predicted, targets);
  assertEquals([await out.perClass(), await out.compute()], [[0.5, NaN, NaN], 0.5]);
  await assertMetric(new Recall(2, { average: "binary" }), predicted, targets, 0);
});

Deno.test("small errors are not lost in a large sum", async () => {
  const metric = new MeanAbsoluteError();
  metric.update(precise([2 ** 24]), precise([0]));
  for (let i = 0; i < 100; i++) metric.update(precise([1]), precise([0]));
  assertEquals(await metric.compute(), (2 ** 24 + 100) / 101);
});
