/** Layers that pool, and those that put elements back, against PyTorch's. */
import * as tg from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { againstPyTorch, type AnyLayer, type Case, written } from "./against_pytorch.ts";
import reference from "./reference/pooling.json" with { type: "json" };

/** A fractional pooling takes the numbers that PyTorch's has as a buffer in place of those that it would draw. */
function made({ layer, arguments: given, options, state }: Case): AnyLayer {
  const Layer = (nn as unknown as Record<string, new (...args: unknown[]) => AnyLayer>)[layer];
  const samples = Object.values(state).map((_randomSamples) => ({ _randomSamples: written(_randomSamples) }));
  return new Layer(...given, Object.assign({}, options, ...samples));
}

// What has a note is at ties, kinks or what is not finite.
againstPyTorch(reference, { make: made, smooth: ({ note }) => note === undefined });

const image = tg.arange(32).reshape([1, 2, 4, 4]);

Deno.test("layers that pool are shown with what they were told", () => {
  const shown: readonly (readonly [AnyLayer, string])[] = [
    [
      new nn.MaxPool2d([3, 2], { stride: 2, returnIndices: true }),
      "MaxPool2d([3, 2], stride 2, returnIndices true)",
    ],
    [new nn.AvgPool1d(2, { stride: [1], padding: undefined }), "AvgPool1d(2, stride [1])"],
    [new nn.LPPool3d(2, [1, 2, 3]), "LPPool3d(2, [1, 2, 3])"],
    [new nn.AdaptiveAvgPool2d([null, 7]), "AdaptiveAvgPool2d([null, 7])"],
    [
      new nn.FractionalMaxPool2d(2, { outputSize: 3, key: tg.key(1) }),
      "FractionalMaxPool2d(2, outputSize 3)",
    ],
    [new nn.MaxUnpool3d(2, { padding: 1 }), "MaxUnpool3d(2, padding 1)"],
  ];
  for (const [layer, text] of shown) assertEquals(String(layer), text);
});

Deno.test("a fractional pooling draws from its key, which is a buffer, or from the global sequence", async () => {
  const large = tg.arange(81).reshape([1, 9, 9]);
  const layers = [1, 1, 2].map((seed) =>
    new nn.FractionalMaxPool2d(2, { outputSize: 4, key: tg.key(seed), returnIndices: true })
  );
  assertEquals(layers[0].buffers().length, 1);
  const draw = async (layer: typeof layers[number]) =>
    (await tg.read([1, 2, 3, 4].map(() => layer.forward(large).indices))).map(String);
  const [first, again, other] = await Promise.all(layers.map(draw));
  assertEquals(again, first);
  assertNotEquals(other, first);
  assert(new Set(first).size > 1, "each call draws anew");
  assertEquals(new nn.FractionalMaxPool3d(2, { outputRatio: 0.5 }).buffers(), []);
});

const wrong = (value: unknown) => value as never;

const refused: Readonly<Record<string, readonly [message: string, call: () => unknown]>> = {
  "no kernel": [
    "make a MaxPool2d with a kernelSize of nothing: an integer from 1",
    () => new nn.MaxPool2d(wrong(undefined)),
  ],
  "a stride of 0": [
    "make an AvgPool2d with a stride of 0: an integer from 1",
    () => new nn.AvgPool2d(2, { stride: 0 }),
  ],
  "a fraction": ["with an outputSize of [1.5]: an integer from 0", () => new nn.AdaptiveAvgPool2d([1.5])],
  "a word for the dilation": ['with a dilation of "2"', () => new nn.MaxPool1d(2, { dilation: wrong("2") })],
  "an option by another name": [
    "did you mean ceilMode?",
    () => new nn.MaxPool3d(2, wrong({ ceil_mode: true })),
  ],
  "an option of others": ['an option "padding": ', () => new nn.LPPool1d(2, 2, wrong({ padding: 1 }))],
  "options of what has none": [
    'an option "returnIndices"',
    () => new (nn.AdaptiveAvgPool1d as never as typeof nn.AdaptiveMaxPool1d)(2, { returnIndices: true }),
  ],
  "no size of the output": [
    "make a FractionalMaxPool2d: an outputSize is needed or an outputRatio, and not both",
    () => new nn.FractionalMaxPool2d(2),
  ],
  "two sizes of the output": [
    "and not both",
    () => new nn.FractionalMaxPool2d(2, { outputSize: 2, outputRatio: 0.5 }),
  ],
  "an output size of the layer": [
    'an option "outputSize"',
    () => new nn.MaxUnpool1d(2, wrong({ outputSize: 3 })),
  ],
  "an output size by its place": [
    "apply MaxUnpool2d(2) with options an array of 2",
    () => new nn.MaxUnpool2d(2).forward(image, image.to("i32"), wrong([4, 4])),
  ],
  "an array": ["maxPool2d", () => new nn.MaxPool2d(2).forward(wrong([[1]]))],
};

for (const [what, [message, call]] of Object.entries(refused)) {
  Deno.test(`${what} is refused in words`, () => {
    const error = assertThrows(call, Error, message);
    assertEquals(error.message.startsWith("Cannot "), true, error.message);
  });
}

Deno.test("an image that does not fit is told by the layer's path in the model", () => {
  const model = new nn.Sequential(new nn.Identity(), new nn.MaxPool2d(8));
  const error = assertThrows(
    () => model.forward(image),
    tg.ShapeError,
    "windows of [8, 8] do not fit into [4, 4]",
  );
  assert(error.message.endsWith("in 1: MaxPool2d(8)"), error.message);
});
