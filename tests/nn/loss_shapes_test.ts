/** What losses are not given: other shapes, other targets, other settings. */
import { DtypeError, IndexError, ShapeError, type Tensor, tensor, vjp, zeros } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { assertAlmostEquals, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { assertRefuses, type ErrorClass, precise, testWith } from "../backend_traits.ts";

const i32 = (values: Parameters<typeof tensor>[0]) => tensor(values, { dtype: "i32" });
const x = zeros([4, 3]), column = zeros([4, 1]), flat = zeros([4]), index = i32([0, 1, 2, 0]);

const alike: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  klDiv: nn.klDiv,
  poissonNllLoss: nn.poissonNllLoss,
  softMarginLoss: nn.softMarginLoss,
  hingeEmbeddingLoss: nn.hingeEmbeddingLoss,
  multilabelSoftMarginLoss: nn.multilabelSoftMarginLoss,
  multilabelMarginLoss: nn.multilabelMarginLoss,
  gaussianNllLoss: (a, b) => nn.gaussianNllLoss(a, b, a),
  marginRankingLoss: (a, b) => nn.marginRankingLoss(a, a, b),
  cosineEmbeddingLoss: (a, b) => nn.cosineEmbeddingLoss(a, b, flat),
  tripletMarginLoss: (a, b) => nn.tripletMarginLoss(a, a, b),
  tripletMarginWithDistanceLoss: (a, b) => nn.tripletMarginWithDistanceLoss(a, b, b),
};

for (const [name, loss] of Object.entries(alike)) {
  Deno.test(`${name} refuses shapes that differ, and says how to mend them`, () => {
    const mend = "they must be equal, not broadcast: reshape the target to [4, 1]";
    const error = assertThrows(() => loss(column, flat), ShapeError);
    assertEquals(error.message, `Cannot take the ${name} of [4, 1] against [4]: ${mend}`);
    assertThrows(() => loss(x, column), ShapeError, "a target of the input's shape is needed");
  });
}

/** Calls that are wrong, and what is said. */
const wrong: readonly [call: () => Tensor, kind: ErrorClass, text: string][] = [
  [() => nn.nllLoss(x, i32([0, 1])), ShapeError, "of [4, 3] against [2]: class indices have the shape [4]"],
  [() => nn.nllLoss(x, i32([[0], [1], [2], [0]])), ShapeError, "class indices have the shape [4]"],
  [() => nn.nllLoss(x, flat), DtypeError, 'against f32: the target is class indices, cast with to("i32")'],
  [() => nn.nllLoss(x, index.equal(0)), DtypeError, "against bool"],
  [() => nn.nllLoss(zeros([]), i32(0)), ShapeError, "an axis of classes is needed"],
  [() => nn.nllLoss(x, index, { weight: flat }), ShapeError, "Cannot weigh 3 classes by [4]"],
  [() => nn.nllLoss(x, index, { weight: 2 as never }), TypeError, "Cannot weigh classes by 2"],
  [() => nn.multiMarginLoss(x, i32([0])), ShapeError, "class indices have the shape [4]"],
  [() => nn.multiMarginLoss(x, flat), DtypeError, "class indices"],
  [() => nn.multiMarginLoss(zeros([2, 3, 4]), index), ShapeError, "[batch, classes] or [classes]"],
  [() => nn.multiMarginLoss(x, index, { p: 3 as never }), RangeError, "with p 3: it is 1 or 2"],
  [() => nn.multiMarginLoss(x, index, { weight: flat }), ShapeError, "Cannot weigh 3 classes"],
  [() => nn.multilabelMarginLoss(x, x), DtypeError, "class indices"],
  [() => nn.multilabelSoftMarginLoss(zeros([]), zeros([])), ShapeError, "the classes need an axis"],
  [() => nn.cosineEmbeddingLoss(x, x, column), ShapeError, "a target for each vector along the last axis"],
  [() => nn.gaussianNllLoss(x, x, zeros([3])), ShapeError, "[4, 3] is needed, or [4, 1] or [4]"],
  [() => nn.gaussianNllLoss(x, x, x, { eps: -1 }), RangeError, "eps of -1"],
  [() => nn.bceLoss(x, x, { weight: zeros([2, 4, 3]) }), ShapeError, "with a weight of [2, 4, 3]"],
  [
    () => nn.bceWithLogitsLoss(x, x, { weight: zeros([4]) }),
    ShapeError,
    "it must broadcast to the target's shape",
  ],
  [() => nn.bceWithLogitsLoss(column, column, { posWeight: zeros([3]) }), ShapeError, "a weight of [3]"],
  [() => nn.multilabelSoftMarginLoss(column, column, { weight: x }), ShapeError, "a weight of [4, 3]"],
  [() => nn.hingeEmbeddingLoss(x, x, { margin: NaN }), RangeError, "a margin of NaN"],
  [() => nn.tripletMarginLoss(x, x, x, { p: -1 }), RangeError, "a p of -1"],
  [() => nn.tripletMarginLoss(zeros([]), zeros([]), zeros([])), ShapeError, "vectors are needed"],
  [
    () => nn.tripletMarginWithDistanceLoss(x, x, x, { distanceFunction: "l1" as never }),
    TypeError,
    "a function is needed",
  ],
  [() => nn.klDiv(x, x, { reduction: "batch" as never }), TypeError, "mean, sum, none or batchmean"],
  [() => nn.mseLoss(x, x, { reduction: "batchmean" as never }), TypeError, "choose mean, sum or none"],
];

for (const [i, [call, kind, text]] of wrong.entries()) {
  Deno.test(`a wrong call of a loss is refused, ${i}: ${text}`, () => void assertThrows(call, kind, text));
}

Deno.test("an index that names no class is an error on any device", async () => {
  for (const bad of [3, -1]) {
    const target = i32([0, 1, 2, bad]), labels = i32([[bad, -1, -1]]);
    await assertRefuses(() => nn.nllLoss(x, target), IndexError, String(bad));
    await assertRefuses(() => nn.multiMarginLoss(x, target), IndexError, String(bad));
    if (bad !== -1) {
      await assertRefuses(() => nn.multilabelMarginLoss(zeros([1, 3]), labels), IndexError, "3");
    }
  }
  await assertRefuses(() => nn.multilabelMarginLoss(zeros([1, 3]), i32([[0, -1, -2]])), IndexError, "-2");
});

Deno.test("the class index -100 is no target unless another is said, as in PyTorch", async () => {
  const logits = precise([[1, 2, 3], [0, 0, 0]]), one = logits.slice([0, 1]);
  const expected = await nn.crossEntropy(one, i32([2])).item();
  assertEquals(await nn.crossEntropy(logits, i32([2, -100])).item(), expected);
  assertEquals(await nn.nllLoss(logits.logSoftmax(), i32([2, -100])).item(), expected);
  await assertRefuses(() => nn.crossEntropy(logits, i32([2, -100]), { ignoreIndex: -1 }), IndexError, "-100");
  const u32 = tensor([2, 1], { dtype: "u32" });
  assertEquals(await nn.nllLoss(logits, u32).item(), await nn.nllLoss(logits, i32([2, 1])).item());
});

Deno.test("a variance below 0 is none, and one below eps is raised, which its gradient does not see", async () => {
  const loss = (v: Tensor) =>
    nn.gaussianNllLoss(precise([1, 1, 1]), precise([0, 0, 0]), v, { eps: 0.5, reduction: "sum" });
  assertEquals(await loss(precise([-1, 1, 1])).item(), NaN);
  const [, pull] = vjp(loss, precise([0.25, 0.5, 1]));
  // (1/v - 1/v²)/2 at 0.5, 0.5 and 1.
  assertEquals(await pull(precise(1))[0].array(), [-1, -1, 0]);
});

testWith({ f16: true }, "halves are added up in f32: losses beyond 65504 together have a mean", async () => {
  const x = zeros([600, 2], { dtype: "f16" }).add(tensor([200, 0], { dtype: "f16" })),
    target = i32(Array(600).fill(1));
  for (const weight of [undefined, tensor([1, 300], { dtype: "f16" })]) {
    const loss = nn.crossEntropy(x, target, { ...(weight && { weight }) });
    assertEquals([loss.dtype, await loss.item()], ["f16", 200]);
    assertEquals(
      await nn.nllLoss(x.neg(), i32(Array(600).fill(0)), { ...(weight && { weight }) }).item(),
      200,
    );
  }
  const logs = zeros([9, 1, 2], { dtype: "f16" }).add(-Math.LN2),
    found = nn.ctcLoss(logs, i32([[1]]), [9], [1]);
  assertEquals(found.dtype, "f16");
  // 45 places of a run of ones among 512 paths.
  assertAlmostEquals(await found.item(), -Math.log(45 / 512), 2e-2);
});

Deno.test("PyTorch's names of two losses are the same functions", () => {
  assertStrictEquals(nn.binaryCrossEntropy, nn.bceLoss);
  assertStrictEquals(nn.binaryCrossEntropyWithLogits, nn.bceWithLogitsLoss);
});

Deno.test("weights are buffers of their module, and what it computes with", async () => {
  const weight = tensor([1, 2, 3]), loss = new nn.BCEWithLogitsLoss({ weight, posWeight: tensor([2]) });
  assertEquals(Object.keys(loss.stateDict()), ["weight", "pos_weight"]);
  loss.loadStateDict({ weight: tensor([0, 0, 0]), pos_weight: tensor([1]) });
  assertEquals(await loss.forward(zeros([2, 3]), zeros([2, 3])).item(), 0);
  assertEquals(Object.keys(new nn.BCEWithLogitsLoss({ posWeight: 2 }).stateDict()), []);
});
