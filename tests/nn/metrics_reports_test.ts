/** What metrics leave behind, which is nothing, and what they refuse. */
import {
  DtypeError,
  IndexError,
  memory,
  scope,
  ShapeError,
  type Tensor,
  tensor,
  variable,
  zeros,
} from "@tapegrad/core";
import {
  Accuracy,
  type ClassAverage,
  ConfusionMatrix,
  F1,
  MeanAbsoluteError,
  type Metric,
  Perplexity,
  R2,
  RocAuc,
  TopKAccuracy,
} from "@tapegrad/nn";
import "@tapegrad/backends";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";

function classes(values: number[]): Tensor {
  return tensor(values, { dtype: "i32" });
}

const made: readonly (() => Metric)[] = [
  () => new Accuracy(),
  () => new TopKAccuracy(2),
  () => new ConfusionMatrix(3),
  () => new F1(3),
  () => new RocAuc(),
  () => new Perplexity(),
  () => new R2(),
  () => new MeanAbsoluteError(),
];

Deno.test("no buffer is left behind, nothing is recorded and what is passed may go", async () => {
  const weight = variable(1);
  for (const make of made) {
    const before = memory(), metric = make();
    const continuous = metric instanceof R2 || metric instanceof MeanAbsoluteError;
    for (let i = 0; i < 3; i++) {
      scope(() => {
        const scores = tensor([[0, 1, 2], [2, 1, 0], [0, 1, 0]]).mul(weight);
        metric.update(scores, continuous ? zeros([3, 3]) : classes([2, 0, 1]));
      });
    }
    assertEquals(typeof await metric.compute(), "number");
    metric.reset();
    assertEquals(memory(), before, metric.constructor.name);
    await assertRejects(() => metric.compute(), RangeError, "of no samples: pass them to update() first");
  }
});

Deno.test("a metric goes on from the state of another, whatever batches it has had", async () => {
  for (const make of made) {
    const whole = make(), isContinuous = whole instanceof R2 || whole instanceof MeanAbsoluteError;
    let parts = make();
    for (const [i, scores] of [[[0, 1, 2], [9, 1, 0], [3, 0, 4]], [[7, 1, 0]], [[2, 5, 3]]].entries()) {
      const x = tensor(scores), targets = isContinuous ? x.square().add(i) : x.argmin(1).to("i32");
      const next = make();
      next.loadStateDict(parts.stateDict());
      parts.reset();
      for (const metric of [whole, parts = next]) metric.update(x, targets);
    }
    assertEquals(await parts.compute(), await whole.compute(), whole.constructor.name);
  }
});

Deno.test("shapes that do not fit are errors, never broadcast", () => {
  for (const make of made) {
    const metric = make(), i32 = { dtype: "i32" } as const;
    assertThrows(() => metric.update(zeros([4, 3]), zeros([1], i32)), ShapeError, "[4, 3] against [1]");
    assertThrows(() => metric.update(zeros([4, 3]), zeros([4, 1], i32)), ShapeError, "[4, 3] against [4, 1]");
  }
  assertThrows(() => new Accuracy().update(zeros([4]), classes([0, 1, 1, 0])), ShapeError, "by a threshold");
  // Of one class the first is always the largest.
  assertThrows(() => new Accuracy().update(zeros([2, 1]), classes([0, 1])), ShapeError, "by a threshold");
  assertThrows(() => new Accuracy().update(zeros([2, 3]), zeros([2])), DtypeError, 'cast with to("i32")');
  assertThrows(() => new F1(4).update(zeros([2, 3]), classes([0, 1])), ShapeError, "they are of 3 classes");
  const area = new RocAuc(), r2 = new R2();
  assertThrows(() => area.update(zeros([2, 1]), classes([0, 1])), ShapeError, "of one class are [samples]");
  area.update(zeros([2]), classes([0, 1]));
  assertThrows(() => area.update(zeros([2, 3]), classes([0, 1])), ShapeError, "scores were [samples] before");
  r2.update(zeros([2]), zeros([2]));
  assertThrows(() => r2.update(zeros([2, 3]), zeros([2, 3])), ShapeError, "outputs were [] before");
});

Deno.test("what cannot be counted is an error", async () => {
  assertThrows(() => new ConfusionMatrix(2.5), RangeError, "2.5 classes");
  assertThrows(() => new TopKAccuracy(0), RangeError, "k of 0");
  assertThrows(() => new F1(3, { average: "binary" }), RangeError, "is of 2 classes");
  assertThrows(() => new F1(3, { average: "mean" as ClassAverage }), TypeError, "choose macro");
  assertThrows(() => new F1(3, { zeroDivision: 2 }), RangeError, "0, 1 or NaN");
  await assertRejects(async () => {
    const matrix = new ConfusionMatrix(2);
    matrix.update(classes([0, 2]), classes([0, 1]));
    await matrix.compute();
  }, IndexError);
  for (
    const [scores, targets, why] of [
      [[1, 2], [1, 1], "class 1 with all samples of it"],
      [[1, 2], [0, 0], "class 1 with no sample of it"],
      [[1, NaN], [0, 1], "scores that are NaN"],
      [[1, 2], [0, 2], "a target of 2"],
    ] as const
  ) {
    const area = new RocAuc();
    area.update(tensor([...scores]), classes([...targets]));
    await assertRejects(() => area.compute(), RangeError, why);
  }
});
