/** Poolings along one to three axes, by the largest element or by the mean, and what means send back. */
import { bytesPerElement, type DType, type Shape, sizeOf } from "@tapegrad/core/backend";
import {
  adjointOf,
  countsOf,
  inThree,
  type Pooling,
  type Ranges,
  rangesOf,
  type Segment,
  segmentsOf,
} from "../../../common/pool_ranges.ts";
import { eachOuter } from "../../../common/walk.ts";
import type { Heap } from "../../memory/heap.ts";
import type { Run } from "../../modules.ts";
import type { Operand, WasmKernel } from "../kernel.ts";
import { made } from "../made.ts";
import { pieceOf } from "../pieces.ts";
import { stepClass } from "../streams.ts";
import { sweepOf } from "../sweep.ts";
import { averageEvenly, suitsSums } from "./even.ts";
import { pooling, type PoolTask } from "./code.ts";
import { placing } from "./placing.ts";

/** Images or results: where they are, and how far apart elements are along three axes, in elements. */
interface Side {
  readonly operand: Operand;
  readonly steps: readonly number[];
}

/** What is computed. */
interface Plan {
  readonly kind: PoolTask["kind"];
  /** The extents in front of the axes that are pooled. */
  readonly lead: Shape;
  readonly x: Side;
  readonly outputs: readonly Side[];
  /** The windows, axis by axis. */
  readonly segments: readonly (readonly Segment[])[];
  /** How far elements of a window are apart. */
  readonly dilation: readonly number[];
  /** How far elements are apart as places count. */
  readonly places: readonly number[];
  /** What a sum over windows is divided by of which so many elements count. */
  divisor(counted: number): number;
}

// Of images that are flattened into their last axis, or not.
function sideOf(operand: Operand, extents: Shape, isFlat: boolean): Side {
  const { strides } = operand, last = strides[strides.length - 1];
  const steps = isFlat ? placesOf(extents).map((n) => n * last) : strides.slice(-extents.length);
  return { operand, steps: inThree(steps, 0) };
}

function placesOf(extents: Shape): number[] {
  return extents.map((_, i) => sizeOf(extents.slice(i + 1)));
}

/** The largest elements of windows, and their places. */
export const maxPool: WasmKernel<Pooling> = ([x], outputs, pooling, heap) => {
  const image = pooling.image!, ranges = rangesOf(pooling, image);
  run(heap, {
    kind: "max",
    lead: x.shape.slice(0, -1),
    x: sideOf(x, image, true),
    outputs: outputs.map((output) => sideOf(output, pooling.counts, true)),
    segments: ranges.map((one) => segmentsOf(one)),
    dilation: ranges.map(({ step }) => step),
    places: inThree(placesOf(image), 0),
    divisor: () => 1,
  });
  return true;
};

/** The mean of each window. */
export const avgPool: WasmKernel<Pooling> = ([x], [output], pooling, heap) => {
  const axes = pooling.counts.length, image = x.shape.slice(-axes), ranges = rangesOf(pooling, image);
  const counted = countsOf(pooling, image, ranges), override = pooling.divisorOverride;
  run(
    heap,
    means(x, output, axes, ranges, {
      segments: ranges.map((one, i) => segmentsOf(one, counted[i])),
      divisor: (count) => override ?? count,
    }),
  );
  return true;
};

/** The mean of each of so many windows. */
const adaptiveAvgPool: WasmKernel<Pooling> = (inputs, outputs, pooling, heap) => {
  const { counts } = pooling, [x] = inputs, [output] = outputs, image = x.shape.slice(-counts.length);
  if (!suitsSums(counts, image)) return avgPool(inputs, outputs, pooling, heap);
  averageEvenly(heap, x, output, counts);
  return true;
};

/** What windows of a mean send back: to each element the sum of those that it is in. */
export const avgPoolBackward: WasmKernel<Pooling> = ([ct], [output], pooling, heap) => {
  const axes = pooling.counts.length, image = output.shape.slice(-axes);
  const strides = inThree(pooling.stride ?? pooling.counts.map(() => 1), 1), extents = inThree(image, 1);
  const ranges = rangesOf(pooling, image).map((one, i) => adjointOf(one, extents[i], strides[i]));
  run(
    heap,
    means(ct, output, axes, ranges, {
      segments: ranges.map((one) => segmentsOf(one)),
      divisor: () => 1,
    }),
  );
  return true;
};

function means(
  x: Operand,
  output: Operand,
  axes: number,
  ranges: readonly Ranges[],
  rest: Pick<Plan, "segments" | "divisor">,
): Plan {
  return {
    kind: "mean",
    lead: x.shape.slice(0, -axes),
    x: sideOf(x, x.shape.slice(-axes), false),
    outputs: [sideOf(output, output.shape.slice(-axes), false)],
    dilation: ranges.map(({ step }) => step),
    places: [0, 0, 0],
    ...rest,
  };
}

function bytesOf({ operand: { dtype }, steps }: Side): readonly number[] {
  return steps.map((step) => step * bytesPerElement(dtype));
}

/** About how many nanoseconds an element of a window takes. */
const EACH = 1;

function run(heap: Heap, plan: Plan): void {
  const { lead, x, outputs, segments } = plan, sides = [x, ...outputs];
  const lay = ({ strides, ...operand }: Operand) => ({ ...operand, strides: strides.slice(0, lead.length) });
  const walk = sweepOf(sides.map(({ operand }) => lay(operand)), lead, 1);
  const parts = product(segments);
  if (walk.size === 0 || parts.length === 0) return;
  const elements = parts.reduce(
    (n, part) => n + part.reduce((all, { count, size }) => all * count * size, 1),
    0,
  );
  const last = walk.shape.length - 1, images = walk.shape[last], cost = walk.size * elements * EACH;
  const most = pieceOf(images, images * elements * EACH);
  withDivisors(heap, plan, parts, (divisors) => {
    const calls = parts.map((part, i) => callOf(heap, plan, part, divisors[i]));
    heap.parallel(cost, 0, (job) => {
      eachOuter(walk, 1, (at) => {
        for (let j = 0; j < images; j += most) {
          const moves = walk.strides.map((steps) => steps[last]);
          const places = at.map((place, k) => place + j * moves[k]), count = Math.min(most, images - j);
          for (const { kernel, args } of calls) job.call(kernel, args(places, moves, count));
          job.next();
        }
      });
    });
  });
}

// Segments of each axis together.
function product(segments: readonly (readonly Segment[])[]): readonly (readonly Segment[])[] {
  return segments.reduce<readonly (readonly Segment[])[]>(
    (parts, axis) => parts.flatMap((part) => axis.map((segment) => [...part, segment])),
    [[]],
  );
}

function withDivisors(
  heap: Heap,
  { x: { operand: { dtype } }, divisor }: Plan,
  parts: readonly (readonly Segment[])[],
  use: (divisors: readonly number[]) => void,
): void {
  const given = dtype === "f64" ? "f64" : "f32", bytes = bytesPerElement(given);
  heap.scratch(parts.length * bytes, (start) => {
    heap.put(given, start, parts.map((part) => divisor(part.reduce((n, { counted }) => n * counted, 1))));
    use(parts.map((_, i) => start + i * bytes));
  });
}

/** A call of a part of the windows, for images at places. */
interface PoolCall {
  readonly kernel: Run;
  args(at: readonly number[], moves: readonly number[], images: number): readonly number[];
}

function callOf(heap: Heap, plan: Plan, part: readonly Segment[], divisor: number): PoolCall {
  const { x, outputs, dilation, places } = plan, from = bytesOf(x), to = outputs.map(bytesOf);
  const [first, second] = [from, ...to].map((steps, k) =>
    part.reduce((sum, segment, i) => sum + steps[i] * (k === 0 ? segment.from : segment.first), 0)
  );
  const third = to.length > 1 ? part.reduce((sum, { first }, i) => sum + to[1][i] * first, 0) : 0;
  const place = part.reduce((sum, segment, i) => sum + places[i] * segment.from, 0);
  const outer = part.flatMap(({ count, step, move }, i) => [
    ...[count, move * from[i], step * to[0][i], step * (to[1]?.[i] ?? 0), move * places[i]],
  ]);
  const inner = part.flatMap(({ size }, i) => [size, dilation[i] * from[i], dilation[i] * places[i]]);
  const steps = [part[2].move * from[2], ...to.map((own) => part[2].step * own[2])];
  return {
    kernel: kernelFor(heap, plan, steps),
    args: (at, moves, images) => [
      ...[at[0] + first, at[1] + second, to.length > 1 ? at[2] + third : 0, place, divisor],
      ...[images, moves[0], moves[1], moves[2] ?? 0, 0],
      ...outer,
      ...inner,
    ],
  };
}

function kernelFor(heap: Heap, { kind, x, outputs }: Plan, steps: readonly number[]): Run {
  const { dtype } = x.operand,
    dtypes: readonly DType[] = [dtype, ...outputs.map(({ operand }) => operand.dtype)];
  const [input, ...others] = dtypes.map((one, i) => stepClass(steps[i], one));
  const task: PoolTask = { kind, simd: heap.simd, dtype, input, outputs: others };
  return made(heap, `pool ${kind} ${dtype} ${input}${others.join("")}`, (module) => pooling(module, task));
}

/** By the names of the ops. */
export const pools = {
  ...placing,
  maxPool1d: maxPool,
  maxPool2d: maxPool,
  maxPool3d: maxPool,
  adaptiveMaxPool1d: maxPool,
  adaptiveMaxPool2d: maxPool,
  adaptiveMaxPool3d: maxPool,
  avgPool1d: avgPool,
  avgPool2d: avgPool,
  avgPool3d: avgPool,
  adaptiveAvgPool1d: adaptiveAvgPool,
  adaptiveAvgPool2d: adaptiveAvgPool,
  adaptiveAvgPool3d: adaptiveAvgPool,
  avgPool1dBackward: avgPoolBackward,
  avgPool2dBackward: avgPoolBackward,
  avgPool3dBackward: avgPoolBackward,
  adaptiveAvgPool1dBackward: avgPoolBackward,
  adaptiveAvgPool2dBackward: avgPoolBackward,
  adaptiveAvgPool3dBackward: avgPoolBackward,
};
