/** Convolutions along any number of axes and their transposes: as each other's adjoints, as what others got wrong, and refused. */
import {
  arange,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  DtypeError,
  foldImages,
  fromArray,
  ones,
  registerKernel,
  ShapeError,
  sum,
  type Tensor,
  tensor,
  unfoldImages,
  vjp,
  zeros,
} from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { backend, type ErrorClass, precise, testWith } from "../../backend_traits.ts";

// Whole numbers, of which sums are exact in any order.
function whole(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => (i * 7 + seed * 3) % 11 - 5);
  return fromArray(data, shape, { backend: backend.name });
}

interface Geometry {
  readonly stride?: number[];
  readonly padding?: number[];
  readonly dilation?: number[];
  readonly groups?: number;
}

type Convolve = (x: Tensor, weight: Tensor, options: never) => Tensor;

const along: readonly { readonly there: Convolve; readonly back: Convolve }[] = [
  { there: conv1d, back: convTranspose1d },
  { there: conv2d, back: convTranspose2d },
  { there: conv3d, back: convTranspose3d },
];

const geometries:
  readonly (Geometry & { readonly x: readonly number[]; readonly window: readonly number[] })[] = [
    { x: [7], window: [3] },
    { x: [8], window: [3], stride: [3], padding: [2] },
    { x: [9], window: [2], dilation: [4], stride: [2] },
    { x: [3], window: [2], padding: [4], stride: [3] },
    { x: [4, 5], window: [3, 2] },
    { x: [5, 4], window: [1, 3], stride: [2, 1], padding: [0, 1] },
    { x: [6, 5], window: [2, 3], dilation: [3, 2], padding: [1, 2], groups: 2 },
    { x: [5, 6], window: [3, 1], stride: [2, 3], dilation: [2, 5], groups: 2 },
    { x: [3, 3, 3], window: [2, 1, 3] },
    { x: [3, 4, 2], window: [2, 2, 1], stride: [1, 2, 3], padding: [1, 0, 2], groups: 2 },
    { x: [5, 2, 3], window: [2, 2, 2], dilation: [3, 1, 2], padding: [0, 1, 1] },
  ];

/** How much of the outputs of a transposed convolution no window of that size reaches. */
function left({ x, window, ...geometry }: typeof geometries[number]): number[] {
  const all = window.map(() => 1), none = window.map(() => 0);
  const { stride = all, padding = none, dilation = all } = geometry;
  return x.map((n, i) => (n + 2 * padding[i] - dilation[i] * (window[i] - 1) - 1) % stride[i]);
}

for (const geometry of geometries) {
  const { x, window, ...options } = geometry, { groups = 1 } = options, { there, back } = along[x.length - 1];
  const shapes = { x: [2, 4, ...x], weight: [6, 4 / groups, ...window] };
  Deno.test(`a convolution is the adjoint of its transpose: ${JSON.stringify(geometry)}`, async () => {
    const image = whole(shapes.x, 1), weight = whole(shapes.weight, 2);
    const y = there(image, weight, options as never), ct = whole(y.shape, 3);
    const outputPadding = left(geometry);
    const returned = back(ct, weight, { ...options, outputPadding } as never);
    assertEquals(returned.shape, image.shape);
    assertEquals(await sum(y.mul(ct)).item(), await sum(image.mul(returned)).item());
    const pulled = vjp((image, weight) => there(image, weight, options as never), image, weight)[1](ct);
    assertEquals(await pulled[0].array(), await returned.array());
    assertEquals(await sum(pulled[1].mul(weight)).item(), await sum(y.mul(ct)).item());
  });
}

Deno.test("along one axis, and along three of which one has one element, it is conv2d", async () => {
  const x = whole([2, 4, 3, 7], 1), weight = whole([2, 2, 1, 3], 2);
  const options = { stride: 2, padding: 1, dilation: 2, groups: 2 } as const;
  const flat = { stride: [1, 2], padding: [0, 1], dilation: [1, 2], groups: 2 } as const;
  const expected = await conv2d(x, weight, flat).array();
  const rows = x.permute([0, 2, 1, 3]).reshape([6, 4, 7]), lines = conv1d(rows, weight.squeeze(2), options);
  assertEquals(await lines.reshape([2, 3, 2, 3]).permute([0, 2, 1, 3]).array(), expected);
  const volume = conv3d(x.unsqueeze(2), weight.unsqueeze(2), {
    ...options,
    stride: [1, 1, 2],
    padding: [0, 0, 1],
    dilation: [1, 1, 2],
  });
  assertEquals(await volume.squeeze(2).array(), expected);
});

Deno.test("kernels of the transpose and of the weight's gradient run in the gradient of a convolution", () => {
  const names = ["convTranspose2d", "conv2dWeight"] as const, seen: unknown[] = [];
  const before = names.map((name) => backend.kernels.get(name));
  for (const name of names) {
    registerKernel(backend.name, name, (inputs, outputs, attributes) => {
      seen.push(name, [...inputs, ...outputs].map(({ shape }) => shape), attributes);
    });
  }
  try {
    const options = { stride: 2, padding: [1, 0], groups: 2 } as const;
    const [, pull] = vjp(
      (x: Tensor, w: Tensor) => conv2d(x, w, options),
      ones([1, 2, 5, 4]),
      ones([4, 1, 3, 2]),
    );
    pull(ones([1, 4, 3, 2]));
    const told = { stride: [2, 2], padding: [[1, 1], [0, 0]], dilation: [1, 1], groups: 2 };
    assertEquals(seen, [
      ...["convTranspose2d", [[1, 4, 3, 2], [4, 1, 3, 2], [1, 2, 5, 4]], { ...told, extents: [5, 4] }],
      ...["conv2dWeight", [[1, 2, 5, 4], [1, 4, 3, 2], [4, 1, 3, 2]], { ...told, extents: [3, 2] }],
    ]);
  } finally {
    names.forEach((name, i) => {
      const kernel = before[i];
      if (kernel) backend.kernels.set(name, kernel);
      else backend.kernels.delete(name);
    });
  }
});

Deno.test("views are convolved as their copies are", async () => {
  const image = whole([2, 5, 4, 3], 1).permute([0, 3, 2, 1]).flip(3),
    weight = whole([3, 3, 2, 2], 2).transpose();
  const copies = [image, weight].map((t) => t.contiguous());
  for (const convolve of [conv2d, convTranspose2d]) {
    assertEquals(await convolve(image, weight).array(), await convolve(copies[0], copies[1]).array());
  }
  const repeated = ones([1, 1, 1, 1]).expand([2, 3, 4, 4]);
  assertEquals(await conv2d(repeated, ones([1, 3, 4, 4])).array(), [[[[48]]], [[[48]]]]);
});

Deno.test("integers are convolved back, bools are refused", async () => {
  const whole = { dtype: "i32" } as const, x = tensor([[3, 4]], whole);
  const y = convTranspose1d(x, tensor([[[1, 10]]], whole), { stride: 2 });
  assertEquals([y.dtype, await y.array()], ["i32", [[3, 30, 4, 40]]]);
  const truth = ones([1, 1, 1], { dtype: "bool" });
  assertThrows(() => convTranspose1d(truth, truth), DtypeError, "Cannot convTranspose1d bool by bool");
});

testWith({ f16: true }, "f16 is added up in f32 and rounded once on the way back", async () => {
  const half = { dtype: "f16" } as const, x = tensor([[2048, 1, 1]], half);
  const y = convTranspose1d(x, ones([1, 1, 3], half));
  assertEquals([y.dtype, await y.slice(0, 2).item()], ["f16", 2050]);
});

// Of pytorch/pytorch 63314, 5112, 1565 and 37844, onnxruntime 2518, mxnet 11203, tfjs 5378 and 6629, burn 2676.
Deno.test("what others got wrong of transposed convolutions", async () => {
  const [x, w] = [precise([[[[-2, -0.5]]]]), precise([[[[-0.75]]]])];
  const [y, pull] = vjp((x: Tensor, w: Tensor) => convTranspose2d(x, w, { stride: 2 }), x, w);
  assertEquals(await y.array(), [[[[1.5, 0, 0.375]]]]);
  const [dx, dw] = pull(precise([[[[1.5, 0, 0.5]]]]));
  assertEquals([await dx.array(), await dw.array()], [[[[[-1.125, -0.375]]]], [[[[-3.25]]]]]);

  const beyond = vjp(
    (x: Tensor) => convTranspose2d(x, ones([4, 1, 3, 3]), { outputPadding: 1, dilation: 2 }),
    ones([1, 4, 1, 1]),
  );
  assertEquals(beyond[0].shape, [1, 1, 6, 6]);
  assertEquals(await beyond[1](ones([1, 1, 6, 6]))[0].array(), [[[[9]], [[9]], [[9]], [[9]]]]);

  const apart = convTranspose1d(ones([1, 6]), ones([1, 1, 3]), {
    stride: 2,
    padding: 1,
    outputPadding: 1,
    dilation: 2,
  });
  assertEquals(await apart.array(), [[0, 2, 0, 3, 0, 3, 0, 3, 0, 3, 0, 2, 0, 1]]);

  const tall = zeros([1, 1, 50, 50]),
    options = { dilation: [3, 1], padding: [4, 2], stride: [2, 1] } as const;
  assertEquals(convTranspose2d(tall, zeros([1, 3, 3, 5]), options).shape, [1, 3, 97, 50]);
});

Deno.test("what others got wrong of convolutions", async () => {
  const around = conv2d(zeros([1, 6, 20, 10]), zeros([1, 6, 3, 3]), {
    padding: [0, 1],
    paddingMode: "circular",
  });
  assertEquals(around.shape, [1, 1, 18, 10]);
  const each = conv2d(ones([3, 9, 9]), ones([3, 1, 3, 3]), { groups: 3, dilation: 4, padding: "same" });
  assertEquals(await each.slice(0, 4).array(), [6, 6, 6, 6, 9, 6, 6, 6, 6]);
  const one = conv2d(arange(5).reshape([1, 1, 5]), tensor([[[[1, 10]]]]), { stride: [1, 2] });
  assertEquals(await one.array(), [[[10, 32]]]);
  assertEquals(conv2d(zeros([3, 16, 16]), zeros([3, 3, 2, 2]), { padding: "same" }).shape, [3, 16, 16]);
});

Deno.test("columns of windows are put where they came from, and added", async () => {
  const x = arange(9).reshape([1, 3, 3]), options = { padding: 1, stride: 2, dilation: 2 } as const;
  const columns = unfoldImages(x, 2, options);
  assertEquals(await columns.array(), [[0, 0, 0, 4], [0, 0, 4, 0], [0, 4, 0, 0], [4, 0, 0, 0]]);
  assertEquals(await foldImages(columns, 3, 2, options).array(), [[[0, 0, 0], [0, 16, 0], [0, 0, 0]]]);
  const counts = foldImages(unfoldImages(ones([2, 1, 3, 3]), 2), 3, 2);
  assertEquals(await counts.slice(1, 0).array(), [[1, 2, 1], [2, 4, 2], [1, 2, 1]]);
  assertEquals(unfoldImages(zeros([0, 2, 3, 3]), 2).shape, [0, 8, 4]);
  assertEquals(foldImages(zeros([0, 8, 4]), 3, 2).shape, [0, 2, 3, 3]);
});

const image = zeros([1, 4, 5, 5]), weight = zeros([4, 2, 3, 3]);
const back = (given: unknown) => () => convTranspose2d(image, weight, given as object);

const refused: Readonly<Record<string, readonly [fn: () => unknown, kind: ErrorClass, text: string]>> = {
  "an image as a sequence": [
    () => conv1d(image, zeros([2, 4, 3])),
    ShapeError,
    "Cannot conv1d [1, 4, 5, 5] by [2, 4, 3]: a sequence [channels, length] or a batch of them is needed",
  ],
  "an image's weight for a volume": [
    () => conv3d(zeros([1, 2, 2, 2]), weight),
    ShapeError,
    "Cannot conv3d [1, 2, 2, 2] by [4, 2, 3, 3]: a weight [channels out, channels in / groups, depth, rows, columns] is needed",
  ],
  "a list of two for one axis": [
    () => conv1d(zeros([1, 5]), zeros([1, 1, 2]), { stride: [1, 2] as never }),
    RangeError,
    "Cannot conv1d with a stride of [1, 2]: an integer from 1 is needed, or a list of it",
  ],
  "a list of two for three": [
    () => conv3d(zeros([1, 2, 2, 2]), zeros([1, 1, 1, 1, 1]), { padding: [1, 2] as never }),
    RangeError,
    'Cannot conv3d with a padding of [1, 2]: an integer from 0 is needed, or three for depth, rows and columns, "same" or "valid"',
  ],
  "a padding mode that is none": [
    () => conv2d(image, zeros([2, 4, 3, 3]), { paddingMode: "constant" as never }),
    RangeError,
    'Cannot conv2d with a padding mode of "constant": choose zeros, reflect, replicate or circular',
  ],
  "a weight of other channels in": [
    () => convTranspose2d(image, zeros([3, 4, 3, 3])),
    ShapeError,
    "Cannot convTranspose2d [1, 4, 5, 5] by [3, 4, 3, 3]: the image has 4 channels, the weight takes 3",
  ],
  "channels that groups do not divide": [
    back({ groups: 3 }),
    ShapeError,
    "Cannot convTranspose2d [1, 4, 5, 5] by [4, 2, 3, 3]: 3 groups do not divide 4 channels in",
  ],
  "a bias for one group": [
    back({ groups: 2, bias: zeros([2]) }),
    ShapeError,
    "Cannot convTranspose2d [1, 4, 5, 5] by [4, 2, 3, 3]: the bias is [2], [4] is needed",
  ],
  "padding by name on the way back": [
    back({ padding: "same" }),
    RangeError,
    'Cannot convTranspose2d with a padding of "same": an integer from 0 is needed, or two for rows and columns',
  ],
  "an output padding of a whole stride": [
    back({ stride: [2, 1], outputPadding: [1, 1] }),
    RangeError,
    "Cannot convTranspose2d with an outputPadding of [1, 1]: it must be less than the stride, [2, 1], or the dilation, [1, 1]",
  ],
  "padding that leaves nothing": [
    () => convTranspose1d(zeros([1, 2]), zeros([1, 1, 1]), { padding: 1 }),
    ShapeError,
    "Cannot convTranspose1d [1, 2] by [1, 1, 1]: the padding leaves nothing of the result, extents of [0]",
  ],
  "an image of no elements": [
    () => convTranspose2d(zeros([1, 0, 4]), zeros([1, 1, 3, 3])),
    ShapeError,
    "Cannot convTranspose2d [1, 0, 4] by [1, 1, 3, 3]: the image has no elements, one along each axis is needed",
  ],
  "columns of windows that fit nowhere": [
    () => foldImages(zeros([12, 12]), [4, 5], 2, { dilation: 8 }),
    ShapeError,
    "Cannot foldImages [12, 12]: windows of [2, 2] do not fit into an image of [4, 5] with its padding",
  ],
  "another number of columns": [
    () => foldImages(zeros([2, 8, 3]), 3, 2),
    ShapeError,
    "Cannot foldImages [2, 8, 3]: columns [channels · 4, 4] or a batch of them are needed",
  ],
  "windows larger than the image": [
    () => unfoldImages(zeros([1, 2, 2]), 3),
    ShapeError,
    "Cannot unfoldImages [1, 2, 2]: windows of [3, 3] do not fit into an image of [2, 2] with its padding",
  ],
  "columns of a matrix": [
    () => unfoldImages(zeros([2, 2]), 1),
    ShapeError,
    "Cannot unfoldImages [2, 2]: an image [channels, rows, columns] or a batch of them is needed",
  ],
};

for (const [what, [fn, kind, text]] of Object.entries(refused)) {
  Deno.test(`${what} is refused in words`, () => {
    assertThrows(fn, kind, text);
  });
}
