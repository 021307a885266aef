/** Convolutional layers: how they start, what they are called, and what they refuse. */
import { key, ShapeError, zeros } from "@tapegrad/core";
import {
  CircularPad1d,
  ConstantPad2d,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  Fold,
  type Module,
  ReflectionPad2d,
  ReLU,
  Sequential,
  Unfold,
  ZeroPad2d,
} from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { ErrorClass } from "../backend_traits.ts";

const layers = {
  "Conv1d": [new Conv1d(8, 40, 5, { groups: 4, key: key(1) }), 10],
  "Conv2d": [new Conv2d(6, 40, [3, 2], { key: key(1) }), 36],
  "Conv3d": [new Conv3d(4, 16, 2, { groups: 2, key: key(1) }), 16],
  // As in PyTorch, of what comes second in the weight.
  "ConvTranspose1d": [new ConvTranspose1d(40, 8, 5, { groups: 4, key: key(1) }), 10],
  "ConvTranspose2d": [new ConvTranspose2d(40, 60, [3, 2], { key: key(1) }), 360],
  "ConvTranspose3d": [new ConvTranspose3d(16, 6, 2, { groups: 2, key: key(1) }), 24],
} as const;

for (const [name, [layer, fanIn]] of Object.entries(layers)) {
  Deno.test(`${name} starts uniform between ±1/√fanIn, weight and bias`, async () => {
    const bound = 1 / Math.sqrt(fanIn), { weight, bias } = layer;
    for (const t of [weight, bias!]) {
      const largest = await t.abs().max().item();
      assert(largest <= bound && largest > 0.7 * bound, `${largest} of ${bound}`);
    }
    assertAlmostEquals(
      await weight.std().item(),
      bound / Math.sqrt(3),
      0.08 * bound,
    );
    assert(weight.requiresGrad && bias!.requiresGrad);
  });
}

Deno.test("the same key gives the same parameters, and weight and bias are drawn apart", async () => {
  const [a, b, c] = [1, 1, 2].map((n) => new Conv2d(1, 2, 1, { key: key(n) }));
  assertEquals(await a.weight.array(), await b.weight.array());
  assert(await a.weight.equal(c.weight).any().item() === 0);
  assert(await a.weight.reshape([2]).equal(a.bias!).any().item() === 0);
  const { weight } = new Conv1d(2, 2, 1, { dtype: "f16", bias: false });
  assertEquals(weight.dtype, "f16");
});

Deno.test("they are called by what they were told", () => {
  const called: Readonly<Record<string, Module>> = {
    "Conv1d(1, 2, [3]), 8 parameters": new Conv1d(1, 2, 3),
    "Conv2d(4, 2, [3, 1], stride 2, padding same, groups 2, no bias), 12 parameters": new Conv2d(
      4,
      2,
      [3, 1],
      {
        stride: 2,
        padding: "same",
        groups: 2,
        bias: false,
      },
    ),
    "Unfold([2, 3], stride 2)": new Unfold([2, 3], { stride: 2 }),
    "Fold([8, 8], 2, padding [1, 0])": new Fold([8, 8], 2, { padding: [1, 0] }),
    "ConstantPad2d([1, 0, 0, 1], 0.5)": new ConstantPad2d([1, 0, 0, 1], 0.5),
    "ZeroPad2d(1)": new ZeroPad2d(1),
    "CircularPad1d(2)": new CircularPad1d(2),
  };
  for (const [text, layer] of Object.entries(called)) assertEquals(String(layer), text);
  assertEquals(
    String(new ConvTranspose3d(1, 1, 1, { outputPadding: [0, 0, 1], stride: 2 })),
    "ConvTranspose3d(1, 1, [1, 1, 1], outputPadding [0, 0, 1], stride 2), 2 parameters",
  );
});

Deno.test("a transposed convolution may be told the size or the shape of what it gives", () => {
  const up = new ConvTranspose1d(1, 1, 3, { stride: 3 }), x = zeros([2, 1, 4]);
  assertEquals(up.forward(x).shape, [2, 1, 12]);
  assertEquals(up.forward(x, { outputSize: [14] }).shape, [2, 1, 14]);
  assertEquals(up.forward(x, { outputSize: [2, 1, 13] }).shape, [2, 1, 13]);
  assertEquals(new ConvTranspose1d(1, 1, 3, { paddingMode: "zeros" }).forward(x).shape, [2, 1, 6]);
});

const image = zeros([2, 3, 8, 8]);
const model = new Sequential(new Conv2d(3, 4, 3), new ReLU(), new Conv2d(3, 4, 3));
const up = new ConvTranspose2d(3, 1, 3, { stride: 2 });

const refused: Readonly<Record<string, readonly [fn: () => unknown, kind: ErrorClass, text: string]>> = {
  "other channels": [
    () => model.forward(image),
    ShapeError,
    "Cannot apply 2: Conv2d(3, 4, [3, 3]) to [2, 4, 6, 6]: [3, rows, columns] or a batch of these is needed",
  ],
  "a matrix": [
    () => new Conv1d(8, 1, 1).forward(zeros([8])),
    ShapeError,
    "Cannot apply Conv1d(8, 1, [1]) to [8]: [8, length] or a batch of these is needed",
  ],
  "an image that is too small, in a model": [
    () => model.forward(zeros([3, 2, 2])),
    ShapeError,
    "windows of [3, 3] do not fit into [2, 2], which is the image with its padding, in 0: Conv2d(3, 4, [3, 3])",
  ],
  "no tensor": [
    () => up.forward(3 as never, { outputSize: [4, 4] }),
    TypeError,
    "Cannot apply ConvTranspose2d(3, 1, [3, 3], stride 2) to 3: a tensor is needed",
  ],
  "groups that do not divide": [
    () => new Conv2d(3, 4, 3, { groups: 2 }),
    RangeError,
    "Cannot make a Conv2d of 3 to 4 channels in 2 groups: an integer from 1 that divides both is needed",
  ],
  "a kernel of nothing": [
    () => new Conv3d(3, 4, [1, 0, 1]),
    ShapeError,
    "Cannot make a Conv3d with a kernel of [1, 0, 1]: an extent from 1 is needed for depth, rows, columns",
  ],
  "a kernel for another number of axes": [
    () => new Conv1d(3, 4, [1, 1] as never),
    ShapeError,
    "Cannot make a Conv1d with a kernel of [1, 1]: an extent from 1 is needed for length",
  ],
  "an option that is none": [
    () => new Conv2d(3, 4, 3, { kernel: 2 } as never),
    TypeError,
    'Cannot make a Conv2d with an option "kernel": did you mean key?',
  ],
  "a size that is not possible": [
    () => up.forward(image, { outputSize: [18, 19] }),
    ShapeError,
    "Cannot apply ConvTranspose2d(3, 1, [3, 3], stride 2) to [2, 3, 8, 8] with an outputSize of [18, 19]: " +
    "it goes from [17, 17] to [18, 18]",
  ],
  "a padding mode on the way back": [
    () => new ConvTranspose2d(1, 1, 1, { paddingMode: "reflect" as never }),
    RangeError,
    'Cannot make a ConvTranspose2d with a paddingMode of "reflect": zeros alone can be',
  ],
  "widths for other axes": [
    () => new ReflectionPad2d([1, 2]),
    RangeError,
    "Cannot make a ReflectionPad2d with widths of [1, 2]: an integer is needed, or 4, before and behind the last axis first",
  ],
  "no number to pad with": [
    () => new ConstantPad2d(1, undefined as never),
    TypeError,
    "Cannot make a ConstantPad2d with a value of nothing: a number is needed",
  ],
  "an image without channels to be mirrored": [
    () => new ReflectionPad2d(1).forward(zeros([4, 4])),
    ShapeError,
    "Cannot apply ReflectionPad2d(1) to [4, 4]: channels and 2 more axes, or a batch of these, are needed",
  ],
};

for (const [what, [fn, kind, text]] of Object.entries(refused)) {
  Deno.test(`a convolutional layer: ${what} is refused in words`, () => {
    assertThrows(fn, kind, text);
  });
}
