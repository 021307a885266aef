import type { AdjointAttributes, DType, Shape } from "@tapegrad/core/backend";
import { sizeOf } from "@tapegrad/core/backend";
import { assert } from "@std/assert";
import { convolutions } from "../../../../backends/wasm/kernels/conv/convolution.ts";
import type { WasmKernel } from "../../../../backends/wasm/kernels/kernel.ts";
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
  const axes = Array.from({ length: rank }, () => {
    const stride = 1 + draws.below(3), apart = 1 + draws.below(3), taps = 1 + draws.below(4);
    const before = draws.below(4), behind = draws.below(4), least = apart * (taps - 1) + 1;
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

function check(draws: Draws, kind: string, rank: number, how: Case): void {
  const one = orders[kind], shapes = [how.x, how.weight, how.y], dtype = draws.of(dtypes);
  const inputs = one.slice(0, 2).map((k) => operand(draws, dtype, shapes[k]));
  const output = filled(anyView(draws, dtype, shapes[one[2]]), () => 77);
  const bias = kind !== "Weight" && draws.below(2) ? operand(draws, dtype, [output.shape[1]]) : undefined;
  const want = expected({ inputs, output, bias }, { how, one });
  const attributes = { ...how.attributes, extents: output.shape.slice(2) }, name = nameOf(kind, rank);
  for (const heap of heaps) {
    const call = { name, inputs: bias ? [...inputs, bias] : inputs, outputs: [output], attributes };
    const [got] = onWasm(convolutions[name] as WasmKernel<unknown>, call, heap);
    const what = `${name} ${dtype} ${JSON.stringify(how)} with ${heap.simd}`;
    const at = want.findIndex((x, i) => x !== got[i]);
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
