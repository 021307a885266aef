/** What our own backends are held to, in Deno and in a browser alike. */
import type { CompositeSample, ConformanceOptions } from "@tapegrad/backends/conformance";
import { type Tensor, vjp } from "@tapegrad/core";
import { crossEntropy } from "@tapegrad/nn";
import { indices } from "../../backends/conformance/ops/composites.ts";
import { matrices } from "./matrices.ts";
import { ulpBudget, unitSize } from "../../backends/webgpu/wgsl/budget.ts";

// Where units do not shrink towards zeros of the function, the suite has a floor of its own.
const tight = Object.entries(ulpBudget).filter(([name]) => !Object.hasOwn(unitSize, name));

const classes = (x: Tensor) => indices([0, 4, 1, 1, 2, 3], x);

/** Composites that are not core's. */
const composites: readonly CompositeSample[] = [
  ...matrices,
  {
    op: "crossEntropy",
    detail: "of 5 classes",
    shapes: [[6, 5]],
    call: (x) => crossEntropy(x, classes(x)),
  },
  {
    op: "crossEntropy",
    detail: "of pixels, smoothed and weighted, of which some are ignored",
    shapes: [[2, 5, 3], [5]],
    call: (x, weight) => {
      const target = indices([[0, -1, 1], [4, 2, -1]], x);
      return crossEntropy(x, target, { weight, labelSmoothing: 0.1, ignoreIndex: -1, reduction: "none" });
    },
  },
  {
    op: "crossEntropy",
    detail: "of probabilities",
    shapes: [[6, 5], [6, 5], [5]],
    call: (x, chances, weight) => crossEntropy(x, chances, { weight, labelSmoothing: 0.2 }),
  },
  {
    op: "crossEntropyBackward",
    detail: "of 5 classes",
    shapes: [[6, 5], [6]],
    call: (x, ct) => vjp((x) => crossEntropy(x, classes(x), { reduction: "none" }), x)[1](ct),
  },
];

const held: Readonly<Record<string, ConformanceOptions>> = {
  webgpu: { budget: Object.fromEntries(tight) },
};

/** The options of the suite for a backend of ours, or of anyone. */
export function optionsFor(backend: string): ConformanceOptions {
  return { ...held[backend], composites };
}
