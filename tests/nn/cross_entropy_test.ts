import {
  DtypeError,
  gradcheck,
  gradgradcheck,
  IndexError,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/core";
import { crossEntropy, type CrossEntropyOptions } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

const f64 = (data: Parameters<typeof tensor>[0]) => tensor(data, { dtype: "f64" });
const i32 = (data: Parameters<typeof tensor>[0]) => tensor(data, { dtype: "i32" });

const logits = [[0.5, -1, 2], [1, 0.25, -0.75], [3, 0, -2], [-0.5, 0.5, 1.5]];
const classes = [2, 0, 1, 1];
const chances = [[0.2, 0.3, 0.5], [1, 0, 0], [0, 0.25, 0.75], [0.3, 0.3, 0.4]];
const weight = [1, 0.5, 3];

/** The sums over samples of the definition, in plain numbers: of losses and of the weights of targets. */
function byDefinition(
  targets: readonly (readonly number[])[],
  { labelSmoothing: s = 0 }: CrossEntropyOptions,
  weights: readonly number[],
): { losses: number[]; weights: number[] } {
  const losses = targets.map((target, n) => {
    const total = Math.log(logits[n].reduce((sum, v) => sum + Math.exp(v), 0));
    return target.reduce((sum, q, c) => sum - ((1 - s) * q + s / 3) * weights[c] * (logits[n][c] - total), 0);
  });
  return { losses, weights: targets.map((t) => t.reduce((sum, q, c) => sum + q * weights[c], 0)) };
}

function add(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

const oneHot = classes.map((k) => [0, 1, 2].map((c) => Number(c === k)));

for (const labelSmoothing of [0, 0.1, 1]) {
  for (const weighted of [false, true]) {
    const options = { labelSmoothing, ...(weighted && { weight: f64(weight) }) };
    const w = weighted ? weight : [1, 1, 1];
    const title = `smoothed by ${labelSmoothing}${weighted ? ", weighted" : ""}`;

    Deno.test(`crossEntropy of class indices follows its definition, ${title}`, () => {
      const { losses, weights } = byDefinition(oneHot, options, w);
      const found = (reduction: "mean" | "sum" | "none") =>
        crossEntropy(f64(logits), i32(classes), { ...options, reduction }).dataSync();
      found("none").forEach((loss, n) => assertAlmostEquals(loss, losses[n], 1e-14));
      assertAlmostEquals(found("sum")[0], add(losses), 1e-13);
      assertAlmostEquals(found("mean")[0], add(losses) / add(weights), 1e-14);
    });

    Deno.test(`crossEntropy of probabilities follows its definition, ${title}`, () => {
      const { losses } = byDefinition(chances, options, w);
      const found = (reduction: "mean" | "sum" | "none") =>
        crossEntropy(f64(logits), f64(chances), { ...options, reduction }).dataSync();
      found("none").forEach((loss, n) => assertAlmostEquals(loss, losses[n], 1e-14));
      assertAlmostEquals(found("mean")[0], add(losses) / 4, 1e-14);
    });

    Deno.test(`crossEntropy has the gradients of differences to second order, ${title}`, async () => {
      const ofIndices = (x: Tensor) => crossEntropy(x, i32(classes), options);
      const ofChances = (x: Tensor, q: Tensor) => crossEntropy(x, q, options);
      await gradcheck(ofIndices, [f64(logits)]);
      await gradgradcheck(ofIndices, [f64(logits)]);
      await gradcheck(ofChances, [f64(logits), f64(chances)]);
      await gradgradcheck(ofChances, [f64(logits), f64(chances)]);
    });
  }
}

Deno.test("classes lie along axis 1, or along the only one", () => {
  // Two samples of two pixels: [batch, classes, pixel].
  const x = f64([[[0.5, 1], [-1, 0.25], [2, -0.75]], [[3, -0.5], [0, 0.5], [-2, 1.5]]]);
  const flat = crossEntropy(f64(logits), i32(classes), { reduction: "none" }).dataSync();
  const found = crossEntropy(x, i32([[2, 0], [1, 1]]), { reduction: "none", weight: f64([1, 1, 1]) });
  assertEquals(found.shape, [2, 2]);
  assertEquals(found.dataSync(), flat);
  const single = crossEntropy(f64(logits[0]), i32(2));
  assertEquals([single.shape, single.itemSync()], [[], flat[0]]);
  assertEquals(crossEntropy(f64(logits[1]), f64([1, 0, 0])).itemSync(), flat[1]);
});

Deno.test("weights, smoothing and ignored indices together give PyTorch's numbers", () => {
  const x = f64([[[0.5, 1], [-1, 0.25], [2, -0.75]], [[3, -0.5], [0, 0.5], [-2, 1.5]]]);
  const index = i32([[2, 0], [1, -100]]), q = f64(chances).reshape([2, 2, 3]).permute([0, 2, 1]);
  // By PyTorch 1.13: F.cross_entropy(x, …, weight, label_smoothing=…), whose ignore_index is -100.
  const answers: readonly [Tensor, CrossEntropyOptions, number][] = [
    [q, { weight: f64(weight) }, 3.7182497822282103],
    [q, { weight: f64(weight), reduction: "sum" }, 14.872999128912841],
    [q, { weight: f64(weight), labelSmoothing: 0.1 }, 3.6217207355095424],
    [index, { weight: f64(weight) }, 0.6110799916451543],
    [index, { weight: f64(weight), labelSmoothing: 0.1 }, 0.7625741031509985],
    [index, { labelSmoothing: 0.1 }, 1.3315766622591514],
  ];
  for (const [target, options, answer] of answers) {
    assertAlmostEquals(crossEntropy(x, target, { ...options, ignoreIndex: -100 }).itemSync(), answer, 1e-14);
  }
});

Deno.test("u32 indices do as well", () => {
  const expected = crossEntropy(f64(logits), i32(classes)).itemSync();
  assertEquals(crossEntropy(f64(logits), tensor(classes, { dtype: "u32" })).itemSync(), expected);
});

Deno.test("an ignored index takes no part, in value, mean and gradient", () => {
  const x = f64(logits);
  x.requiresGrad = true;
  for (const options of [{}, { weight: f64(weight), labelSmoothing: 0.1 }]) {
    const found = crossEntropy(x, i32([2, -100, 1, -100]), { ignoreIndex: -100, ...options });
    const kept = crossEntropy(f64([logits[0], logits[2]]), i32([2, 1]), options);
    assertAlmostEquals(found.itemSync(), kept.itemSync(), 1e-15);
    found.backward();
    assertEquals(x.grad!.slice(1).arraySync(), [0, 0, 0]);
    x.setGrad(null);
  }
  const nothing = crossEntropy(x, i32([9, 9, 9, 9]), { ignoreIndex: 9 });
  assertEquals(nothing.itemSync(), NaN);
  assertEquals(crossEntropy(x, i32([9, 9, 9, 9]), { ignoreIndex: 9, reduction: "sum" }).itemSync(), 0);
});

Deno.test("logits of any size give losses that are finite and exact", () => {
  const x = f64([[1e300, 0], [-1000, 1000], [100, -100]]);
  const found = crossEntropy(x, i32([0, 0, 0]), { reduction: "none" }).arraySync() as number[];
  assertEquals(found.slice(0, 2), [0, 2000]);
  assertAlmostEquals(found[2], 0, 1e-86);
});

Deno.test("an index that names no class is an error", () => {
  for (const bad of [3, -1]) {
    assertThrows(() => crossEntropy(f64(logits), i32([0, 1, 2, bad])), IndexError, String(bad));
  }
});

Deno.test("shapes that do not fit are an error that says both and the mend", () => {
  const fails = (input: Tensor, target: Tensor, text: string, options: CrossEntropyOptions = {}) =>
    assertThrows(() => crossEntropy(input, target, options), ShapeError, text);
  const x = zeros([4, 3]);
  fails(x, i32([[1], [2], [0], [1]]), "of [4, 3] against [4, 1]: class indices, as i32, have the shape [4]");
  fails(x, i32([0, 1]), "against [2]");
  fails(x, zeros([4]), "probabilities, as f32, have the shape [4, 3], and class indices, as i32, [4]");
  fails(zeros([]), i32(0), "logits have an axis of classes");
  fails(x, i32(classes), "Cannot weigh 3 classes by [2]", { weight: zeros([2]) });
  assertThrows(() => crossEntropy(x, i32(classes).equal(1)), DtypeError, "against bool");
  assertThrows(() => crossEntropy(x, i32(classes), { labelSmoothing: 2 }), RangeError, "by 2");
});

Deno.test("empty batches: a sum of 0 and a mean of NaN", () => {
  const [x, index, q] = [zeros([0, 3]), tensor(new Int32Array(0)), zeros([0, 3])];
  assertEquals([crossEntropy(x, index).itemSync(), crossEntropy(x, q).itemSync()], [NaN, NaN]);
  assertEquals(crossEntropy(x, index, { reduction: "sum" }).itemSync(), 0);
});
