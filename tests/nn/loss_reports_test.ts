/** What was reported of losses elsewhere, by the number of the report in pytorch/pytorch unless another is named. */
import {
  detectAnomaly,
  embedding,
  embeddingBag,
  grad,
  IndexError,
  logSoftmax,
  oneHot,
  read,
  TapeError,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { assertRefuses, backend, precise, within } from "../backend_traits.ts";

const i32 = (values: Parameters<typeof tensor>[0]) => tensor(values, { dtype: "i32" });
const none = { reduction: "none" } as const;

function ctcOfScores(labels: number[][], frames: number, options: nn.CTCOptions = {}): (x: Tensor) => Tensor {
  const each = labels.map(() => frames), counts = labels.map((row) => row.length);
  const padded = i32(labels.map((row) => [...row, 0, 0].slice(0, 2)));
  return (x) => nn.ctcLoss(logSoftmax(x, 2), padded, each, counts, { reduction: "sum", ...options });
}

Deno.test("18215: CTC of no labels is the chance of blanks, and has a gradient", async () => {
  const x = precise([[[1, 2]], [[0, 3]]]), loss = ctcOfScores([[]], 2);
  const logs = logSoftmax(x, 2), [[found], [a, , b], slopes] = await read([loss(x), logs, grad(loss)(x)]);
  assertAlmostEquals(found, -(a + b), within(1e-14, 1e-6));
  assert(slopes.every((slope) => slope !== 0));
});

Deno.test("rwth-i6/returnn 1835: where no alignment fits and the loss is 0, so is the gradient, not the softmax", async () => {
  const x = precise([[[1, 2, 0]], [[0, 3, 1]]]), loss = ctcOfScores([[1, 1]], 2, { zeroInfinity: true });
  assertEquals((await read([loss(x), grad(loss)(x)])).map((values) => [...values]), [[0], [
    0,
    0,
    0,
    0,
    0,
    0,
  ]]);
});

Deno.test("14401: the gradient of CTC depends on the sequence alone, and adds up to 0 in each frame", async () => {
  const scores = [0.1, 0.6, 0.1, 0.1], x = precise([[scores, scores], [scores, scores], [scores, scores]]);
  const slopes = grad(ctcOfScores([[1, 2], [1, 2]], 3))(x);
  const [sums, [first, , , , second]] = await read([slopes.sum(2), slopes]);
  assertEquals(first, second);
  for (const each of sums) assertAlmostEquals(each, 0, within(1e-15, 1e-6));
});

Deno.test("20406: what an ignored target would pick, NaN too, does not appear", async () => {
  const x = precise([[NaN, -1], [-2, NaN]]);
  assertEquals(await nn.nllLoss(x, i32([-1, 0]), { ignoreIndex: -1, ...none }).array(), [0, 2]);
});

Deno.test("69339 and 72056: weights, smoothing and ignored targets go together", async () => {
  const options = { weight: precise([0.2, 0.3]), labelSmoothing: 0.1 };
  const x = precise([[1, 2], [3, 0.4]]), kept = x.slice([1, 2]);
  const [[all], [one]] = await read([
    nn.crossEntropy(x, i32([-100, 1]), options),
    nn.crossEntropy(kept, i32([1]), options),
  ]);
  assertAlmostEquals(all, one, within(1e-15, 1e-6));
});

Deno.test("70348: the mean of targets that are all ignored is NaN, their sum 0", async () => {
  const x = precise([[1, 2], [3, 4]]), target = i32([-100, -100]);
  assertEquals(await nn.crossEntropy(x, target).item(), NaN);
  assertEquals(await nn.crossEntropy(x, target, { reduction: "sum" }).item(), 0);
});

Deno.test("12670: a class index below 0 that is not the ignored one is an error", async () => {
  for (const loss of [nn.crossEntropy, nn.nllLoss]) {
    const call = () => loss(precise([[1, 2], [3, 4]]), i32([0, -4]), { ignoreIndex: -1, ...none });
    await assertRefuses(call, IndexError, "-4");
  }
});

Deno.test("1516: many labels at once have losses and gradients at any logits", async () => {
  const x = precise([[1000, -1000, 100, -100]]), target = precise([[0, 1, 1, 0]]);
  const loss = (x: Tensor) => nn.multilabelSoftMarginLoss(x, target);
  const [[found], [a, b]] = await read([loss(x), grad(loss)(x)]);
  assertEquals([found, a, b], [500, 0.25, -0.25]);
});

Deno.test("16658: the last cluster of an adaptive softmax may be one class", () => {
  const model = new nn.AdaptiveLogSoftmaxWithLoss(56, 56, [1, 55]);
  assertEquals([model.head.outFeatures, model.tail.length, model.cutoffs], [3, 2, [1, 55, 56]]);
});

Deno.test("the cosine of vectors without length is 0, their gradient finite", async () => {
  const zero = precise([[0, 0]]),
    loss = (x: Tensor) => nn.cosineEmbeddingLoss(x, precise([[0, 0]]), i32([1]));
  assertEquals((await read([loss(zero), grad(loss)(zero)])).map((values) => [...values].map(Math.abs)), [
    [1],
    [0, 0],
  ]);
});

Deno.test("the distance of an anchor to itself has no slope, and no NaN", async () => {
  const a = precise([[1, 2]]), far = precise([[4, 6]]);
  const loss = (x: Tensor) => nn.tripletMarginLoss(x, a, far, { eps: 0, margin: 6 });
  const [[found], slopes] = await read([loss(a), grad(loss)(a)]);
  assertAlmostEquals(found, 1, within(1e-14, 1e-6));
  [0.6, 0.8].forEach((slope, i) => assertAlmostEquals(slopes[i], slope, within(1e-14, 1e-6)));
});

Deno.test("what PyTorch refuses on the cpu for its values is NaN here, whatever the target, and anomaly mode names it", async () => {
  const p = tensor([2, 2, -1, -1, NaN, 1.0000001, Infinity]), t = tensor([1, 0, 0, 1, 0, 1, 1]);
  for (const x of await nn.bceLoss(p, t, { reduction: "none" }).array() as number[]) assert(Number.isNaN(x));
  const one = tensor([1, 1]), variance = tensor([-1, -1e-9]);
  for (const x of await nn.gaussianNllLoss(one, one, variance, { reduction: "none" }).array() as number[]) {
    assert(Number.isNaN(x));
  }
  const found = () => detectAnomaly(() => nn.bceLoss(tensor([2]), tensor([0.5])));
  if (backend.synchronous) assertThrows(found, TapeError, "binaryCrossEntropy");
});

Deno.test("what stands for no class, frame or row is an IndexError, as in PyTorch on the cpu", async () => {
  const x = tensor([[1, 2]]), five = i32([5]), two = i32([2]);
  const logs = logSoftmax(zeros([4, 1, 3])), four = i32([4]);
  const pairs = (values: number[]) => i32([values]);
  const calls: Readonly<Record<string, () => Tensor>> = {
    crossEntropy: () => nn.crossEntropy(x, five),
    "crossEntropy of -1": () => nn.crossEntropy(x, i32([-1])),
    "crossEntropy with weights": () => nn.crossEntropy(x, five, { weight: tensor([1, 2]) }),
    "crossEntropy smoothed": () => nn.crossEntropy(x, five, { labelSmoothing: 0.1 }),
    nllLoss: () => nn.nllLoss(x, five),
    multiMarginLoss: () => nn.multiMarginLoss(x, five),
    multilabelMarginLoss: () => nn.multilabelMarginLoss(x, pairs([5, -1])),
    "multilabelMarginLoss of -2": () => nn.multilabelMarginLoss(x, pairs([-2, -1])),
    embedding: () => embedding(five, zeros([3, 2])),
    embeddingBag: () => embeddingBag(pairs([5]), zeros([3, 2])),
    oneHot: () => oneHot(five, 3),
    "ctcLoss of more frames": () => nn.ctcLoss(logs, pairs([1, 2]), five, two),
    "ctcLoss of more labels": () => nn.ctcLoss(logs, pairs([1, 2]), four, i32([3])),
    "ctcLoss of another label": () => nn.ctcLoss(logs, pairs([1, 7]), four, two),
  };
  for (const call of Object.values(calls)) {
    await assertRefuses(call, IndexError, "out of range");
  }
});
