import { DtypeError, IndexError, read, ShapeError, type Tensor, tensor, zeros } from "@tapegrad/core";
import { crossEntropy, type CrossEntropyOptions } from "@tapegrad/nn";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { assertRefuses, precise, within } from "../backend_traits.ts";
import { checkDerivatives } from "../proof/gradients/checks.ts";
import * as row from "../table/row.ts";

/** A tolerance of f64, or what a few units in the last place of f32 are. */
const rounding = (double: number) => within(double, 4e-6);
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
    const options = { labelSmoothing, ...(weighted && { weight: precise(weight) }) };
    const w = weighted ? weight : [1, 1, 1];
    const title = `smoothed by ${labelSmoothing}${weighted ? ", weighted" : ""}`;

    Deno.test(`crossEntropy of class indices follows its definition, ${title}`, async () => {
      const { losses, weights } = byDefinition(oneHot, options, w);
      const found = (reduction: "mean" | "sum" | "none") =>
        crossEntropy(precise(logits), i32(classes), { ...options, reduction });
      const [none, [sum], [mean]] = await read([found("none"), found("sum"), found("mean")]);
      none.forEach((loss, n) => assertAlmostEquals(loss, losses[n], rounding(1e-14)));
      assertAlmostEquals(sum, add(losses), rounding(1e-13));
      assertAlmostEquals(mean, add(losses) / add(weights), rounding(1e-14));
    });

    Deno.test(`crossEntropy of probabilities follows its definition, ${title}`, async () => {
      const { losses } = byDefinition(chances, options, w);
      const found = (reduction: "mean" | "none") =>
        crossEntropy(precise(logits), precise(chances), { ...options, reduction });
      const [none, [mean]] = await read([found("none"), found("mean")]);
      none.forEach((loss, n) => assertAlmostEquals(loss, losses[n], rounding(1e-14)));
      assertAlmostEquals(mean, add(losses) / 4, rounding(1e-14));
    });

    Deno.test(`crossEntropy has right gradients to second order, ${title}`, async () => {
      const call = (x: Tensor, target: Tensor) => crossEntropy(x, target, { ...options, ...weighing(x) });
      const weighing = ({ dtype, backend }: Tensor) =>
        weighted ? { weight: tensor(weight, { dtype, backend }) } : {};
      for (const target of [() => row.i32(classes), () => row.f64(chances)]) {
        const inputs = () => [row.f64(logits), target()];
        await checkDerivatives({ op: "crossEntropy", name: title, inputs, call });
      }
    });
  }
}

Deno.test("classes lie along axis 1, or along the only one", async () => {
  // Two samples of two pixels: [batch, classes, pixel].
  const x = precise([[[0.5, 1], [-1, 0.25], [2, -0.75]], [[3, -0.5], [0, 0.5], [-2, 1.5]]]);
  const flat = await crossEntropy(precise(logits), i32(classes), { reduction: "none" }).data();
  const found = crossEntropy(x, i32([[2, 0], [1, 1]]), { reduction: "none", weight: precise([1, 1, 1]) });
  assertEquals(found.shape, [2, 2]);
  assertEquals(await found.data(), flat);
  const single = crossEntropy(precise(logits[0]), i32(2));
  assertEquals([single.shape, await single.item()], [[], flat[0]]);
  assertEquals(await crossEntropy(precise(logits[1]), precise([1, 0, 0])).item(), flat[1]);
});

Deno.test("weights, smoothing and ignored indices together give PyTorch's numbers", async () => {
  const x = precise([[[0.5, 1], [-1, 0.25], [2, -0.75]], [[3, -0.5], [0, 0.5], [-2, 1.5]]]);
  const index = i32([[2, 0], [1, -100]]), q = precise(chances).reshape([2, 2, 3]).permute([0, 2, 1]);
  // By PyTorch 1.13: F.cross_entropy(x, …, weight, label_smoothing=…), whose ignore_index is -100.
  const answers: readonly [Tensor, CrossEntropyOptions, number][] = [
    [q, { weight: precise(weight) }, 3.7182497822282103],
    [q, { weight: precise(weight), reduction: "sum" }, 14.872999128912841],
    [q, { weight: precise(weight), labelSmoothing: 0.1 }, 3.6217207355095424],
    [index, { weight: precise(weight) }, 0.6110799916451543],
    [index, { weight: precise(weight), labelSmoothing: 0.1 }, 0.7625741031509985],
    [index, { labelSmoothing: 0.1 }, 1.3315766622591514],
  ];
  for (const [target, options, answer] of answers) {
    assertAlmostEquals(
      await crossEntropy(x, target, { ...options, ignoreIndex: -100 }).item(),
      answer,
      rounding(1e-14),
    );
  }
});

Deno.test("u32 indices do as well", async () => {
  const expected = await crossEntropy(precise(logits), i32(classes)).item();
  assertEquals(await crossEntropy(precise(logits), tensor(classes, { dtype: "u32" })).item(), expected);
});

Deno.test("an ignored index takes no part, in value, mean and gradient", async () => {
  const x = precise(logits);
  x.requiresGrad = true;
  for (const options of [{}, { weight: precise(weight), labelSmoothing: 0.1 }]) {
    const found = crossEntropy(x, i32([2, -100, 1, -100]), { ignoreIndex: -100, ...options });
    const kept = crossEntropy(precise([logits[0], logits[2]]), i32([2, 1]), options);
    assertAlmostEquals(await found.item(), await kept.item(), rounding(1e-15));
    found.backward();
    assertEquals(await x.grad!.slice(1).array(), [0, 0, 0]);
    x.setGrad(null);
  }
  const nothing = crossEntropy(x, i32([9, 9, 9, 9]), { ignoreIndex: 9 });
  assertEquals(await nothing.item(), NaN);
  assertEquals(await crossEntropy(x, i32([9, 9, 9, 9]), { ignoreIndex: 9, reduction: "sum" }).item(), 0);
});

Deno.test("what is not a number in an ignored sample does not reach gradients", async () => {
  const x = tensor([[1, NaN], [0, 0]], { requiresGrad: true });
  crossEntropy(x, i32([-1, 1]), { ignoreIndex: -1, reduction: "sum" }).backward();
  assertEquals(await x.grad!.array(), [[0, 0], [0.5, -0.5]]);
});

Deno.test("weights of classes and probabilities have gradients, whose gradients are right too", async () => {
  const call = (...[x, w, q]: Tensor[]) => {
    const target = q ?? tensor(Int32Array.of(2, -1, 1, 1), { backend: x.backend.name });
    return crossEntropy(x, target, { weight: w, labelSmoothing: 0.1, ignoreIndex: -1 });
  };
  for (const others of [[row.f64(weight)], [row.f64(weight), row.f64(chances)]]) {
    const inputs = () => [row.f64(logits), ...others];
    await checkDerivatives({ op: "crossEntropy", name: `of ${others.length} more`, inputs, call });
  }
});

Deno.test("logits of any size give losses that are finite and exact", async () => {
  const x = precise([[within(1e300, 1e38), 0], [-1000, 1000], [100, -100]]);
  const found = (await crossEntropy(x, i32([0, 0, 0]), { reduction: "none" }).array()) as number[];
  assertEquals(found.slice(0, 2), [0, 2000]);
  assertAlmostEquals(found[2], 0, 1e-86);
});

Deno.test("an index that names no class is an error", async () => {
  for (const bad of [3, -1]) {
    await assertRefuses(() => crossEntropy(precise(logits), i32([0, 1, 2, bad])), IndexError, String(bad));
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

Deno.test("empty batches: a sum of 0 and a mean of NaN", async () => {
  const [x, index, q] = [zeros([0, 3]), tensor(new Int32Array(0)), zeros([0, 3])];
  assertEquals([await crossEntropy(x, index).item(), await crossEntropy(x, q).item()], [NaN, NaN]);
  assertEquals(await crossEntropy(x, index, { reduction: "sum" }).item(), 0);
});
