import * as tg from "@tapegrad/core";
import {
  arange,
  eye,
  fromArray,
  full,
  linspace,
  meshgrid,
  type Nested,
  tensor,
  variable,
  zeros,
} from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { backend, precision, testWith, within } from "../../backend_traits.ts";

Deno.test("nested arrays give shape, and numbers f32, and truth values bool", () => {
  const rows: [Nested, number[], string][] = [
    [3, [], "f32"],
    [true, [], "bool"],
    [[], [0], "f32"],
    [[[], []], [2, 0], "f32"],
    [[[[1]], [[2]]], [2, 1, 1], "f32"],
    [[true, false], [2], "bool"],
    [[true, 2], [2], "f32"],
  ];
  for (const [data, shape, dtype] of rows) {
    const x = tensor(data);
    assertEquals([x.shape, x.dtype as string], [shape, dtype], JSON.stringify(data));
  }
});

Deno.test("a typed array keeps its dtype, and bytes become i32", async () => {
  const rows = [
    [Float32Array.of(1.5, 2), "f32", [1.5, 2]],
    [Float64Array.of(0.1, 2), "f64", [0.1, 2]],
    [Int32Array.of(-1, 2), "i32", [-1, 2]],
    [Uint32Array.of(2 ** 32 - 1, 2), "u32", [2 ** 32 - 1, 2]],
    [Uint8Array.of(255, 0), "i32", [255, 0]],
  ] as const;
  for (const [data, dtype, elements] of rows.filter(([, dtype]) => backend.dtypes.has(dtype))) {
    const x = tensor(data);
    assertEquals([x.dtype as string, x.shape, [...await x.data()]], [dtype, [2], [...elements]]);
  }
  assertEquals(await tensor(Uint8Array.of(5, 0), { dtype: "bool" }).data(), Uint8Array.of(1, 0));
  assertEquals(await fromArray(Float64Array.of(1, 2, 3, 4), [2, 2], { dtype: "i32" }).array(), [[1, 2], [
    3,
    4,
  ]]);
});

Deno.test("elements are copied, so that what they came from may change", async () => {
  const data = Float32Array.of(1, 2), nested = [[1, 2]];
  const [x, y] = [tensor(data), tensor(nested)];
  data[0] = 9;
  nested[0][0] = 9;
  assertEquals([await x.array(), await y.array()], [[1, 2], [[1, 2]]]);
});

Deno.test("integers cut fractions off, and bool is whether a number is other than 0", async () => {
  assertEquals(await tensor([1.9, -1.9, 2 ** 31 - 0.5], { dtype: "i32" }).array(), [1, -1, 2 ** 31 - 1]);
  assertEquals(await tensor([-0.9, 2 ** 32 - 1], { dtype: "u32" }).array(), [0, 2 ** 32 - 1]);
  assertEquals(await tensor([0, 0.5, NaN, -0], { dtype: "bool" }).array(), [false, true, true, false]);
  assertEquals(await full([2], 7, { dtype: "bool" }).data(), Uint8Array.of(1, 1));
});

Deno.test("full, zeros, ones and their likes", async () => {
  assertEquals(await full([2, 1], 2.5).array(), [[2.5], [2.5]]);
  assertEquals(await full([], -1, { dtype: "i32" }).array(), -1);
  assertEquals(tg.ones([0, 2]).shape, [0, 2]);
  const x = tensor([[1, 2]], { dtype: precision });
  for (const [like, value] of [[x.zerosLike(), 0], [x.onesLike(), 1], [tg.fullLike(x, 7), 7]] as const) {
    assertEquals([like.dtype as string, await like.array()], [precision, [[value, value]]]);
  }
});

Deno.test("arange counts up to its end, exclusive, also down and by fractions", async () => {
  assertEquals(await arange(4).array(), [0, 1, 2, 3]);
  assertEquals(await arange(2, 5, { dtype: "i32" }).array(), [2, 3, 4]);
  assertEquals(await arange(3, { dtype: "i32" }).array(), [0, 1, 2]);
  assertEquals(await arange(5, { step: 2 }).array(), [0, 2, 4]);
  assertEquals(await arange(5, 0, { step: -2 }).array(), [5, 3, 1]);
  assertEquals(await arange(0, 1, { step: 0.25 }).array(), [0, 0.25, 0.5, 0.75]);
  assertEquals(arange(0, 1, { step: 0.1 }).size, 10);
  assertEquals([arange(0).size, arange(5, 2).size, arange(-3).size], [0, 0, 0]);
  assertThrows(() => arange(0, 5, { step: 0 }), RangeError, "a step other than 0");
  assertThrows(() => arange(0, Infinity), RangeError, "finite bounds");
});

const rounded = precision === "f64" ? (x: number) => x : Math.fround;

Deno.test("linspace has its ends exactly and equal distances", async () => {
  for (
    const [start, end, count] of [
      [0.1, 0.7, 38],
      [0, 0.1, 12],
      [-1, 1, 101],
      [1 / 3, 2 / 3, 10],
      [5, -3, 4],
      [0, within(1e-300, 1e-30), 3],
    ]
  ) {
    const points = [...await linspace(start, end, { count, dtype: precision }).data()];
    assertEquals([points.length, points[0], points.at(-1)], [count, rounded(start), rounded(end)]);
    const step = (end - start) / (count - 1), scale = Math.max(Math.abs(start), Math.abs(end));
    points.forEach((p, i) =>
      assertEquals(Math.abs(p - (start + i * step)) <= within(5e-16, 2 ** -23) * scale, true)
    );
  }
  assertEquals(await linspace(2, 3, { count: 1 }).array(), [2]);
  assertEquals(await linspace(2, 3, { count: 0 }).array(), []);
  assertThrows(() => linspace(0, 1, { count: 2.5 }), RangeError, "count is an integer from 0");
});

Deno.test("eye is square unless told otherwise", async () => {
  assertEquals(await eye(2).array(), [[1, 0], [0, 1]]);
  assertEquals(await eye(2, 3, { dtype: "i32" }).array(), [[1, 0, 0], [0, 1, 0]]);
  assertEquals(await eye(3, 1).array(), [[1], [0], [0]]);
  assertEquals([eye(0).shape, eye(2, 0).shape], [[0, 0], [2, 0]]);
});

Deno.test("meshgrid by matrix indices and by coordinates", async () => {
  const [x, y] = [tensor([1, 2, 3]), tensor([4, 5])];
  const grids = (indexing: "ij" | "xy") => Promise.all(meshgrid([x, y], { indexing }).map((g) => g.array()));
  assertEquals(await grids("ij"), [[[1, 1], [2, 2], [3, 3]], [[4, 5], [4, 5], [4, 5]]]);
  assertEquals(await grids("xy"), [[[1, 2, 3], [1, 2, 3]], [[4, 4, 4], [5, 5, 5]]]);
  assertEquals(meshgrid([x, y, tensor(7)]).map((g) => g.shape), [[3, 2, 1], [3, 2, 1], [3, 2, 1]]);
  assertEquals(await meshgrid([x], { indexing: "xy" })[0].array(), [1, 2, 3]);
  assertThrows(
    () => meshgrid([zeros([2, 2])]),
    tg.ShapeError,
    "Cannot make a grid of [2, 2]: vectors are needed",
  );
});

Deno.test("variable makes a leaf, of a tensor a copy of it", async () => {
  const x = tensor([1, 2], { dtype: precision }), w = variable(x);
  tg.noGrad(() => w.assign(0));
  assertEquals([await x.array(), w.dtype as string, w.requiresGrad, w.isLeaf], [
    [1, 2],
    precision,
    true,
    true,
  ]);
  assertEquals(tensor([1], { requiresGrad: true }).requiresGrad, true);
});

testWith({ f64: true }, "the default dtype is that of numbers, not of typed arrays", () => {
  tg.setDefaultDtype("f64");
  try {
    assertEquals(
      [tensor([1]).dtype, zeros([1]).dtype, tg.uniform([1]).dtype, tg.add(1, 2).dtype],
      new Array(4).fill("f64"),
    );
    assertEquals(tensor(Float32Array.of(1)).dtype, "f32");
  } finally {
    tg.setDefaultDtype("f32");
  }
});

Deno.test("oneHot, diag and indexSelect of small cases", async () => {
  const index = tensor([2, 0], { dtype: "i32" });
  assertEquals(await tg.oneHot(index, 3).array(), [[0, 0, 1], [1, 0, 0]]);
  assertEquals(await tg.diag(tensor([1, 2]), -1).array(), [[0, 0, 0], [1, 0, 0], [0, 2, 0]]);
  assertEquals(await tg.diag(tensor([[1, 2], [3, 4]]), 1).array(), [2]);
  assertEquals(await tg.indexSelect(tensor([5, 6, 7]), 0, index).array(), [7, 5]);
  const scalar = tensor(4), zero = tensor(0, { dtype: "i32" });
  assertEquals([await scalar.gather(0, zero).array(), await tg.scatterAdd(scalar, 0, zero, 3).array()], [
    4,
    7,
  ]);
});

Deno.test("oneHot has as many classes as its largest index needs, where that can be read at once", async () => {
  const index = tg.tensor([[2, 0]], { dtype: "i32" });
  const make = () => tg.oneHot(index);
  if (!backend.synchronous) {
    return void assertThrows(make, tg.ShapeError, "pass one, as in oneHot(index, 10)");
  }
  assertEquals(await make().array(), [[[0, 0, 1], [1, 0, 0]]]);
  assertEquals(index.oneHot(undefined, { dtype: "f32" }).dtype, "f32");
  assertThrows(
    () => tg.oneHot(tg.zeros([0], { dtype: "i32" })),
    tg.ShapeError,
    "without a number of classes",
  );
  assertThrows(() => tg.oneHot(tg.tensor([-1], { dtype: "i32" })), tg.IndexError, "index -1 is out of range");
});
