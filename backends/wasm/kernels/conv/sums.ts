/** Sums of the products of windows and weights. */
import { bytesPerElement } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Operand } from "../kernel.ts";
import { elements, PatchProducts } from "./products.ts";
import { type Frame, patchesOf, type Sliding } from "./windows.ts";

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

/** Computes the sums of an image, whose frame is at an address, to another: `[channels made, …counts]`. */
export type SumImage = (frame: number, to: number) => void;

/** Runs `use` with what computes the sums of an image. */
export function withSums(
  heap: Heap,
  { axes, frame, weights, bias, groups, taken }: Sums,
  use: (sum: SumImage) => void,
): void {
  const { dtype, shape: [all, width] } = weights, made = all / groups, size = bytesPerElement(dtype);
  const patches = patchesOf(taken, axes, frame), channel = patches.taps.steps[0] * size;
  PatchProducts.with(heap, elements[dtype]!, patches, bias !== undefined, (products) => {
    const row = products.places * size;
    use((from, to) => {
      for (let group = 0; group < groups; group++) {
        const first = group * made;
        products.multiply({
          a: { pointer: weights.pointer + first * width * size, row: width * size, column: size },
          c: { pointer: to + first * row, row, column: size },
          m: made,
          from: from + patches.start * size + group * taken * channel,
          bias: bias && bias.pointer + first * size,
        });
      }
    });
  });
}
