/** Settings: one that is `undefined` is left out, one that is NaN or out of range is refused by name. */
import {
  bernoulli,
  gradcheck,
  key,
  norm,
  normal,
  type Tensor,
  tensor,
  topk,
  uniform,
  variable,
  variance,
  zeros,
} from "@tapegrad/core";
import { huberLoss, init, Linear, smoothL1Loss } from "@tapegrad/nn";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { precise, testWith } from "../../backend_traits.ts";

const x = precise([1, 4]), y = precise([2, 1]);

const refused: [name: string, call: () => unknown][] = [
  ["low", () => uniform([2], { low: NaN })],
  ["high", () => uniform([2], { high: NaN })],
  ["low", () => uniform([2], { low: 2, high: 1 })],
  ["mean", () => normal([2], { mean: NaN })],
  ["std", () => normal([2], { std: NaN })],
  ["std", () => normal([2], { std: -1 })],
  ["p", () => bernoulli(NaN, { shape: [2] })],
  ["p", () => bernoulli(1.1, { shape: [2] })],
  ["correction", () => variance(x, undefined, { correction: NaN })],
  ["order", () => norm(x, undefined, { order: NaN })],
  ["gain", () => init.xavierNormal(zeros([2, 2]), { gain: NaN })],
  ["slope", () => init.kaimingNormal(zeros([2, 2]), { slope: NaN })],
  ["std", () => init.normal(zeros([2, 2]), { std: NaN })],
  ["delta", () => huberLoss(x, y, { delta: NaN })],
  ["beta", () => smoothL1Loss(x, y, { beta: NaN })],
];

for (const [i, [name, call]] of refused.entries()) {
  Deno.test(`a ${name} that is no number or out of range is refused by name, ${i}`, () => {
    assertThrows(call, RangeError, `${name} `);
  });
}

testWith({ f64: true }, "gradcheck refuses settings with which it would check nothing", async () => {
  for (const name of ["step", "atol", "rtol", "tries"]) {
    for (const value of [NaN, -1]) {
      await assertRejects(() => gradcheck((t) => t.sin(), [x], { [name]: value }), RangeError, name);
    }
  }
  await assertRejects(() => gradcheck((t) => t.sin(), [x], { tries: 0 }), RangeError, "tries");
});

/** Calls with every option `undefined`; below, with none. */
const same: Record<string, () => Tensor> = {
  zeros: () => zeros([2], { dtype: undefined, backend: undefined, requiresGrad: undefined }),
  tensor: () => tensor([1, 2], { dtype: undefined, backend: undefined, requiresGrad: undefined }),
  variable: () => variable(x, { dtype: undefined, backend: undefined }),
  normal: () => normal([2], { key: key(1), mean: undefined, std: undefined, dtype: undefined }),
  uniform: () => uniform([2], { key: key(1), low: undefined, high: undefined, dtype: undefined }),
  variance: () => variance(x, undefined, { correction: undefined, keepDims: undefined }),
  norm: () => norm(x, undefined, { order: undefined, keepDims: undefined }),
  topk: () => topk(x, 1, { axis: undefined, largest: undefined }).values,
  huber: () => huberLoss(x, y, { delta: undefined, reduction: undefined }),
  linear: () => new Linear(2, 2, { key: key(1), bias: undefined, dtype: undefined }).weight,
};

const leftOut: Record<string, () => Tensor> = {
  zeros: () => zeros([2]),
  tensor: () => tensor([1, 2]),
  variable: () => variable(x),
  normal: () => normal([2], { key: key(1) }),
  uniform: () => uniform([2], { key: key(1) }),
  variance: () => variance(x),
  norm: () => norm(x),
  topk: () => topk(x, 1).values,
  huber: () => huberLoss(x, y),
  linear: () => new Linear(2, 2, { key: key(1) }).weight,
};

for (const [name, call] of Object.entries(leftOut)) {
  Deno.test(`${name}: an option that is undefined is left out`, async () => {
    const [without, said] = [call(), same[name]()];
    assertEquals([said.dtype, said.requiresGrad], [without.dtype, without.requiresGrad]);
    assertEquals(await said.array(), await without.array());
  });
}
