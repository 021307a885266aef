/** Losses against PyTorch's. */
import * as nn from "@tapegrad/nn";
import { abs, sub, sum, type Tensor } from "@tapegrad/core";
import { againstPyTorch, type AnyLayer, type Case, type Written, written } from "./against_pytorch.ts";
import reference from "./reference/losses.json" with { type: "json" };

const distances: Readonly<Record<string, nn.DistanceFunction>> = {
  "sum of differences": (a: Tensor, b: Tensor) => sum(abs(sub(a, b)), -1),
};

function optionOf(value: unknown): unknown {
  if (typeof value === "object" && value !== null) return written(value as Written);
  if (value === "Infinity") return Infinity;
  return typeof value === "string" ? distances[value] ?? value : value;
}

function make({ layer, options }: Case): AnyLayer {
  const own = Object.entries(options).map(([name, value]) => [name, optionOf(value)]);
  const Loss = (nn as unknown as Record<string, new (options: object) => AnyLayer>)[layer];
  return new Loss(Object.fromEntries(own));
}

againstPyTorch(reference, {
  make,
  // The gradient of CTC takes its input for a log softmax; what it is through one, ctc_test.ts compares.
  smooth: ({ note, layer }) => note === undefined && layer !== "CTCLoss",
  mapped: ({ note }) => note === undefined,
});
