/** The adaptive softmax against PyTorch's. */
import { IndexError, key, ShapeError, tensor, zeros } from "@tapegrad/core";
import { AdaptiveLogSoftmaxWithLoss } from "@tapegrad/nn";
import { assertEquals, assertThrows } from "@std/assert";
import { assertRefuses } from "../backend_traits.ts";
import { againstPyTorch, type AnyLayer, type Case } from "./against_pytorch.ts";
import reference from "./reference/adaptive_softmax.json" with { type: "json" };

function make({ arguments: given, options, note }: Case): AnyLayer {
  const layer = new AdaptiveLogSoftmaxWithLoss(...given as [number, number, number[]], options);
  if (note === "logProb") return Object.assign(layer, { forward: layer.logProb });
  return note === "predict" ? Object.assign(layer, { forward: layer.predict }) : layer;
}

againstPyTorch(reference, {
  make,
  smooth: ({ note }) => note !== "predict",
  mapped: ({ note }) => note !== "predict",
});

const i32 = (values: number | number[]) => tensor(values, { dtype: "i32" });

Deno.test("the adaptive softmax begins as its key says", async () => {
  const values = (of: number) =>
    Promise.all(
      new AdaptiveLogSoftmaxWithLoss(4, 6, [2], { key: key(of) }).parameters().map((p) => p.array()),
    );
  assertEquals(await values(1), await values(1));
  assertEquals(JSON.stringify(await values(1)) === JSON.stringify(await values(2)), false);
});

Deno.test("the adaptive softmax refuses what does not fit", async () => {
  const model = new AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4]), x = zeros([2, 4]);
  for (const bad of [6, -1]) await assertRefuses(() => model.forward(x, i32([0, bad])).loss, IndexError);
  assertThrows(() => model.forward(x, i32([0])), ShapeError, "[batch, 4] and [batch] are needed");
  assertThrows(() => model.forward(x, zeros([2])), TypeError, 'cast with to("i32")');
  assertThrows(() => model.forward(zeros([2, 3]), i32([0, 1])), ShapeError, "the last extent must be 4");
  for (const cutoffs of [[], [0], [6], [4, 2], [2, 2], [1.5], 3]) {
    assertThrows(() => new AdaptiveLogSoftmaxWithLoss(4, 6, cutoffs as number[]), RangeError, "from 1 to 5");
  }
});
