import type { Tensor } from "@tapegrad/core";
import {
  bceLoss,
  bceWithLogitsLoss,
  crossEntropy,
  huberLoss,
  l1Loss,
  mseLoss,
  type Reduction,
  smoothL1Loss,
} from "@tapegrad/nn";
import { assertEquals } from "@std/assert";
import { close } from "../../../backends/conformance/ops/row.ts";
import { type Structured, structured } from "./reference.ts";
import { because, stale, type StructuredException, type StructuredRow, testCase } from "./structured.ts";
import { ofLosses } from "./structured_table.ts";

type Kwargs = Structured["kwargs"];
type Loss<O> = (input: Tensor, target: Tensor, options?: O) => Tensor;

function reductionOf({ reduction }: Kwargs): { readonly reduction: Reduction } {
  return { reduction: (reduction ?? "mean") as Reduction };
}

function row(
  loss: Loss<object>,
  extra: (kwargs: Kwargs) => object = () => ({}),
): StructuredRow {
  return {
    call: ([input, target], kwargs) => [loss(input, target, { ...reductionOf(kwargs), ...extra(kwargs) })],
    special: { ...close, gradientSize: Number.MIN_VALUE, why: "a gradient of 0 may have either sign" },
  };
}

/** Every op of {@link ofLosses}. */
const table: Readonly<Record<string, StructuredRow>> = {
  mse: row(mseLoss),
  l1: row(l1Loss),
  bce: row(bceLoss),
  bceWithLogits: row(bceWithLogitsLoss),
  crossEntropy: row(crossEntropy, (k) => ({ labelSmoothing: Number(k.label_smoothing ?? 0) })),
  huber: row(huberLoss, (k) => ({ delta: Number(k.delta) })),
  smoothL1: row(smoothL1Loss, (k) => ({ beta: Number(k.beta) })),
};

const logits = "bceWithLogits([0, 100, -100, 100, -100, 1000, -1000, 0.5], [0.5, 1, 0, 0, 1, 1, 1, 0.3]";
const logits32 = "bceWithLogits([100, -100, 90, -90, 1e+30] f32, [0, 1, 1, 0, 0] f32, reduction=none)";
const small = "PyTorch loses e^-100 beside 1, and what f32 cannot hold in full";

const exceptions: readonly StructuredException[] = [
  ...because(small, "output", {
    [`${logits}, reduction=none)`]: { 1: 3.720075976020836e-44, 2: 3.720075976020836e-44 },
    [logits32]: { 2: 8.194012623990515e-40, 3: 8.194012623990515e-40 },
  }),
  ...because(small, "gradient", {
    [`${logits}, reduction=none)`]: { 1: -3.720075976020836e-44 },
    [`${logits}, reduction=sum)`]: { 1: -3.720075976020836e-44 },
    [`${logits}, reduction=mean)`]: { 1: -3.720075976020836e-44 / 8 },
    [logits32]: { 2: -8.194012623990515e-40, 3: 8.194012623990515e-40 },
  }),
];

for (const record of structured.filter(({ op }) => ofLosses.includes(op))) {
  testCase(record, table[record.op], exceptions);
}

Deno.test("an answer that PyTorch shares, or none has, is no exception of a loss", () => {
  assertEquals(stale(exceptions), []);
});
