/** Sums of the products of windows and weights. */
import { bytesPerElement, type DType, sizeOf } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Operand } from "../kernel.ts";
import { Lines, type LinesAt } from "./lines.ts";
import { elements, PatchProducts } from "./products.ts";
import { type Frame, type Patches, patchesOf, type Sliding } from "./windows.ts";

/** Windows of images, and the weights that they meet. */
export interface Sums {
  readonly axes: readonly Sliding[];
  readonly frame: Frame;
  /** `[groups · channels made, channels taken · taps]`, contiguous. */
  readonly weights: Operand;
  /** `[groups · channels made]`, contiguous. */
  readonly bias: Operand | undefined;
  readonly groups: number;
  /** Channels taken, in a group. */
  readonly taken: number;
}

/** Computes the sums of images, whose frames are at addresses, to others: `[channels made, …counts]` each. */
export type SumImages = (images: readonly (readonly [frame: number, to: number])[]) => void;

/** Runs `use` with what computes the sums of an image. */
export function withSums(
  heap: Heap,
  { axes, frame, weights, bias, groups, taken }: Sums,
  use: (sum: SumImages) => void,
): void {
  const { dtype, shape: [all, width] } = weights, made = all / groups, size = bytesPerElement(dtype);
  const patches = patchesOf(taken, axes, frame), channel = patches.taps.steps[0] * size;
  if (isByLines(made, width)) {
    return sumLines(heap, { dtype, patches, weights, bias, groups, channel: taken * channel }, use);
  }
  PatchProducts.with(heap, elements[dtype]!, patches, bias !== undefined, (products) => {
    const row = products.places * size;
    const groupOf = (from: number, to: number, group: number) => {
      const first = group * made;
      return {
        a: { pointer: weights.pointer + first * width * size, row: width * size, column: size },
        c: { pointer: to + first * row, row, column: size },
        m: made,
        from: from + patches.start * size + group * taken * channel,
        bias: bias && bias.pointer + first * size,
      };
    };
    use((images) =>
      products.multiply(
        images.flatMap(([from, to]) => upTo(groups).map((group) => groupOf(from, to, group))),
      )
    );
  });
}

/** With so few rows packing costs more than it saves: 64 channels each by itself took 5.4 ms in place of 48. */
const FEW = 4;
/** With patches so small packing costs more than it saves. */
const SHALLOW = 8;

/** Whether windows are read where they lie, or packed. */
export function isByLines(rows: number, depth: number): boolean {
  return rows <= FEW || depth <= SHALLOW;
}

interface LineSums extends Pick<Sums, "weights" | "bias" | "groups"> {
  readonly dtype: DType;
  readonly patches: Patches;
  /** How far the channels of a group are from the next group's. */
  readonly channel: number;
}

function sumLines(
  heap: Heap,
  { dtype, patches, weights, bias, groups, channel }: LineSums,
  use: (sum: SumImages) => void,
): void {
  const [all, width] = weights.shape, made = all / groups, size = bytesPerElement(dtype);
  const row = sizeOf(patches.places.extents) * size;
  Lines.with(heap, dtype, patches, (lines) =>
    use((images) => {
      for (const [from, to] of images) {
        for (let group = 0; group < groups; group++) {
          const first = group * made;
          lines.sum(made, {
            from: from + patches.start * size + group * channel,
            other: weights.pointer + first * width * size,
            bias: bias && bias.pointer + first * size,
            to: to + first * row,
          });
        }
      }
    }));
}

/** Slopes of so many channels, and the patches that they meet. */
export interface Slopes {
  readonly dtype: DType;
  readonly patches: Patches;
  readonly made: number;
}

/** Runs `use` with what computes the products of the slopes and patches of a group of an image. */
export function withProducts(
  heap: Heap,
  { dtype, patches, made }: Slopes,
  use: (multiply: (at: LinesAt) => void) => void,
): void {
  if (isByLines(made, sizeOf(patches.taps.extents))) {
    return Lines.with(heap, dtype, patches, (lines) => use((at) => lines.dots(made, at)));
  }
  const size = bytesPerElement(dtype);
  PatchProducts.with(heap, elements[dtype]!, patches, false, (products) => {
    const row = products.places * size, c = products.depth * size;
    use(({ from, other, to, adds }) =>
      products.multiplyAcross({
        a: { pointer: other, row, column: size },
        c: { pointer: to, row: c, column: size },
        m: made,
        from,
        adds,
      })
    );
  });
}

/** The numbers below a count. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
