import { assertEquals } from "@std/assert";
import { structured } from "./reference.ts";
import { because, stale, type StructuredException, testCase } from "./structured.ts";
import { losses } from "./structured_table.ts";

const logits = "bceWithLogits([0, 100, -100, 100, -100, 1000, -1000, 0.5], [0.5, 1, 0, 0, 1, 1, 1, 0.3]";
const logits32 = "bceWithLogits([100, -100, 90, -90, 1e+30] f32, [0, 1, 1, 0, 0] f32, reduction=none)";
const small = "PyTorch loses e^-100 beside 1, and what f32 cannot hold in full";

const classes = "crossEntropy([[1, 2, 3], [1000, -1000, 0], [0, 0, 0], [-Infinity, 0, 1]], [2, 1, 0, 1]";
const chances =
  "crossEntropy([[1, 2, 3], [1000, -1000, 0], [0, 0, 0]], [[0, 0, 1], [0.2, 0.3, 0.5], [1, 0, 0]]";
const smoothed =
  "PyTorch's is 3.6 units off e/(e + e² + e³) - 0.1/3 in exact arithmetic, whose two terms are of one size";

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
  ...because(smoothed, "gradient", {
    [`${classes}, reduction=none, label_smoothing=0.1)`]: { 0: 0.05669723983704712 },
    [`${classes}, reduction=sum, label_smoothing=0.1)`]: { 0: 0.05669723983704712 },
    [`${classes}, reduction=mean, label_smoothing=0.1)`]: { 0: 0.01417430995926178 },
    [`${chances}, reduction=none, label_smoothing=0.1)`]: { 0: 0.05669723983704712 },
    [`${chances}, reduction=sum, label_smoothing=0.1)`]: { 0: 0.05669723983704712 },
  }),
];

for (const record of structured.filter(({ op }) => op in losses)) {
  testCase(record, losses[record.op], exceptions);
}

Deno.test("an answer that PyTorch shares, or none has, is no exception of a loss", () => {
  assertEquals(stale(exceptions), []);
});
