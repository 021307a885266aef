import {
  type DType,
  fromArray,
  isFloating,
  noGrad,
  read,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { bceWithLogitsLoss, huberLoss, l1Loss, mseLoss, smoothL1Loss } from "@tapegrad/nn";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { backend, precise, precision, within } from "../backend_traits.ts";
import { checkDerivatives } from "../proof/gradients/checks.ts";
import { f64 } from "../table/row.ts";
import {
  elementsOf,
  type EncodedTensor,
  fitsSingle,
  inSingle,
  structured,
} from "../proof/special/reference.ts";

type LossFunction = (input: Tensor, target: Tensor, options?: Record<string, unknown>) => Tensor;

/** The reference's names and ours. */
const losses: Readonly<Record<string, LossFunction>> = {
  mse: nn.mseLoss as LossFunction,
  l1: nn.l1Loss as LossFunction,
  bce: nn.bceLoss as LossFunction,
  bceWithLogits: nn.bceWithLogitsLoss as LossFunction,
  huber: nn.huberLoss as LossFunction,
  smoothL1: nn.smoothL1Loss as LossFunction,
  crossEntropy: nn.crossEntropy as LossFunction,
};

const optionNames: Readonly<Record<string, string>> = { "label_smoothing": "labelSmoothing" };

function decoded(encoded: EncodedTensor): Tensor {
  const { dtype, shape, grad } = encoded.$tensor;
  const data = Float64Array.from(elementsOf(encoded));
  return fromArray(data, shape, { dtype: dtype === "i64" ? "i32" : dtype, requiresGrad: grad });
}

const relative = { f64: 1e-12, f32: 2e-6, i64: 0, bool: 0 };

async function assertClose(found: Tensor, expected: EncodedTensor, what: string): Promise<void> {
  assertEquals(found.shape, expected.$tensor.shape, what);
  const allowed = relative[expected.$tensor.dtype], values = await found.data();
  elementsOf(expected).forEach((value, i) => {
    const ours = values[i];
    // PyTorch's gradient of -100 logits against 1 is 0, the true one e⁻¹⁰⁰.
    const near = Object.is(ours, value) || Math.abs(ours - value) <= allowed * Math.abs(value) + 1e-30;
    assert(near, `${what}, element ${i}: ${ours}, PyTorch ${value}`);
  });
}

const rows = structured.filter((row) => row.op in losses)
  .map((row) => precision === "f32" && fitsSingle(row) ? inSingle(row) : row)
  .filter((row) => backend.dtypes.has(row.input[0].$tensor.dtype as DType));

Deno.test("the reference has every loss", () => {
  const named = new Set(structured.map((row) => row.op));
  assertEquals(Object.keys(losses).filter((op) => !named.has(op)), []);
});

for (const [number, { op, input, kwargs, output, grad, cotangent }] of rows.entries()) {
  const options = Object.fromEntries(Object.entries(kwargs).map(([k, v]) => [optionNames[k] ?? k, v]));
  const { dtype } = input[0].$tensor;
  Deno.test(`${op} ${number} is PyTorch's, ${dtype}, ${JSON.stringify(options)}`, async () => {
    const [x, y] = input.map(decoded);
    const loss = losses[op](x, y, options);
    assertEquals(loss.dtype, dtype);
    await assertClose(loss, output![0], "value");
    if (!cotangent) return;
    loss.backward({ gradient: decoded(cotangent) });
    await assertClose(x.grad!, grad![0]!, "gradient to the input");
    if (grad![1]) await assertClose(y.grad!, grad![1], "gradient to the target");
  });
}

const points = {
  x: [[0.3, -1.2, 2.1], [0.7, 1.9, -0.4]],
  y: [[0.1, 0.9, 0.5], [0.2, 0.6, 0.8]],
  p: [[0.3, 0.2, 0.9], [0.7, 0.1, 0.4]],
};
const [x, y, p] = [points.x, points.y, points.p].map(precise);

/** Calls away from kinks; the reductions and options between them. */
const smooth: Readonly<Record<string, [(x: Tensor, y: Tensor) => Tensor, number[][]]>> = {
  mseLoss: [(x, y) => mseLoss(x, y), points.x],
  "mseLoss, sum": [(x, y) => mseLoss(x, y, { reduction: "sum" }), points.x],
  "mseLoss, none": [(x, y) => mseLoss(x, y, { reduction: "none" }), points.x],
  l1Loss: [(x, y) => l1Loss(x, y), points.x],
  bceLoss: [(x, y) => nn.bceLoss(x, y), points.p],
  bceWithLogitsLoss: [(x, y) => bceWithLogitsLoss(x, y), points.x],
  "bceWithLogitsLoss, weighted": [
    (x, y) =>
      bceWithLogitsLoss(x, y, { posWeight: tensor([1, 2, 3], { dtype: x.dtype, backend: x.backend }) }),
    points.x,
  ],
  huberLoss: [(x, y) => huberLoss(x, y, { delta: 0.7 }), points.x],
  smoothL1Loss: [(x, y) => smoothL1Loss(x, y, { beta: 0.7, reduction: "none" }), points.x],
};

for (const [name, [loss, input]] of Object.entries(smooth)) {
  Deno.test(`${name} has right gradients to second order`, () =>
    checkDerivatives({ op: name, name, inputs: () => [f64(input), f64(points.y)], call: loss }));
}

const shapeless: readonly [string, (x: Tensor, y: Tensor) => Tensor][] = [
  ["mseLoss", mseLoss],
  ["l1Loss", l1Loss],
  ["bceLoss", nn.bceLoss],
  ["bceWithLogitsLoss", bceWithLogitsLoss],
  ["huberLoss", huberLoss],
  ["smoothL1Loss", smoothL1Loss],
];

for (const [name, loss] of shapeless) {
  Deno.test(`${name} refuses shapes that differ, and says how to mend them`, () => {
    const error = assertThrows(() => loss(zeros([4, 1]), zeros([4])), ShapeError);
    assertEquals(
      error.message,
      `Cannot take the ${name} of [4, 1] against [4]: they must be equal, not broadcast: ` +
        "reshape the target to [4, 1]",
    );
    assertThrows(() => loss(zeros([4, 1]), zeros([1, 1])), ShapeError, "a target of the input's shape");
    assertThrows(() => loss(zeros([2]), zeros([])), ShapeError);
  });
}

Deno.test("a reduction that is none is refused", () => {
  const options = { reduction: "average" as "mean" };
  assertThrows(() => mseLoss(x, y, options), TypeError, 'by "average": choose mean, sum or none');
});

Deno.test("huber and smoothL1 refuse a width that makes no sense", () => {
  assertThrows(() => huberLoss(x, y, { delta: 0 }), RangeError, "delta 0");
  assertThrows(() => huberLoss(x, y, { delta: NaN }), RangeError);
  assertThrows(() => smoothL1Loss(x, y, { beta: -1 }), RangeError, "beta -1");
});

Deno.test("logits of any size give losses and gradients that are finite and exact", async () => {
  const points = [-1000, -100, -40, 0, 40, 100, 1000], logits = precise(points);
  const [rounding, least] = [within(1e-15, 1e-6), within(1e-300, 2 ** -126)];
  logits.requiresGrad = true;
  for (const target of [0, 1]) {
    const loss = bceWithLogitsLoss(logits, logits.detach().mul(0).add(target), { reduction: "none" });
    loss.sum().backward();
    const [values, slopes] = await read([loss, logits.grad!]);
    points.forEach((v, i) => {
      const z = target === 1 ? -v : v, expected = Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
      const slope = (z < 0 ? Math.exp(z) : 1) / (1 + Math.exp(-Math.abs(z))) * (target === 1 ? -1 : 1);
      assertAlmostEquals(values[i], expected, rounding * expected + least);
      assertAlmostEquals(slopes[i], slope, rounding * Math.abs(slope) + least);
    });
    logits.setGrad(null);
  }
});

Deno.test("the weight of the positive class multiplies its term, one a class", async () => {
  const options = { posWeight: precise([3, 0.5]), reduction: "none" } as const;
  const of = (target: number, chosen: nn.BCEWithLogitsOptions) =>
    bceWithLogitsLoss(precise([[0.5, -2]]), precise([[target, target]]), chosen);
  const plain = (target: number) => of(target, { reduction: "none" });
  const [weighted, ones, zeros, expected] = await read([of(1, options), plain(1), of(0, options), plain(0)]);
  assertAlmostEquals(weighted[0], 3 * ones[0], within(1e-15, 5e-7));
  assertAlmostEquals(weighted[1], 0.5 * ones[1], within(1e-15, 5e-7));
  assertEquals(zeros, expected);
});

Deno.test("a loss module is its function with options given once, and holds weights alone", async () => {
  const modules: readonly [nn.Loss, Tensor][] = [
    [new nn.MSELoss(), mseLoss(x, y)],
    [new nn.L1Loss({ reduction: "sum" }), l1Loss(x, y, { reduction: "sum" })],
    [new nn.BCEWithLogitsLoss({ posWeight: 2 }), bceWithLogitsLoss(x, y, { posWeight: 2 })],
    [new nn.HuberLoss({ delta: 0.5 }), huberLoss(x, y, { delta: 0.5 })],
    [new nn.SmoothL1Loss({ beta: 0.5 }), smoothL1Loss(x, y, { beta: 0.5 })],
    [
      new nn.CrossEntropyLoss({ weight: precise([1, 2, 3]) }),
      nn.crossEntropy(x, y, { weight: precise([1, 2, 3]) }),
    ],
  ];
  for (const [module, expected] of modules) {
    assertEquals(await module.forward(x, y).item(), await expected.item());
    const held = module instanceof nn.WeightedLoss && module.weight ? ["weight"] : [];
    assertEquals([Object.keys(module.stateDict()), module.training], [held, true]);
  }
  assertEquals(await new nn.BCELoss().forward(p, y).item(), await nn.bceLoss(p, y).item());
});

Deno.test("a target of integers or truth values counts as numbers", async () => {
  const target = tensor([1, 0], { dtype: "i32" });
  assertEquals(await mseLoss(precise([3, 1]), target).item(), 2.5);
  const truth = noGrad(() => bceWithLogitsLoss(precise([0, 0]), target.equal(1)));
  assert(isFloating(truth.dtype));
  assertAlmostEquals(await truth.item(), Math.LN2, within(1e-15, 1e-7));
});
