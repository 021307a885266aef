/** Images one by one, as windows want them: contiguous, with zeros around them. */
import { bytesPerElement, isContiguous, sameShape, sizeOf } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import { clearElements } from "../copy.ts";
import type { Operand } from "../kernel.ts";
import { copyTo, part, withRoomFor } from "./grid.ts";
import type { Frame } from "./windows.ts";

/** Where an image of a batch lies in its frame. */
export interface FrameAt {
  (image: number): number;
  /** Whether only the last one asked for is there. */
  readonly isOne: boolean;
}

/** Runs `use` with what tells where images lie in their frames. */
export function withFrames(
  heap: Heap,
  images: Operand,
  { extents, begins }: Frame,
  use: (frameAt: FrameAt) => void,
): void {
  const [, channels, ...given] = images.shape, step = images.strides[0] * bytesPerElement(images.dtype);
  const shape = images.shape.slice(1), strides = images.strides.slice(1);
  if (sameShape(extents, given) && isContiguous({ shape, strides })) {
    return use(Object.assign((image: number) => images.pointer + image * step, { isOne: false }));
  }
  withRoomFor(heap, images, [channels, ...extents], (frame) => {
    clearElements(heap, frame);
    const inner = begins.reduce((x, from, i) => part(x, 1 + i, from, given[i]), frame);
    let held = -1;
    const frameAt = (image: number) => {
      if (image !== held) {
        copyTo(heap, { ...images, pointer: images.pointer + image * step, shape, strides }, inner);
      }
      held = image;
      return frame.pointer;
    };
    use(Object.assign(frameAt, { isOne: true }));
  });
}

/** Runs `use` with an operand's elements next to each other. */
export function withContiguous(heap: Heap, x: Operand, use: (x: Operand) => void): void {
  if (isContiguous(x)) return use(x);
  withRoomFor(heap, x, x.shape, (room) => {
    copyTo(heap, x, room);
    use(room);
  });
}

/** Runs `use` with room that becomes the elements of an output. */
export function withOutput(heap: Heap, output: Operand, use: (output: Operand) => void): void {
  if (isContiguous(output)) return use(output);
  withRoomFor(heap, output, output.shape, (room) => {
    use(room);
    copyTo(heap, room, output);
  });
}

/** Fills images with what is added to their channels, or with zeros. */
export function fillImages(heap: Heap, images: Operand, bias: Operand | undefined): void {
  if (sizeOf(images.shape) === 0) return;
  if (!bias) return clearElements(heap, images);
  const strides = images.shape.map((_, axis) => axis === 1 ? bias.strides[0] : 0);
  copyTo(heap, { ...bias, shape: images.shape, strides }, images);
}
