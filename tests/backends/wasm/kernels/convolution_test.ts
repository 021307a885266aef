import type { AdjointAttributes, DType, Shape } from "@tapegrad/core/backend";
import { contiguousStrides, sizeOf } from "@tapegrad/core/backend";
import { assert, assertEquals } from "@std/assert";
import { convolutions } from "../../../../backends/wasm/kernels/conv/convolution.ts";
import type { WasmKernel } from "../../../../backends/wasm/kernels/kernel.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { anyView, Draws, filled, heaps, type HostView, onWasm } from "./agree.ts";

/** A convolution of any kind: shapes of images, weights and what they make, and how. */
interface Case {
  readonly x: Shape;
  readonly weight: Shape;
  readonly y: Shape;
  readonly attributes: AdjointAttributes;
}

const dtypes: readonly DType[] = ["f32", "f64", "f16", "i32", "u32"];

function anyCase(draws: Draws, rank: number): Case {
  // With windows of one element images are matrices as they are.
  const isPlain = draws.below(6) === 0;
  const axes = Array.from({ length: rank }, () => {
    const stride = isPlain ? 1 : 1 + draws.below(3), apart = 1 + draws.below(3);
    const taps = isPlain ? 1 : 1 + draws.below(4),
      [before, behind] = [0, 0].map((none) => isPlain ? none : draws.below(4));
    const least = apart * (taps - 1) + 1;
    const extent = Math.max(1, least - before - behind + draws.below([40, 9, 4][rank - 1]));
    const count = Math.floor((before + extent + behind - least) / stride) + 1;
    return { stride, apart, taps, before, behind, extent, count };
  });
  const groups = 1 + draws.below(3),
    taken = draws.below(3) ? 1 + draws.below(4) : 1,
    made = 1 + draws.below(9);
  const batch = 1 + draws.below(3), of = (pick: (axis: typeof axes[0]) => number) => axes.map(pick);
  const attributes = {
    stride: of((axis) => axis.stride),
    padding: axes.map(({ before, behind }) => [before, behind] as const),
    dilation: of((axis) => axis.apart),
    groups,
  };
  const extents = of((axis) => axis.extent);
  return {
    x: [batch, groups * taken, ...extents],
    weight: [groups * made, taken, ...of((axis) => axis.taps)],
    y: [batch, groups * made, ...of((axis) => axis.count)],
    attributes: { ...attributes, extents },
  };
}

/** Visits the elements of an image, a weight and a sum that meet, by their indices. */
function eachMeeting(
  { weight, x, y, attributes: { stride, padding, dilation, groups } }: Case,
  visit: (x: Shape, weight: Shape, y: Shape) => void,
): void {
  const made = weight[0] / groups;
  for (const [image, channel, ...place] of indicesOf(y)) {
    for (const [taken, ...tap] of indicesOf(weight.slice(1))) {
      const at = place.map((n, i) => n * stride[i] + tap[i] * dilation[i] - padding[i][0]);
      if (at.some((n, i) => n < 0 || n >= x[2 + i])) continue;
      const from = Math.floor(channel / made) * weight[1] + taken;
      visit([image, from, ...at], [channel, taken, ...tap], [image, channel, ...place]);
    }
  }
}

function* indicesOf(shape: Shape): Generator<number[]> {
  for (let n = 0; n < sizeOf(shape); n++) {
    const index: number[] = [];
    let rest = n;
    for (const extent of shape.toReversed()) {
      index.unshift(rest % extent);
      rest = Math.floor(rest / extent);
    }
    yield index;
  }
}

function place({ strides, offset }: HostView, index: Shape): number {
  return index.reduce((sum, n, axis) => sum + n * strides[axis], offset);
}

/** An operand of small whole numbers, so that sums are exact. */
function operand(draws: Draws, dtype: DType, shape: Shape): HostView {
  return filled(anyView(draws, dtype, shape, { repeats: true }), () => draws.below(4));
}

function expected({ output, inputs, bias }: Call, { how, one }: { how: Case; one: Order }): Float64Array {
  const sums = { ...output, buffer: Float64Array.from(output.buffer) };
  for (const index of indicesOf(output.shape)) {
    sums.buffer[place(sums, index)] = bias ? bias.buffer[place(bias, [index[1]])] : 0;
  }
  eachMeeting(how, (...all) => {
    const [a, b, c] = one.map((k) => all[k]);
    sums.buffer[place(sums, c)] += inputs[0].buffer[place(inputs[0], a)] *
      inputs[1].buffer[place(inputs[1], b)];
  });
  return sums.buffer;
}

/** Which of the image, the weight and the sum an op takes, and which it makes. */
type Order = readonly [number, number, number];

interface Call {
  readonly inputs: readonly HostView[];
  readonly output: HostView;
  readonly bias: HostView | undefined;
}

const orders: Readonly<Record<string, Order>> = { "": [0, 1, 2], Transpose: [2, 1, 0], Weight: [0, 2, 1] };

function nameOf(kind: string, rank: number): keyof typeof convolutions {
  const name = kind === "Transpose" ? `convTranspose${rank}d` : `conv${rank}d${kind}`;
  return name as keyof typeof convolutions;
}

function check(draws: Draws, kind: string, rank: number, how: Case, infinite?: number): void {
  const one = orders[kind], shapes = [how.x, how.weight, how.y], dtype = draws.of(dtypes);
  const inputs = one.slice(0, 2).map((k) => operand(draws, dtype, shapes[k]));
  if (infinite !== undefined) {
    const { buffer } = inputs[infinite];
    buffer[draws.below(buffer.length)] = Infinity;
  }
  const output = filled(anyView(draws, dtype, shapes[one[2]]), () => 77);
  const bias = kind !== "Weight" && draws.below(2) ? operand(draws, dtype, [output.shape[1]]) : undefined;
  const want = expected({ inputs, output, bias }, { how, one });
  const attributes = { ...how.attributes, extents: output.shape.slice(2) }, name = nameOf(kind, rank);
  for (const heap of heaps) {
    const call = { name, inputs: bias ? [...inputs, bias] : inputs, outputs: [output], attributes };
    const [got] = onWasm(convolutions[name] as WasmKernel<unknown>, call, heap);
    const what = `${name} ${dtype} ${JSON.stringify(how)} with ${heap.simd}`;
    const at = want.findIndex((x, i) => !Object.is(x, got[i]));
    assert(at < 0, `${got[at]} instead of ${want[at]} at ${at}: ${what}`);
  }
}

for (const kind of Object.keys(orders)) {
  for (const rank of [1, 2, 3]) {
    Deno.test(`${nameOf(kind, rank)} is the sum of what meets, whatever the layout, stride, padding, dilation and groups`, () => {
      const draws = new Draws(100 * rank + kind.length);
      for (let n = 0; n < 60; n++) check(draws, kind, rank, anyCase(draws, rank));
    });
  }
}

Deno.test("a transposed convolution sends nothing from beyond the edges: of infinite weights and slopes no NaN", () => {
  const draws = new Draws(7);
  for (let n = 0; n < 120; n++) {
    const rank = 1 + n % 3;
    check(draws, "Transpose", rank, anyCase(draws, rank), n % 2);
  }
});

function zeros(shape: Shape, fill = 0): HostView {
  const strides = contiguousStrides(shape), buffer = new Float32Array(sizeOf(shape)).fill(fill);
  return { buffer, dtype: "f32", shape, strides, offset: 0 };
}

function run(
  name: keyof typeof convolutions,
  shapes: readonly Shape[],
  attributes: object,
  heap?: Heap,
): Float32Array {
  const views = shapes.map((shape, i) => zeros(shape, i + 1)),
    inputs = [...views.slice(0, 2), ...views.slice(3)];
  const call = { name, inputs, outputs: [views[2]], attributes };
  return onWasm(convolutions[name] as WasmKernel<unknown>, call, heap)[0] as Float32Array;
}

Deno.test("convolutions of no channels are the bias, slopes of no images nothing", () => {
  const plain = { stride: [1, 2], padding: [[1, 1], [0, 1]], dilation: [2, 1], groups: 1 };
  const image = { ...plain, extents: [5, 4] }, weight = { ...plain, extents: [2, 3] };
  for (const heap of heaps) {
    assertEquals(run("conv2d", [[0, 2, 5, 4], [3, 2, 2, 3], [0, 3, 5, 2]], plain, heap).length, 0);
    const y = run("conv2d", [[2, 0, 5, 4], [3, 0, 2, 3], [2, 3, 5, 2], [3]], plain, heap);
    assertEquals(y, new Float32Array(60).fill(4));
    const unbiased = run("conv2d", [[2, 0, 5, 4], [3, 0, 2, 3], [2, 3, 5, 2]], plain, heap);
    assertEquals(unbiased, new Float32Array(60));
    const x = run("convTranspose2d", [[2, 0, 5, 2], [0, 3, 2, 3], [2, 3, 5, 4], [3]], image, heap);
    assertEquals(x, new Float32Array(120).fill(4));
    const w = run("conv2dWeight", [[0, 2, 5, 4], [0, 3, 5, 2], [3, 2, 2, 3]], weight, heap);
    assertEquals(w, new Float32Array(36));
  }
});

Deno.test("a convolution of a large batch needs no more memory than one of its images", () => {
  // Of 16 MiB the images and what they make are 12; all their patches would be 36.
  const [x, weight, y] = [[256, 4, 32, 32], [8, 4, 3, 3], [256, 8, 32, 32]];
  const plain = { stride: [1, 1], padding: [[1, 1], [1, 1]], dilation: [1, 1], groups: 1 };
  const one = () => new Heap({ memoryBytes: 2 ** 24 });
  const sums = run("conv2d", [x, weight, y], plain, one());
  assertEquals([sums[0], sums[33]], [4 * 4 * 2, 4 * 9 * 2]);
  const images = run("convTranspose2d", [y, weight, x], { ...plain, extents: [32, 32] }, one());
  assertEquals([images[0], images[33]], [8 * 4 * 2, 8 * 9 * 2]);
  const slopes = run("conv2dWeight", [x, y, weight], { ...plain, extents: [3, 3] }, one());
  assertEquals([slopes[0], slopes[4]], [256 * 31 * 31 * 2, 256 * 32 * 32 * 2]);
});

/** Of whole numbers, so that sums are exact. */
function drawn(draws: Draws, shape: Shape): HostView {
  return filled(zeros(shape), () => draws.below(4));
}

function imageOf({ buffer, ...view }: HostView, image: number): HostView {
  const shape = [1, ...view.shape.slice(1)], size = sizeOf(shape);
  return { ...view, buffer: buffer.slice(image * size, (image + 1) * size) as HostView["buffer"], shape };
}

Deno.test("gradients of many images, in pieces of several, are those of each image", () => {
  const draws = new Draws(11), batch = 11, shared = { dilation: [1, 1], groups: 2 };
  for (const [padding, stride, count] of [[[0, 0], 1, 18], [[1, 2], 1, 21], [[1, 0], 2, 10]] as const) {
    const given = { ...shared, padding: [padding, padding], stride: [stride, stride] };
    const x = drawn(draws, [batch, 16, 20, 20]), y = drawn(draws, [batch, 64, count, count]);
    const weight = drawn(draws, [64, 8, 3, 3]), images = Array.from({ length: batch }, (_, i) => i);
    for (const heap of heaps) {
      const call = (
        name: keyof typeof convolutions,
        inputs: readonly HostView[],
        shape: Shape,
        extents: Shape,
      ) => {
        const options = { name, inputs, outputs: [zeros(shape, 7)], attributes: { ...given, extents } };
        return onWasm(convolutions[name] as WasmKernel<unknown>, options, heap)[0];
      };
      const slopes = call("conv2dWeight", [x, y], weight.shape, [3, 3]), sums = slopes.map(() => 0);
      for (const image of images) {
        const own = [x, y].map((one) => imageOf(one, image));
        call("conv2dWeight", own, weight.shape, [3, 3]).forEach((slope, i) => sums[i] += slope);
      }
      assertEquals(slopes, sums);
      const back = call("convTranspose2d", [y, weight], x.shape, [20, 20]);
      const each = images.flatMap((
        image,
      ) => [...call("convTranspose2d", [imageOf(y, image), weight], [1, ...x.shape.slice(1)], [20, 20])]);
      assertEquals([...back], each);
    }
  }
});
