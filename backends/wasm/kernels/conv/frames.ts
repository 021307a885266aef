/** Images one by one, as windows want them: contiguous, with zeros around them. */
import { bytesPerElement, isContiguous, sameShape, sizeOf } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import { ALIGNMENT } from "../../memory/blocks.ts";
import type { Job } from "../../threads/job.ts";
import { clearElements, tellClear, tellCopy, TO_ROOM } from "../copy.ts";
import type { Operand } from "../kernel.ts";
import { contiguousAt, copyTo, part, withRoomFor } from "./grid.ts";
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

/** Frames as pieces of a job make them, each in room of its own. */
export interface ToldFrames {
  /** How many bytes each thread needs; none where images lie as windows want them. */
  readonly room: number;
  /** Tells where an image lies in its frame, with room at an address. */
  tell(job: Job, image: number, start: number): number;
}

/** What tells jobs of frames. */
export function toldFrames(heap: Heap, images: Operand, { extents, begins }: Frame): ToldFrames {
  const { dtype } = images, bytes = bytesPerElement(dtype), step = images.strides[0] * bytes;
  const [, channels, ...given] = images.shape,
    shape = images.shape.slice(1),
    strides = images.strides.slice(1);
  const place = (image: number) => images.pointer + image * step;
  if (sameShape(extents, given) && isContiguous({ shape, strides })) {
    return { room: 0, tell: (_job, image) => place(image) };
  }
  const whole = [channels, ...extents], size = sizeOf(whole) * bytes;
  return {
    room: Math.ceil(size / ALIGNMENT) * ALIGNMENT,
    tell(job, image, start): number {
      const frame = contiguousAt(start, dtype, whole);
      const inner = begins.reduce((x, from, i) => part(x, 1 + i, from, given[i]), frame);
      tellClear(heap, job, start, size, 1);
      tellCopy(heap, job, { dtype, pointer: place(image), shape, strides }, inner, TO_ROOM);
      return start;
    },
  };
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
