/** Pooling by what others got wrong, in dtypes that overflow, through recordings, and by what is refused. */
import * as tg from "@tapegrad/core";
import { arange, type Tensor, tensor } from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { assertRefuses, backend, type ErrorClass, precise, precision } from "../../backend_traits.ts";

function counted(shape: readonly number[], from = 0): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return arange(from, from + size, 1, { dtype: precision }).reshape(shape);
}

// PyTorch's answers, each beside who gave others or whose users expected them.
const answers: Readonly<Record<string, readonly [pooled: () => Tensor, answer: unknown]>> = {
  "no window begins beyond the image (pytorch 45357)": [
    () => tg.maxPool2d(counted([1, 6, 7]), 1, { stride: 2, ceilMode: true }),
    [[[0, 2, 4, 6], [14, 16, 18, 20], [28, 30, 32, 34]]],
  ],
  "a window that is half beyond the image has a mean (pytorch 36977)": [
    () => tg.avgPool2d(counted([1, 4, 4], 1), [1, 2], { stride: 2, padding: [0, 1], ceilMode: true }),
    [[[0.5, 2.5, 2], [4.5, 10.5, 6]]],
  ],
  "padding counts, what is beyond it does not (tract 2851, onnxruntime 16203)": [
    () => tg.avgPool1d(counted([1, 5], 1), 2, { ceilMode: true }),
    [[1.5, 3.5, 5]],
  ],
  "nor along both axes (coremltools 2844)": [
    () => tg.avgPool2d(counted([1, 7, 7]), 2, { stride: 3, ceilMode: true }),
    [[[4, 7, 9.5], [25, 28, 30.5], [42.5, 45.5, 48]]],
  ],
  "a divisor is stronger than what counts (executorch 18616)": [
    () => {
      const options = { stride: 1, padding: 1, countIncludePad: false, divisorOverride: 2 };
      return tg.avgPool2d(counted([1, 2, 2]), 2, options);
    },
    [[[0, 0.5, 0.5], [1, 3, 2], [1, 2.5, 1.5]]],
  ],
  "windows of a third of ten overlap (FlagGems 4915)": [
    () => tg.adaptiveAvgPool1d(counted([1, 10]), 3),
    [[1.5, 4.5, 7.5]],
  ],
  "as do those of a third of five, whose largest are picked (pytorch 190064)": [
    () => tg.adaptiveMaxPool2d(counted([1, 5, 5]), 3),
    [[[6, 8, 9], [16, 18, 19], [21, 23, 24]]],
  ],
  "padding is less than what is negative (pytorch 33382)": [
    () => tg.maxPool1d(precise([[-1, -2, -3, -4]]), 3, { stride: 1, padding: 1 }),
    [[-1, -1, -2, -3]],
  ],
  "no window is no error": [() => tg.adaptiveAvgPool2d(counted([1, 2, 2]), 0), [[]]],
};

for (const [what, [pooled, answer]] of Object.entries(answers)) {
  Deno.test(`${what}`, async () => assertEquals(await pooled().array(), answer as never));
}

Deno.test("sums and powers of f16 that overflow have means and norms", async () => {
  const x = tensor([[60_000, 60_000, 50_000, 50_000]], { dtype: "f16" });
  const [mean, spread] = [tg.avgPool1d(x, 4), tg.adaptiveAvgPool1d(x, 2)];
  assertEquals([await mean.array(), await spread.array()], [[[54_976]], [[60_000, 49_984]]]);
  const norm = tg.lpPool1d(tensor([[300, 400]], { dtype: "f16" }), 2, 2);
  assertEquals([norm.dtype, await norm.array()], ["f16", [[500]]]);
});

Deno.test("one seed draws the same places in every dtype, the global sequence others each time", async () => {
  const x = counted([1, 9, 9]), options = { outputSize: 4, key: tg.key(5), returnIndices: true } as const;
  const places = await tg.fractionalMaxPool2d(x, 2, options).indices.array();
  assertEquals(await tg.fractionalMaxPool2d(x.to("f16"), 2, options).indices.array(), places);
  tg.manualSeed(1);
  const draws = Array.from({ length: 8 }, () => tg.fractionalMaxPool2d(x, 2, { outputSize: 4 }));
  assertEquals(new Set((await tg.read(draws)).map(String)).size > 1, true);
});

Deno.test("a recorded pooling pools what it is called with", async () => {
  const both = (x: Tensor) => tg.maxPool2d(x, 2).add(tg.adaptiveAvgPool2d(x, 2)).add(tg.avgPool2d(x, 2));
  const x = counted([1, 4, 4]), other = x.mul(x), [, program] = tg.record(both, x);
  assertEquals(await program.run(other).array(), await both(other).array());
});

const x = counted([1, 4, 4]), sequence = counted([1, 4]), whole = tensor([[0, 1]], { dtype: "i32" });
const wrong = (value: unknown) => value as never;

const refused: Readonly<Record<string, readonly [ErrorClass, string, () => unknown]>> = {
  "an image without channels": [
    tg.ShapeError,
    "maxPool2d [4, 4]: an image [channels, rows, columns] or a batch of them is needed",
    () => tg.maxPool2d(x.reshape([4, 4]), 2),
  ],
  "no rows": [
    tg.ShapeError,
    "avgPool2d [1, 0, 4]: the image has no elements, one along each axis is needed",
    () => tg.avgPool2d(tg.zeros([1, 0, 4]), 2),
  ],
  "integers": [tg.DtypeError, "a floating dtype is needed", () => tg.maxPool1d(whole.reshape([1, 2]), 2)],
  "a window larger than the image": [
    tg.ShapeError,
    "maxPool2d [1, 4, 4]: windows of [5, 3] do not fit into [4, 4], which is the image with its padding",
    () => tg.maxPool2d(x, [5, 3]),
  ],
  "a size that would be negative (pytorch 88464)": [
    tg.ShapeError,
    "do not fit",
    () => tg.maxPool1d(counted([1, 1]), 4, { stride: 1, ceilMode: true }),
  ],
  "more padding than half a window": [
    RangeError,
    "avgPool1d with a padding of [2]: it is at most half of a window, which reaches over [3]",
    () => tg.avgPool1d(sequence, 3, { padding: 2 }),
  ],
  "a window without an element of the image (pytorch 114216)": [
    tg.ShapeError,
    "there is a window without an element of the image",
    () => tg.maxPool2d(counted([1, 1, 8]), 3, { stride: 6, padding: 1, dilation: 2, ceilMode: true }),
  ],
  "a stride of 0": [RangeError, "a stride of 0: an integer from 1", () => tg.maxPool2d(x, 2, { stride: 0 })],
  "no kernel": [RangeError, "kernelSize of []", () => tg.avgPool2d(x, wrong([]))],
  "a divisor of 0": [RangeError, "divisorOverride of 0", () => tg.avgPool2d(x, 2, { divisorOverride: 0 })],
  "a divisor along one axis": [
    TypeError,
    'an option "divisorOverride"',
    () => tg.avgPool1d(sequence, 2, wrong({ divisorOverride: 2 })),
  ],
  "strides": [TypeError, "did you mean stride?", () => tg.maxPool2d(x, 2, wrong({ strides: 2 }))],
  "indices by a number": [
    TypeError,
    "returnIndices of 1: a boolean",
    () => tg.maxPool2d(x, 2, wrong({ returnIndices: 1 })),
  ],
  "an array": [TypeError, "a tensor is needed", () => tg.adaptiveMaxPool1d(wrong([[1, 2]]), 1)],
  "the largest norm": [RangeError, "normType of Infinity", () => tg.lpPool1d(sequence, Infinity, 2)],
  "no norm": [RangeError, "normType of 0: there is no such norm", () => tg.lpPool2d(x, 0, 2)],
  "a negative output (pytorch 83062)": [
    RangeError,
    "outputSize of [2, -1]: an integer from 0",
    () => tg.adaptiveAvgPool2d(x, [2, -1]),
  ],
  // A kernel asks for the result's own buffer, what it is composed of for positions first.
  "an output without end (pytorch 83062)": [
    backend.kernels.has("adaptiveAvgPool2d") ? Error : RangeError,
    backend.kernels.has("adaptiveAvgPool2d") ? "Cannot allocate" : "elements of i32",
    () => tg.adaptiveAvgPool2d(x, [2 ** 50, 1]),
  ],
  "three outputs for two axes": [RangeError, "or two for rows", () => tg.adaptiveMaxPool2d(x, [1, 1, 1])],
  "neither a size nor a ratio": [
    RangeError,
    "outputRatio of nothing: an outputSize is needed, or a ratio between 0 and 1",
    () => tg.fractionalMaxPool2d(x, 2),
  ],
  "no kernel of a fractional pooling (pytorch 50967)": [
    RangeError,
    "kernelSize of []",
    () => tg.fractionalMaxPool2d(x, wrong([]), { outputSize: 1 }),
  ],
  "more windows than there is room for": [
    tg.ShapeError,
    "[4, 4] windows of [2, 2] do not fit into it",
    () => tg.fractionalMaxPool2d(x, 2, { outputSize: 4 }),
  ],
  "samples of another shape": [
    tg.ShapeError,
    "_randomSamples of [1, 1, 2] are needed",
    () => tg.fractionalMaxPool2d(x, 2, { outputSize: 2, _randomSamples: precise([0.5, 0.5]) }),
  ],
  "indices that are floats": [
    tg.DtypeError,
    'i32 or u32 is needed, cast with to("i32")',
    () => tg.maxUnpool1d(sequence, sequence, 2),
  ],
  "indices of another shape": [
    tg.ShapeError,
    "maxUnpool1d [1, 4] by [1, 2]: the indices must be of the same shape",
    () => tg.maxUnpool1d(sequence, whole, 2),
  ],
  "a size that no pooling came of": [
    RangeError,
    "an outputSize of 10: the windows come of [8], or less than the stride [2] more or less",
    () => tg.maxUnpool1d(sequence, sequence.to("i32"), 2, { outputSize: 10 }),
  ],
};

for (const [what, [type, message, call]] of Object.entries(refused)) {
  Deno.test(`${what} is refused in words`, () => {
    const error = assertThrows(call, type, message);
    assertEquals(error.message.startsWith("Cannot "), true, error.message);
  });
}

Deno.test("a place beyond the image is refused, as one before it (pytorch 91555)", async () => {
  for (const place of [4, -1]) {
    const indices = tensor([[0, place]], { dtype: "i32" });
    await assertRefuses(() => tg.maxUnpool1d(precise([[1, 2]]), indices, 2), tg.IndexError);
  }
});

Deno.test("a kernel of a pooling's name runs, for values and positions at once", async () => {
  const seen: string[] = [];
  const name = "maxPool2d", before = backend.kernels.get(name);
  tg.registerKernel(backend.name, name, ([x], outputs) => {
    seen.push(`${x.shape} to ${outputs.map(({ shape }) => shape).join(" and ")}`);
  });
  try {
    await tg.maxPool2d(x, 2, { returnIndices: true }).values.data();
  } finally {
    if (before) backend.kernels.set(name, before);
    else backend.kernels.delete(name);
  }
  assertEquals(seen, ["1,16 to 1,4 and 1,4"]);
});
