/** Activations that are more than a function of each element, at their edges. */
import * as tg from "@tapegrad/core";
import {
  glu,
  gumbelSoftmax,
  key,
  prelu,
  ShapeError,
  softmin,
  tensor,
  threshold,
  variable,
  zeros,
} from "@tapegrad/core";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { precise, within } from "../../backend_traits.ts";

Deno.test("threshold gives the value at the threshold, with no gradient, and lets NaN pass", async () => {
  const x = variable([0.5, 1, NaN, Infinity, -Infinity, 2]), y = threshold(x, 1, 7);
  y.sum().backward();
  assertEquals(await y.array(), [7, 7, NaN, Infinity, 7, 2]);
  assertEquals(await x.grad!.array(), [0, 0, 1, 1, 0, 1]);
});

Deno.test("prelu has the slope of its weight at 0, and no channels of a vector", async () => {
  const x = variable([0, -2, 3]), weight = variable([0.25]);
  prelu(x, weight).sum().backward();
  assertEquals([await x.grad!.array(), await weight.grad!.array()], [[0.25, 0.25, 1], [-2]]);
  assertThrows(
    () => prelu(zeros([3]), zeros([3])),
    ShapeError,
    "by [3]: a weight of one number or [1] is needed",
  );
  assertThrows(() => prelu(zeros([2, 3]), zeros([1, 3])), ShapeError);
  assertThrows(() => prelu(zeros([2, 3]), 0.1 as never), TypeError, "prelu by a weight of");
});

Deno.test("glu and softmin refuse axes that do not fit, and take empty tensors", () => {
  assertThrows(
    () => glu(zeros([3, 5])),
    ShapeError,
    "Cannot glu [3, 5] along axis -1: an even extent is needed",
  );
  assertThrows(() => glu(zeros([])), ShapeError);
  assertThrows(() => glu(zeros([2]), 1), ShapeError, "along axis 1");
  assertEquals(glu(zeros([0, 4])).shape, [0, 2]);
  assertEquals(softmin(zeros([0, 3])).shape, [0, 3]);
});

Deno.test("a hard sample is one class, drawn as often as it is likely, with the gradient of the soft one", async () => {
  const logits = precise([[0, 1, 2]]).expand([3000, 3]), options = { key: key(5), tau: 0.5 };
  const hard = gumbelSoftmax(logits, { ...options, hard: true }),
    often = await hard.mean(0).array() as number[];
  assertEquals(new Set(await hard.data()), new Set([0, 1]));
  const likely = await tg.softmax(tensor([0, 1, 2])).array() as number[];
  often.forEach((found, i) => assertAlmostEquals(found, likely[i], 0.04));
  const gradients = await Promise.all([true, false].map(async (hard) => {
    const x = precise([[1, -1], [0.5, 2]]);
    x.requiresGrad = true;
    gumbelSoftmax(x, { ...options, hard, axis: 0 }).mul(precise([[1, 2], [3, 4]])).sum().backward();
    return await x.grad!.data();
  }));
  gradients[0].forEach((slope, i) => assertAlmostEquals(slope, gradients[1][i], within(1e-12, 1e-6)));
});

Deno.test("a class that is impossible is never drawn", async () => {
  const drawn = gumbelSoftmax(tensor([0, -Infinity]).expand([100, 2]), { key: key(1) });
  assertEquals(new Set(await drawn.slice([], 1).data()), new Set([0]));
  assertThrows(
    () => gumbelSoftmax(tensor([1, 2], { dtype: "i32" })),
    tg.DtypeError,
    "a floating dtype is needed",
  );
  assertThrows(() => gumbelSoftmax(zeros([2]), { temperature: 1 } as never), TypeError, "It takes tau");
});
