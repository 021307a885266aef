/** conv2d beside loops, at its edges, in every dtype, and what it says of what does not fit. */
import {
  conv2d,
  type ConvolutionOptions,
  DtypeError,
  fromArray,
  gradgradcheck,
  ones,
  registerKernel,
  ShapeError,
  type Tensor,
  tensor,
  vjp,
  zeros,
} from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { backend, type ErrorClass, precise, testWith } from "../../backend_traits.ts";
import { sample } from "../../table/row.ts";

type Image = number[][][];
type Both = readonly [number, number];

/** A convolution of one image as loops, in which what is outside the image is 0. */
interface Loops {
  readonly stride?: Both;
  readonly before?: Both;
  readonly dilation?: Both;
  readonly groups?: number;
  readonly out: Both;
}

function looped(x: Image, weight: Image[], options: Loops): Image {
  const { stride: s = [1, 1], before = [0, 0], dilation: d = [1, 1], groups = 1, out } = options;
  const own = weight[0].length, perGroup = weight.length / groups;
  const element = (o: number, i: number, j: number) => {
    let sum = 0;
    weight[o].forEach((rows, c) =>
      rows.forEach((row, a) =>
        row.forEach((w, b) => {
          const channel = x[Math.floor(o / perGroup) * own + c];
          sum += w * (channel[i * s[0] + a * d[0] - before[0]]?.[j * s[1] + b * d[1] - before[1]] ?? 0);
        })
      )
    );
    return sum;
  };
  return weight.map((_, o) =>
    Array.from({ length: out[0] }, (_, i) => Array.from({ length: out[1] }, (_, j) => element(o, i, j)))
  );
}

// Whole numbers, of which sums are exact in any order.
function whole(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => (i * 7 + seed * 3) % 11 - 5);
  return fromArray(data, shape, { backend: backend.name });
}

interface Case {
  readonly name: string;
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly options?: ConvolutionOptions;
  readonly loops: Loops;
}

const cases: readonly Case[] = [
  { name: "as it is", x: [2, 5, 6], weight: [3, 2, 2, 3], loops: { out: [4, 4] } },
  {
    name: "with strides and padding",
    x: [2, 5, 6],
    weight: [3, 2, 3, 2],
    options: { stride: [2, 3], padding: [2, 1] },
    loops: { stride: [2, 3], before: [2, 1], out: [4, 3] },
  },
  {
    name: "with a stride beyond the window",
    x: [1, 7, 7],
    weight: [2, 1, 2, 1],
    options: { stride: 3 },
    loops: { stride: [3, 3], out: [2, 3] },
  },
  {
    name: "dilated, in groups",
    x: [4, 6, 7],
    weight: [6, 2, 2, 3],
    options: { dilation: [3, 2], groups: 2 },
    loops: { dilation: [3, 2], groups: 2, out: [3, 3] },
  },
  {
    name: "a channel a group",
    x: [3, 4, 4],
    weight: [6, 1, 3, 3],
    options: { groups: 3, padding: 1 },
    loops: { groups: 3, before: [1, 1], out: [4, 4] },
  },
  {
    name: "as large as the image, an odd zero being behind",
    x: [2, 5, 4],
    weight: [1, 2, 4, 2],
    options: { padding: "same", dilation: [1, 3] },
    loops: { dilation: [1, 3], before: [1, 1], out: [5, 4] },
  },
  {
    name: "without padding by name",
    x: [1, 3, 3],
    weight: [1, 1, 3, 3],
    options: { padding: "valid" },
    loops: { out: [1, 1] },
  },
];

for (const { name, x, weight, options, loops } of cases) {
  Deno.test(`a convolution ${name} is what loops give, of one image and of each of two`, async () => {
    const [one, other, w] = [whole(x, 1), whole(x, 2), whole(weight, 3)];
    const [a, b] = [await one.array(), await other.array()] as Image[], weights = await w.array() as Image[];
    const wanted = looped(a, weights, loops), both = tensor([a, b], { backend: backend.name });
    assertEquals(await conv2d(one, w, options).array(), wanted);
    assertEquals(await conv2d(both, w, options).array(), [wanted, looped(b, weights, loops)]);
    assertEquals(await both.conv2d(w, options).array(), [wanted, looped(b, weights, loops)]);
  });
}

Deno.test("a bias is added to each channel", async () => {
  const y = conv2d(ones([1, 1, 1, 2]), ones([2, 1, 1, 1]), { bias: tensor([10, 20]) });
  assertEquals(await y.array(), [[[[11, 11]], [[21, 21]]]]);
});

Deno.test("no images give none, and gradients of zeros; no channels give the bias", async () => {
  const bias = tensor([1, 2]), none = zeros([0, 3, 4, 4]), weight = ones([2, 3, 3, 3]);
  const [y, pull] = vjp((...[x, w, b]: Tensor[]) => conv2d(x, w, { bias: b }), none, weight, bias);
  assertEquals(y.shape, [0, 2, 2, 2]);
  const [dx, dWeight, dBias] = pull(y);
  assertEquals(dx.shape, [0, 3, 4, 4]);
  assertEquals(await dWeight.array(), await zeros([2, 3, 3, 3]).array());
  assertEquals(await dBias.array(), [0, 0]);
  assertEquals(
    await conv2d(zeros([1, 0, 1, 2]), zeros([2, 0, 1, 1]), { bias }).array(),
    [[[[1, 1]], [[2, 2]]]],
  );
});

Deno.test("gradients are sums over the windows that an element is in", async () => {
  const [x, w, b] = [precise([[[[1, 2, 3]]]]), precise([[[[10, 100]]]]), precise([5])];
  const [, pull] = vjp((...[x, w, b]: Tensor[]) => conv2d(x, w, { bias: b }), x, w, b);
  const [dx, dWeight, dBias] = pull(precise([[[[1, 2]]]]));
  assertEquals(await dx.array(), [[[[10, 120, 200]]]]);
  assertEquals(await dWeight.array(), [[[[5, 8]]]]);
  assertEquals(await dBias.array(), [3]);
});

testWith({ f64: true }, "gradients of second order through elements that no window reaches", async () => {
  const inputs = [sample([1, 1, 6, 5]), sample([1, 1, 2, 2], { seed: 1 })];
  await gradgradcheck((x, w) => conv2d(x, w, { stride: 3, dilation: 2, padding: [0, 1] }), inputs);
});

Deno.test("integers are convolved, operands meet in one dtype, bools are refused", async () => {
  const whole = { dtype: "i32" } as const, image = tensor([[[3, 4]]], whole);
  const y = conv2d(image, ones([1, 1, 1, 2], whole));
  assertEquals([y.dtype, await y.array()], ["i32", [[[7]]]]);
  const met = conv2d(image, tensor([[[[0.5, 0.25]]]]));
  assertEquals([met.dtype, await met.array()], ["f32", [[[2.5]]]]);
  const truth = { dtype: "bool" } as const;
  assertThrows(
    () => conv2d(ones([1, 2, 2], truth), ones([1, 1, 1, 1], truth)),
    DtypeError,
    'Cannot conv2d bool by bool: sums of bools are counts, cast with to("i32")',
  );
});

testWith({ f16: true }, "f16 is summed in f32 and rounded once, forward and backward", async () => {
  const half = { dtype: "f16" } as const, ct = ones([1, 1, 1], half);
  // 2048 + 1 is no number of f16, 2048 + 1 + 1 is.
  const x = tensor([[[2048, 1]]], half), w = ones([1, 1, 1, 2], half);
  const [y, pull] = vjp((...[x, w, b]: Tensor[]) => conv2d(x, w, { bias: b }), x, w, ones([1], half));
  assertEquals([y.dtype, await y.array()], ["f16", [[[2050]]]]);
  assertEquals(pull(ct).map(({ dtype }) => dtype), ["f16", "f16", "f16"]);
});

Deno.test("a kernel of its name is given the image as it is, and runs while a gradient is recorded", async () => {
  const before = backend.kernels.get("conv2d"), seen: unknown[] = [];
  registerKernel(backend.name, "conv2d", (inputs, outputs, attributes) => {
    seen.push([...inputs, ...outputs].map(({ shape }) => shape), attributes);
  });
  try {
    const x = ones([1, 1, 4, 4]), w = ones([1, 1, 3, 3]);
    const [, pull] = vjp((x: Tensor) => conv2d(x, w, { padding: "same", stride: 1 }), x);
    assertEquals(seen, [
      [[1, 1, 4, 4], [1, 1, 3, 3], [1, 1, 4, 4]],
      { stride: [1, 1], dilation: [1, 1], padding: [[1, 1], [1, 1]], groups: 1 },
    ]);
    assertEquals(conv2d(x, w, { stride: [2, 1], padding: [1, 0] }).shape, [1, 1, 2, 2]);
    const [dx] = pull(ones([1, 1, 4, 4]));
    assertEquals(await dx.slice(0, 0, 0).array(), [4, 6, 6, 4]);
  } finally {
    if (before) backend.kernels.set("conv2d", before);
    else backend.kernels.delete("conv2d");
  }
});

const image = zeros([1, 4, 5, 5]), weight = zeros([6, 2, 3, 3]), never = (x: unknown) => x as never;
const options = (given: unknown) => () => conv2d(image, weight, { groups: 2, ...given as object });

const refused: Readonly<Record<string, readonly [fn: () => unknown, kind: ErrorClass, text: string]>> = {
  "nothing": [() => conv2d(image, never(undefined)), TypeError, "Cannot conv2d nothing: a tensor is needed"],
  "a number as a bias": [options({ bias: 3 }), TypeError, "Cannot conv2d 3: a tensor is needed"],
  "an image without channels": [
    () => conv2d(zeros([5, 5]), weight),
    ShapeError,
    "Cannot conv2d [5, 5] by [6, 2, 3, 3]: an image [channels, rows, columns] or a batch of them is needed",
  ],
  "a weight without channels": [
    () => conv2d(image, zeros([3, 3])),
    ShapeError,
    "Cannot conv2d [1, 4, 5, 5] by [3, 3]: a weight [channels out, channels in / groups, rows, columns] is needed",
  ],
  "a weight without rows": [
    () => conv2d(image, zeros([6, 4, 0, 3])),
    ShapeError,
    "Cannot conv2d [1, 4, 5, 5] by [6, 4, 0, 3]: a window of at least one element is needed",
  ],
  "other channels": [
    () => conv2d(image, weight),
    ShapeError,
    "Cannot conv2d [1, 4, 5, 5] by [6, 2, 3, 3]: the image has 4 channels, the weight takes 2",
  ],
  "other channels in groups": [
    () => conv2d(image, weight, { groups: 3 }),
    ShapeError,
    "Cannot conv2d [1, 4, 5, 5] by [6, 2, 3, 3]: the image has 4 channels, the weight takes 3 groups of 2",
  ],
  "groups that do not divide": [
    () => conv2d(image, zeros([5, 2, 3, 3]), { groups: 2 }),
    ShapeError,
    "Cannot conv2d [1, 4, 5, 5] by [5, 2, 3, 3]: 2 groups do not divide 5 channels out",
  ],
  "another bias": [
    options({ bias: zeros([4]) }),
    ShapeError,
    "Cannot conv2d [1, 4, 5, 5] by [6, 2, 3, 3]: the bias is [4], [6] is needed",
  ],
  "a window beyond the image": [
    options({ dilation: [1, 3], padding: [0, 0] }),
    ShapeError,
    "Cannot conv2d [1, 4, 5, 5] by [6, 2, 3, 3]: windows of [3, 7] do not fit into [5, 5], which is the image with its padding",
  ],
  "a stride of 0": [
    options({ stride: 0 }),
    RangeError,
    "Cannot conv2d with a stride of 0: an integer from 1 is needed, or two for rows and columns",
  ],
  "three strides": [options({ stride: [1, 2, 3] }), RangeError, "Cannot conv2d with a stride of [1, 2, 3]: "],
  "a dilation of a half": [
    options({ dilation: [1, 0.5] }),
    RangeError,
    "Cannot conv2d with a dilation of [1, 0.5]: ",
  ],
  "padding below 0": [
    options({ padding: -1 }),
    RangeError,
    "Cannot conv2d with a padding of -1: an integer from 0",
  ],
  "padding by a name that is none": [
    options({ padding: "full" }),
    RangeError,
    'Cannot conv2d with a padding of "full": an integer from 0 is needed, or two for rows and columns, "same" or "valid"',
  ],
  "the same size with a stride": [
    options({ padding: "same", stride: [1, 2] }),
    RangeError,
    'Cannot conv2d with padding "same" and a stride of [1, 2]: the result would be smaller than the image, choose the padding',
  ],
  "no groups": [options({ groups: 0 }), RangeError, "Cannot conv2d in 0 groups: an integer from 1 is needed"],
  "an option that is none": [
    options({ strides: 2 }),
    TypeError,
    'Cannot conv2d with an option "strides": did you mean stride?',
  ],
  "a bias in place of options": [
    () => conv2d(image, weight, never(zeros([6]))),
    TypeError,
    "Cannot conv2d with options a Tensor: pass an object, as in { bias: … }",
  ],
};

for (const [what, [fn, kind, text]] of Object.entries(refused)) {
  Deno.test(`${what} is refused in words`, () => {
    assertThrows(fn, kind, text);
  });
}
