/** What JavaScript lets a caller pass in place of a tensor or an option is refused by the name of what was called. */
import * as tg from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { GD, type GDOptions } from "@tapegrad/optim";
import { assert, assertEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";

const rows = [[1, 2]] as never, x = tg.tensor([[1, 2]]);

const layers: Readonly<Record<string, nn.Module>> = {
  Linear: new nn.Linear(2, 1),
  Sequential: new nn.Sequential(new nn.Linear(2, 1)),
  Tanh: new nn.Tanh(),
  ReLU: new nn.ReLU(),
  Softmax: new nn.Softmax(),
  Dropout: new nn.Dropout(),
  Flatten: new nn.Flatten(),
};

for (const [name, layer] of Object.entries(layers)) {
  Deno.test(`${name}.forward of what is no tensor says that one is needed`, () => {
    for (const found of [rows, undefined, null, "x", {}, { shape: [1, 2], rank: 2 }]) {
      const error = assertThrows(() => layer.forward(found as never), Error);
      assert(/^Cannot .* (a tensor|needed)/.test(error.message), error.message);
    }
  });
}

Deno.test("Linear names itself, what it was given, and the mend", () => {
  const linear = new nn.Linear(2, 1);
  assertThrows(
    () => linear.forward(rows),
    TypeError,
    "Cannot apply Linear(2, 1) to an array of 1: a tensor is needed",
  );
  assertThrows(() => linear.forward(tg.tensor(1)), tg.ShapeError, "to []: the last extent must be 2");
  assertEquals(linear.forward(tg.zeros([3, 4, 2])).shape, [3, 4, 1]);
});

type LossFunction = (input: tg.Tensor, target: tg.Tensor, options?: never) => tg.Tensor;
const losses = Object.fromEntries(
  Object.entries(nn as unknown as Readonly<Record<string, LossFunction>>).filter(([name, { length }]) =>
    length === 2 && /^(crossEntropy|klDiv|.*Loss)$/.test(name) && name[0] === name[0].toLowerCase()
  ),
);

Deno.test("all losses of an input and a target are tried", () => {
  assertEquals(Object.keys(losses).length, 15, Object.keys(losses).join());
});

for (const [name, loss] of Object.entries(losses)) {
  Deno.test(`${name} of arrays, and with a word it does not know, names itself`, () => {
    const list = [1, 2] as never;
    for (const [a, b] of [[list, list], [x, list], [list, x], [1 as never, 2 as never]]) {
      assertThrows(() => loss(a, b), TypeError, name);
    }
    assertThrows(() => loss(x, x, { reduce: "sum" } as never), TypeError, "did you mean reduction");
  });
}

Deno.test("an optimizer names an unknown option and its nearest, wherever it is given", () => {
  const w = tg.variable([1]), good = { learningRate: 1 };
  const [group] = new GD([w], good).groups, wrong = { lr: 0.1 } as unknown as GDOptions;
  const ways = [
    () => new GD([w], wrong),
    () => new GD([w], { ...good, ...wrong }),
    () => new GD([{ parameters: [w], ...wrong }], good),
    () => group.change(wrong),
  ];
  for (const way of ways) assertThrows(way, TypeError, '"lr": did you mean learningRate?');
});

Deno.test("a setting that a group does not have cannot be given to it", () => {
  const [group] = new GD([tg.variable([1])], { learningRate: 1 }).groups as unknown as Record<
    string,
    number
  >[];
  assertThrows(() => group.lr = 0.1, TypeError, "Cannot add property lr");
  group.learningRate = 0.5;
  assertEquals(group.learningRate, 0.5);
});

type Loose = (...args: readonly unknown[]) => unknown;

Deno.test("a dtype in the place of options is refused by all that make tensors", () => {
  const { key: _, ...all } = tg as unknown as Readonly<Record<string, Loose>>;
  const index = tg.tensor([1], { dtype: "i32" });
  const calls: Readonly<Record<string, readonly unknown[]>> = {
    tensor: [[1]],
    variable: [[1]],
    fromArray: [new Float32Array(1), [1]],
    zeros: [[1]],
    ones: [[1]],
    full: [[1], 2],
    arange: [0, 3],
    linspace: [0, 3, 2],
    eye: [2, 2],
    zerosLike: [x],
    onesLike: [x],
    fullLike: [x, 1],
    uniform: [[2]],
    normal: [[2]],
    randint: [0, 2],
    randomBits: [[2]],
    bernoulli: [0.5],
    permutation: [3],
    oneHot: [index, 2],
  };
  for (const [name, args] of Object.entries(calls)) {
    assertThrows(() => all[name](...args, "f64"), TypeError, 'options "f64": pass an object', name);
    assertThrows(() => all[name](...args, { dtyp: "f64" }), TypeError, '"dtyp"', name);
  }
});

Deno.test("unfold and its method take the step as a number or an option, and no other", () => {
  const y = tg.arange(5), loose = y.unfold.bind(y) as Loose;
  for (const step of [2, { step: 2 }]) {
    assertEquals([tg.unfold(y, 0, 2, step).shape, y.unfold(0, 2, step).shape], [[2, 2], [2, 2]]);
  }
  assertThrows(() => loose(0, 2, { stride: 2 }), TypeError, '"stride": did you mean step?');
  assertThrows(() => loose(0, { size: 2 }), tg.ShapeError, "windows of an Object");
  assertThrows(() => loose(0, 2, null), TypeError, "options null");
});
