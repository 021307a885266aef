/** Resampling where others crashed or went wrong, and what it refuses. */
import "@tapegrad/backends";
import * as tg from "@tapegrad/core";
import { DtypeError, ShapeError, type Tensor, tensor } from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { precise } from "../../backend_traits.ts";

const { interpolate, gridSample } = tg, wrong = (value: unknown) => value as never;
// Its places overflow where coordinates do not yet.
const image = (): Tensor => tg.arange(1, 9).reshape([1, 1, 2, 4]);

function place(...coordinates: number[]): Tensor {
  return tensor(coordinates).reshape([1, 1, -1, 2]);
}

async function everything(
  mode: "bilinear" | "bicubic",
  paddingMode: "zeros" | "border" | "reflection",
): Promise<number[]> {
  const x = tg.variable(image()), grid = tg.variable(place(3e38, 0, -3e38, 3e38, NaN, NaN));
  const y = gridSample(x, grid, { mode, paddingMode });
  y.sum().backward();
  return [...await y.data(), ...await x.grad!.data(), ...await grid.grad!.data()];
}

// PyTorch crashes on NaN, and gives NaN of what overflows (its issues 24823, 42616, 51911).
for (const mode of ["bilinear", "bicubic"] as const) {
  for (const paddingMode of ["zeros", "border", "reflection"] as const) {
    Deno.test(`places that are NaN or overflow have values and gradients: ${mode}, ${paddingMode}`, async () => {
      const all = await everything(mode, paddingMode);
      assertEquals(all.filter((value) => !Number.isFinite(value)), []);
    });
  }
}

Deno.test("NaN is read at the first edge, what overflows far beyond it", async () => {
  const y = gridSample(image(), place(NaN, NaN, 3e38, 0), { paddingMode: "border" });
  assertEquals(await y.array(), [[[[1, 6]]]]);
  assertEquals(await gridSample(image(), place(3e38, 0)).array(), [[[[0]]]]);
});

// An infinity beside a place counts where its weight is 0, but not what lies beyond the edge.
Deno.test("what lies beyond an edge is not multiplied with what lies there", async () => {
  const x = tensor([[[[1, Infinity]]]]), corners = { alignCorners: true };
  assertEquals(await gridSample(x, place(1, 0), corners).array(), [[[[Infinity]]]]);
  const y = interpolate(tensor([[[1, 2, Infinity, 4, 5, 6, 7]]]).unsqueeze(2), {
    size: [1, 2],
    mode: "bilinear",
    antialias: true,
  });
  assertEquals((await y.data())[0], Infinity);
  const parts = interpolate(tensor([[[Infinity, 1, 2, 3, 4]]]), { size: 3, mode: "area" });
  assertEquals(await parts.array(), [[[Infinity, 2, 3.5]]]);
});

Deno.test("batches may be empty, and so may be places", async () => {
  for (const mode of ["nearest", "bilinear", "bicubic", "area"] as const) {
    assertEquals(interpolate(tg.zeros([0, 2, 3, 3]), { size: 2, mode }).shape, [0, 2, 2, 2]);
  }
  assertEquals(gridSample(tg.zeros([0, 1, 2, 2]), tg.zeros([0, 3, 3, 2])).shape, [0, 1, 3, 3]);
  assertEquals(gridSample(tg.zeros([2, 1, 2, 2]), tg.zeros([2, 0, 3, 2])).shape, [2, 1, 0, 3]);
  assertEquals(tg.affineGrid(tg.zeros([0, 2, 3]), [0, 1, 2, 2]).shape, [0, 2, 2, 2]);
  assertEquals(tg.pixelShuffle(tg.zeros([0, 4, 2, 2]), 2).shape, [0, 1, 4, 4]);
  assertEquals(await tg.channelShuffle(tg.zeros([0, 4, 2]), 2).array(), []);
});

Deno.test("a size is the factor's rounded down, and places lie apart by the factor, not by the sizes", async () => {
  const x = tg.arange(5).reshape([1, 1, 5]), options = { scaleFactor: 1.5, mode: "linear" } as const;
  const found = await interpolate(x, options).data();
  const expected = Array.from({ length: 7 }, (_, i) => Math.max(0, (i + 0.5) / 1.5 - 0.5));
  assertEquals([...found].map((v) => v.toFixed(4)), expected.map((v) => v.toFixed(4)));
});

Deno.test("integers are taken as they are, and halves rounded once", async () => {
  const x = tensor([[[1, 2]]], { dtype: "i32" });
  const y = interpolate(x, { scaleFactor: 2 });
  assertEquals([y.dtype, await y.array()], ["i32", [[[1, 1, 2, 2]]]]);
  assertEquals(interpolate(tg.zeros([1, 1, 2], { dtype: "f16" }), { size: 3, mode: "linear" }).dtype, "f16");
  assertThrows(() => interpolate(x, { size: 3, mode: "linear" }), DtypeError);
});

Deno.test("a gradient of many taps on one element adds up", async () => {
  const x = tg.variable(precise([1, 2]).reshape([1, 1, 2]));
  interpolate(x, { size: 1000 }).sum().backward();
  assertEquals(await x.grad!.array(), [[[500, 500]]]);
});

const five = tg.zeros([1, 1, 5]), square = tg.zeros([1, 1, 2, 2]), cube = tg.zeros([1, 1, 2, 2, 2]);

const refused: Readonly<Record<string, readonly [message: string, call: () => unknown]>> = {
  "interpolate to nothing": ["either a size or a scaleFactor", () => interpolate(five, {})],
  "interpolate without options": [
    "either a size or a scaleFactor",
    () => interpolate(five, wrong(undefined)),
  ],
  "both a size and a factor": ["one of them", () => interpolate(five, { size: 2, scaleFactor: 2 })],
  "dim sizes": ["a number or a list of 2 is needed", () => interpolate(square, { size: [2] })],
  "an unknown mode": ["choose one of nearest", () => interpolate(five, { size: 2, mode: wrong("cubic") })],
  "a mode of another rank": [
    "mode bilinear is for 4 axes",
    () => interpolate(five, { size: 2, mode: "bilinear" }),
  ],
  "a matrix": ["one to three axes", () => interpolate(tg.zeros([2, 2]), { size: 2 })],
  "size 0": ["must be above 0", () => interpolate(five, { size: 0 })],
  "half a size": ["must be above 0", () => interpolate(five, { size: 2.5 })],
  "a factor that leaves nothing": ["must be above 0", () => interpolate(five, { scaleFactor: 0.1 })],
  "a factor of NaN": ["scaleFactor of NaN", () => interpolate(five, { scaleFactor: NaN })],
  "corners of the nearest": [
    "with alignCorners: leave it out",
    () => interpolate(five, { size: 2, alignCorners: true }),
  ],
  "antialias of the nearest": [
    "for bilinear and bicubic",
    () => interpolate(five, { size: 2, antialias: true }),
  ],
  "a size that is recomputed": [
    "it is for a scaleFactor",
    () => interpolate(five, { size: 2, recomputeScaleFactor: true }),
  ],
  "scale_factor": [
    "did you mean scaleFactor",
    () => interpolate(five, wrong({ scale_factor: 2 })),
  ],
  "a grid of another batch": ["Cannot gridSample", () => gridSample(square, tg.zeros([2, 1, 1, 2]))],
  "a grid of triples": ["Cannot gridSample", () => gridSample(square, tg.zeros([1, 1, 1, 3]))],
  "a bicubic volume": [
    "a volume in mode bicubic",
    () => gridSample(cube, tg.zeros([1, 1, 1, 1, 3]), { mode: "bicubic" }),
  ],
  "a grid of another dtype": [
    "Cannot gridSample f32 at f16",
    () => gridSample(square, tg.zeros([1, 1, 1, 2], { dtype: "f16" })),
  ],
  "padding of zeroes": [
    "choose one of zeros",
    () => gridSample(square, tg.zeros([1, 1, 1, 2]), { paddingMode: wrong("zeroes") }),
  ],
  "maps of volumes for images": [
    "Cannot make an affineGrid",
    () => tg.affineGrid(tg.zeros([1, 3, 4]), [1, 1, 2, 2]),
  ],
  "channels that are no square": ["whose square divides", () => tg.pixelShuffle(tg.zeros([1, 6, 2, 2]), 2)],
  "rows that are not divided": ["that divides", () => tg.pixelUnshuffle(tg.zeros([1, 1, 3, 4]), 2)],
  "a factor of 0": ["by 0", () => tg.pixelShuffle(tg.zeros([1, 4, 2, 2]), 0)],
  "groups": ["that divides", () => tg.channelShuffle(tg.zeros([1, 4, 2]), 3)],
};

for (const [what, [message, call]] of Object.entries(refused)) {
  Deno.test(`${what} is refused`, () => void assertThrows(call, Error, message));
}

Deno.test("shapes that do not fit are a ShapeError", () => {
  assertThrows(() => interpolate(square, { size: [2] }), ShapeError);
  assertThrows(() => gridSample(square, tg.zeros([1, 1, 2])), ShapeError);
});
