/**
 * Transposes of convolutions. Places of the output so far apart as windows are from each other meet the same weights:
 * those are convolutions with a stride of 1, of which there are as many as a stride has places.
 */
import { type AdjointAttributes, bytesPerElement, sameShape, sizeOf } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import { areFinite } from "../finite.ts";
import type { Operand } from "../kernel.ts";
import { type Compute, withOptional } from "./compute.ts";
import { fillImages, withFrames } from "./frames.ts";
import { copyTo, withRoomFor } from "./grid.ts";
import { spreadBack } from "./spread.ts";
import { upTo, withSums } from "./sums.ts";
import { type Frame, frameOf, type Sliding } from "./windows.ts";

/** Places of an axis of the output, and the weights that they meet, the last one first. */
interface Phase {
  readonly from: number;
  readonly stride: number;
  readonly tap: number;
  readonly tapStep: number;
  readonly sliding: Sliding;
}

/** What all phases have in common. */
interface Shared {
  readonly heap: Heap;
  readonly frame: Frame;
  readonly weight: Operand;
  readonly bias: Operand | undefined;
  readonly groups: number;
}

/** Computes a part of an image of the output, whose frame is at an address. */
type SendImage = (frame: number, image: Operand) => void;

/** With so few channels taken, what is multiplied once is added up too often. */
const FEW_TAKEN = 8;
/** Products with so few rows are better computed for all taps at once. */
const FEW_MADE = 4;
/** So many times the products, zeros beyond the edges among them, take longer than adding up does. */
const OFTEN = 1.25;

// Whether each product is better computed once, and added up then.
function isSpread(
  [x, weight]: readonly Operand[],
  axes: readonly (readonly Phase[])[],
  groups: number,
): boolean {
  if (x.shape[1] / groups < FEW_TAKEN) return false;
  const [, made, ...window] = weight.shape, once = sizeOf(window) * sizeOf(x.shape.slice(2));
  const all = axes.map((phases) =>
    phases.reduce((sum, { sliding: { taps, count } }) => sum + taps * count, 0)
  );
  return made <= FEW_MADE || sizeOf(all) > OFTEN * once;
}

// Whether zeros around images would become NaN, where PyTorch has nothing sent from beyond the edges.
function isSpoilt({ shape }: Operand, { extents }: Frame, weight: Operand, heap: Heap): boolean {
  return !sameShape(extents, shape.slice(2)) && !areFinite(heap, [weight]);
}

/** The transpose of a convolution. */
export const sendBack: Compute<AdjointAttributes> = (inputs, output, attributes, heap) => {
  const [x, weight, bias] = inputs;
  const axes = output.shape.slice(2).map((_, axis) => phasesOf(x, weight, attributes, axis));
  const phases = combined(axes);
  const frame = frameOf(phases.map((axes) => axes.map(({ sliding }) => sliding)));
  if (isSpread(inputs, axes, attributes.groups) || isSpoilt(x, frame, weight, heap)) {
    return spreadBack(inputs, output, attributes, heap);
  }
  const [batch, ...image] = output.shape, strides = output.strides.slice(1);
  withOptional(
    heap,
    bias,
    (bias) =>
      withFrames(
        heap,
        x,
        frame,
        (frameAt) =>
          withPhases({ heap, frame, weight, bias, groups: attributes.groups }, phases, [], (all) => {
            for (let i = 0; i < batch; i++) {
              const pointer = output.pointer + i * output.strides[0] * bytesPerElement(output.dtype);
              for (const send of all) {
                send(frameAt(i), { pointer, dtype: output.dtype, shape: image, strides });
              }
            }
          }),
      ),
  );
};

function phasesOf(
  x: Operand,
  weight: Operand,
  { extents, stride, padding, dilation }: AdjointAttributes,
  axis: number,
): Phase[] {
  const [step, apart, before] = [stride[axis], dilation[axis], padding[axis][0]];
  const [extent, taps] = [x, weight].map(({ shape }) => shape[2 + axis]);
  return upTo(Math.min(step, extents[axis])).map((from) => {
    const met = upTo(taps).filter((tap) => (from + before - tap * apart) % step === 0).reverse();
    const [first = 0, second = first] = met.map((tap) => (from + before - tap * apart) / step);
    const count = Math.ceil((extents[axis] - from) / step);
    const sliding = { extent, count, stride: 1, taps: met.length, apart: second - first, first };
    return { from, stride: step, tap: met[0] ?? 0, tapStep: (met[1] ?? 0) - (met[0] ?? 0), sliding };
  });
}

function combined<T>(axes: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return axes.reduce<readonly (readonly T[])[]>(
    (all, axis) => all.flatMap((before) => axis.map((one) => [...before, one])),
    [[]],
  );
}

function withPhases(
  shared: Shared,
  phases: readonly (readonly Phase[])[],
  made: readonly SendImage[],
  use: (all: readonly SendImage[]) => void,
): void {
  if (made.length === phases.length) return use(made);
  withPhase(shared, phases[made.length], (send) => withPhases(shared, phases, [...made, send], use));
}

function withPhase(shared: Shared, phase: readonly Phase[], use: (send: SendImage) => void): void {
  const { heap, frame, weight, bias, groups } = shared, axes = phase.map(({ sliding }) => sliding);
  const met = weightsOf(weight, groups, phase), counts = axes.map(({ count }) => count);
  const [, made, taken] = met.shape, channels = groups * made;
  if (sizeOf(met.shape) === 0) return use((_, image) => fillChannels(heap, placesOf(image, phase), bias));
  withRoomFor(heap, met, met.shape, (room) => {
    copyTo(heap, met, room);
    const weights = { ...room, shape: [channels, taken * sizeOf(axes.map(({ taps }) => taps))] };
    withSums(heap, { axes, frame, weights, bias, groups, taken }, (sum) => {
      if (phase.every(({ stride }) => stride === 1)) {
        return use((frame, image) => sum([[frame, image.pointer]]));
      }
      withRoomFor(heap, met, [channels, ...counts], (sums) =>
        use((frame, image) => {
          sum([[frame, sums.pointer]]);
          copyTo(heap, sums, placesOf(image, phase));
        }));
    });
  });
}

function fillChannels(heap: Heap, image: Operand, bias: Operand | undefined): void {
  const { shape, strides } = image;
  fillImages(heap, { ...image, shape: [1, ...shape], strides: [0, ...strides] }, bias);
}

/** The weights that a phase meets: `[groups, channels made, channels taken, …taps]`. */
function weightsOf(
  { pointer, dtype, shape, strides }: Operand,
  groups: number,
  phase: readonly Phase[],
): Operand {
  const [channels, made] = shape, [line, row, ...steps] = strides, taken = channels / groups;
  const first = phase.reduce((sum, { tap }, i) => sum + tap * steps[i], 0);
  return {
    pointer: pointer + first * bytesPerElement(dtype),
    dtype,
    shape: [groups, made, taken, ...phase.map(({ sliding }) => sliding.taps)],
    strides: [taken * line, row, line, ...phase.map(({ tapStep }, i) => tapStep * steps[i])],
  };
}

/** The places of a phase in an image. */
function placesOf({ pointer, dtype, shape, strides }: Operand, phase: readonly Phase[]): Operand {
  const first = phase.reduce((sum, { from }, i) => sum + from * strides[1 + i], 0);
  return {
    pointer: pointer + first * bytesPerElement(dtype),
    dtype,
    shape: [shape[0], ...phase.map(({ sliding }) => sliding.count)],
    strides: [strides[0], ...phase.map(({ stride }, i) => stride * strides[1 + i])],
  };
}
