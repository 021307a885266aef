import "@tapegrad/backends";
import { limitGradientNorm, limitGradients, variable } from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";

Deno.test("gradients are brought within bounds, and what has none is passed over", async () => {
  const a = variable([0, 0]), b = variable(0);
  assertEquals(await limitGradientNorm([a, b], 1).item(), 0);
  a.mul(2).sum().backward();
  limitGradients([a, b], 1);
  assertEquals([await a.grad!.array(), b.grad], [[1, 1], null]);
});

Deno.test("what are no tensors, or no bounds, is refused", () => {
  const a = variable(0);
  assertThrows(() => limitGradientNorm(a as never, 1), TypeError, "a list of tensors is needed");
  assertThrows(() => limitGradients([3 as never], 1), TypeError, "Cannot clip the gradient of 3");
  assertThrows(() => limitGradients([a], -1), RangeError, "largest value");
  assertThrows(() => limitGradientNorm([a], NaN), RangeError, "largest norm");
  assertThrows(() => limitGradientNorm([a], 1, { order: -1 }), RangeError, "norm of order");
});
