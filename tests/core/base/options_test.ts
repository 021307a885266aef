/** Options that are none: each is refused by name, with what it may have been meant for. */
import { checkOptions, ones } from "@tapegrad/core";
import "@tapegrad/backends";
import { assertThrows } from "@std/assert";

const known = ["learningRate", "momentum", "weightDecay", "axis", "keepDims", "key", "backend"];

/** What a caller wrote, and what it is told. */
const meant: Readonly<Record<string, string>> = {
  lr: "learningRate",
  LearningRate: "learningRate",
  weightdecay: "weightDecay",
  keepDim: "keepDims",
  keepdim: "keepDims",
  axes: "axis",
  dim: "axis",
  device: "backend",
  seed: "key",
};

for (const [name, nearest] of Object.entries(meant)) {
  Deno.test(`an option ${name} is refused, ${nearest} being near`, () => {
    const sentence = `Cannot fit with an option "${name}": did you mean ${nearest}? It takes`;
    assertThrows(() => checkOptions("fit", { [name]: 1 }, known), TypeError, sentence);
    assertThrows(() => checkOptions("fit", { key: 1, [name]: undefined }, known), TypeError, sentence);
  });
}

Deno.test("an option lr is learningRate where another has more of its letters", () => {
  const text = "did you mean learningRate? It takes learningRate, rho and eps";
  assertThrows(() => checkOptions("fit", { lr: 1 }, ["learningRate", "rho", "eps"]), TypeError, text);
});

Deno.test("an option that is a list is told from an object", () => {
  const known = { betas: [0.9, 0.999], more: {} };
  checkOptions("fit", { betas: [0], more: { a: 1 } }, known);
  assertThrows(() => checkOptions("fit", { betas: {} }, known), TypeError, "a list is needed");
  assertThrows(() => checkOptions("fit", { more: [] }, known), TypeError, "an object is needed");
});

Deno.test("an option that is like none is told those there are", () => {
  const text = 'Cannot fit with an option "z\\u{a}": it takes key and axis';
  assertThrows(() => checkOptions("fit", { "z\n": 1 }, ["key", "axis"]), TypeError, text);
  assertThrows(
    () => checkOptions("fit", { [`z${"q".repeat(2 ** 20)}`]: 1 }, ["key"]),
    TypeError,
    "it takes key",
  );
});

Deno.test("what is of a class and no options is refused by its name, not by those of its members", () => {
  const text = "Cannot fit with options a Tensor: pass an object, as in { learningRate: … }";
  assertThrows(() => checkOptions("fit", ones([2]), known), TypeError, text);
});

Deno.test("options that are no object are refused", () => {
  const strange = [
    null,
    true,
    3,
    "axis",
    1n,
    Symbol("o"),
    [],
    () => ({}),
    new Date(0),
    new Map(),
    Promise.resolve(),
  ];
  for (const options of strange) {
    assertThrows(
      () => checkOptions("fit", options, known),
      TypeError,
      "pass an object, as in { learningRate: … }",
    );
  }
  for (
    const options of [
      undefined,
      {},
      Object.create(null),
      new class Settings {
        key = 1;
      }(),
    ]
  ) {
    checkOptions("fit", options, known);
  }
});
