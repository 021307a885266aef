import { key, manualSeed, ones, ShapeError, type Tensor, tensor, zeros } from "@tapegrad/core";
import * as core from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { type Activation, Dropout, Flatten, Identity, Linear, Sequential, Tanh } from "@tapegrad/nn";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { precision, testWith } from "../backend_traits.ts";
import { checkDerivatives } from "../proof/gradients/checks.ts";
import { sample } from "../table/row.ts";

Deno.test("Linear is x·Wᵀ + b on inputs of any rank", async () => {
  const layer = new Linear(2, 3);
  layer.loadStateDict({ weight: tensor([[1, 2], [3, 4], [5, 6]]), bias: tensor([0, 0, 100]) });
  assertEquals(await layer.forward(tensor([1, 10])).array(), [21, 43, 165]);
  assertEquals(await layer.forward(tensor([[1, 10], [0, 0]])).array(), [[21, 43, 165], [0, 0, 100]]);
  assertEquals(await layer.forward(tensor([[[1, 10]], [[0, 1]]])).array(), [[[21, 43, 165]], [[2, 4, 106]]]);
  assertEquals(layer.forward(zeros([4, 0, 2])).shape, [4, 0, 3]);
  assertEquals(layer.forward(zeros([0, 2])).shape, [0, 3]);
});

Deno.test("Linear has the gradients of its formula", async () => {
  const call = (x: Tensor, weight: Tensor, bias: Tensor) =>
    Object.assign(new Linear(3, 2), { weight, bias }).forward(x);
  for (const shape of [[3], [4, 3], [2, 4, 3]]) {
    const inputs = () => [shape, [2, 3], [2]].map((s, seed) => sample(s, { seed }));
    await checkDerivatives({ op: "Linear", name: `of [${shape}]`, inputs, call });
  }
});

Deno.test("Linear without a bias has one parameter", () => {
  const layer = new Linear(2, 3, { bias: false, dtype: precision });
  assertEquals([...layer.namedParameters().keys()], ["weight"]);
  assertStrictEquals(layer.bias, null);
  assertEquals(layer.weight.dtype, precision);
});

Deno.test("Linear starts as PyTorch's, uniform between ±1/√inFeatures", async () => {
  const { weight, bias } = new Linear(400, 500, { key: key(3) });
  for (const [p, allowed] of [[weight, 1e-4], [bias!, 3e-3]] as const) {
    const [[largest], [mean], [deviation]] = await core.read([p.abs().max(), p.mean(), p.std()]);
    assert(largest <= 1 / 20 && largest > 0.049);
    assertAlmostEquals(mean, 0, allowed * 2);
    assertAlmostEquals(deviation, 1 / 20 / Math.sqrt(3), allowed);
  }
  const [row, biases] = await core.read([weight.slice(0), bias!]);
  assertEquals(row.some((v, i) => v === biases[i]), false);
});

Deno.test("a key or the global seed gives the same parameters again", async () => {
  const drawn = (options = {}) => core.read(new Linear(3, 2, options).parameters());
  assertEquals(await drawn({ key: key(1) }), await drawn({ key: key(1) }));
  assertNotEquals(await drawn({ key: key(1) }), await drawn({ key: key(2) }));
  manualSeed(5);
  const first = await drawn(), second = await drawn();
  manualSeed(5);
  assertEquals(await drawn(), first);
  assertNotEquals(first, second);
});

Deno.test("Linear refuses an input of another width", () => {
  const error = assertThrows(() => new Linear(2, 1).forward(zeros([4, 3])), ShapeError);
  assertEquals(error.message, "Cannot apply Linear(2, 1) to [4, 3]: the last extent must be 2");
  assertThrows(() => new Linear(2, 1).forward(zeros([])), ShapeError, "to []");
});

Deno.test("Sequential applies its modules in order and gives them by index", async () => {
  const double = new Linear(1, 1), model = new Sequential(double, new Tanh());
  double.loadStateDict({ weight: tensor([[2]]), bias: tensor([0]) });
  assertAlmostEquals(await model.forward(tensor([[3]])).item(), Math.tanh(6), 1e-7);
  assertEquals([model.length, model[0] === double, [...model].length], [2, true, 2]);
  const x = zeros([1]);
  assertStrictEquals(new Sequential().forward(x), x);
});

Deno.test("Sequential refuses what is no module", () => {
  const made = (...parts: unknown[]) => () => new Sequential(...parts as Identity[]);
  assertThrows(
    made(new Tanh(), Math.tanh),
    TypeError,
    "Cannot put module 1 into a Sequential: a module is needed",
  );
  assertThrows(made([new Tanh()]), TypeError, "an array of 1, spread it");
});

Deno.test("Identity and Flatten", () => {
  const x = zeros([2, 3, 4]);
  assertStrictEquals(new Identity().forward(x), x);
  assertEquals(new Flatten().forward(x).shape, [2, 12]);
  assertEquals(new Flatten(0, 1).forward(x).shape, [6, 4]);
});

Deno.test("Dropout drops and scales in training only", async () => {
  const dropout = new Dropout(0.25, { key: key(4) }), x = ones([20_000]);
  x.requiresGrad = true;
  const y = dropout.forward(x), seen = await y.data();
  assertEquals([...new Set(seen)].sort(), [0, Math.fround(4 / 3)]);
  assertAlmostEquals(seen.filter((v) => v === 0).length / 20_000, 0.25, 0.015);
  y.sum().backward();
  assertEquals(await x.grad!.data(), seen);
  assert((await dropout.forward(x).data()).some((v, i) => v !== seen[i]));
  assertStrictEquals(dropout.eval().forward(x), x);
  assertEquals(await new Dropout(0.25, { key: key(4) }).forward(x).data(), seen);
});

testWith(
  { f16: true },
  "Dropout in f16 keeps a probability that f16 itself draws too coarsely for",
  async () => {
    const x = ones([2 ** 20], { dtype: "f16" }), y = new Dropout(1e-4, { key: key(1) }).forward(x);
    assertEquals(y.dtype, "f16");
    // 105 are expected, and 51 more or less are five standard deviations.
    assertAlmostEquals(await y.equal(0).sum().item(), 105, 51);
  },
);

Deno.test("Dropout of everything is zero with a zero gradient, of nothing is the input", async () => {
  const x = tensor([1, 2], { dtype: precision, requiresGrad: true });
  const y = new Dropout(1).forward(x);
  y.sum().backward();
  assertEquals([await y.array(), y.dtype, await x.grad!.array()], [[0, 0], precision, [0, 0]]);
  assertStrictEquals(new Dropout(0).forward(x), x);
  assertThrows(() => new Dropout(1.5), RangeError, "probability of 1.5");
  assertThrows(() => new Dropout(NaN), RangeError);
});

const functions = core as unknown as Readonly<Record<string, (x: Tensor, ...settings: unknown[]) => Tensor>>;
const classes = nn as unknown as Readonly<Record<string, new (...settings: unknown[]) => Activation>>;

/** Each activation with the function it stands for and settings to try. */
const activations: readonly (readonly [string, string, ...unknown[]])[] = [
  ["ReLU", "relu"],
  ["ReLU6", "relu6"],
  ["LeakyReLU", "leakyRelu", 0.2],
  ["ELU", "elu", 2],
  ["CELU", "celu", 2],
  ["SELU", "selu"],
  ["GELU", "gelu"],
  ["SiLU", "silu"],
  ["Mish", "mish"],
  ["Sigmoid", "sigmoid"],
  ["LogSigmoid", "logSigmoid"],
  ["Tanh", "tanh"],
  ["Softplus", "softplus"],
  ["Softsign", "softsign"],
  ["Tanhshrink", "tanhshrink"],
  ["Hardshrink", "hardshrink", 0.6],
  ["Softshrink", "softshrink", 0.6],
  ["Hardtanh", "hardtanh", -2, 0.5],
  ["Hardsigmoid", "hardsigmoid"],
  ["Hardswish", "hardswish"],
  ["Softmax", "softmax", 0],
  ["LogSoftmax", "logSoftmax", 0],
  ["Softmin", "softmin", 0],
  ["GLU", "glu", 0],
];

for (const [name, fn, ...settings] of activations) {
  Deno.test(`${name} is ${fn} as a module`, async () => {
    const x = tensor([[-4, -0.5, 0, 0.2], [0.5, 2, 7, -1]]), module = new classes[name](...settings);
    assertEquals(await module.forward(x).array(), await functions[fn](x, ...settings).array());
    assertEquals(await new classes[name]().forward(x).array(), await functions[fn](x).array());
    assertEquals(String(module), settings.length > 0 ? `${name}(${settings.join(", ")})` : name);
    assert(module instanceof nn.Activation && module instanceof classes[name]);
  });
}

Deno.test("GELU has its approximation by tanh", async () => {
  const x = tensor([-1, 2]);
  assertEquals(await new nn.GELU("tanh").forward(x).array(), await core.geluTanh(x).array());
  assertEquals(await new nn.GELU("none").forward(x).array(), await core.gelu(x).array());
});

Deno.test("every exported activation is in the table", () => {
  const own: readonly unknown[] = [nn.Softmax2d, nn.Threshold]; // with arguments that they must have, or shapes
  const made = Object.entries(nn).filter(([, value]) =>
    typeof value === "function" && value.prototype instanceof nn.Activation && !own.includes(value)
  );
  assertEquals(made.map(([name]) => name).sort(), activations.map(([name]) => name).sort());
});
