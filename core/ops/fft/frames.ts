/** The settings of short-time transforms, and windows of as many elements as a frame has. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkInteger, checkOptions } from "../../base/settings.ts";
import { pad } from "../../primitives/functions.ts";
import { filled } from "../../tensor/constants.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { to } from "../convert.ts";

/**
 * How short-time transforms {@link stft} and {@link istft} are taken.
 *
 * @category Fourier transforms
 */
export interface FrameOptions {
  /** How far the starts of frames are apart: a quarter of a frame unless said. */
  readonly hopLength?: number | undefined;
  /** How many elements the window has, in the middle of the frame: all unless said. */
  readonly winLength?: number | undefined;
  /** What frames are multiplied by; ones unless said. */
  readonly window?: Tensor | undefined;
  /** Whether frames are centred on the samples that they are counted by, what is beyond the ends being padded: unless said. */
  readonly center?: boolean | undefined;
  /** Whether the transform is divided by the root of the frame's length. */
  readonly normalized?: boolean | undefined;
}

/** What is known of frames. */
export interface Frames {
  readonly size: number;
  readonly hop: number;
  readonly window: Tensor;
  readonly center: boolean;
  readonly norm: "ortho" | "backward";
}

const known = { hopLength: 0, winLength: 0, window: null, center: false, normalized: false };

/** Frames of so many elements of what has the dtype and the backend of `like`. */
export function framesOf(
  op: string,
  size: number,
  options: FrameOptions,
  more: Readonly<Record<string, unknown>>,
  like: Tensor,
): Frames {
  checkOptions(op, options, { ...known, ...more });
  checkInteger(op, "a frame", size, 1);
  const { hopLength: hop = Math.max(1, Math.floor(size / 4)), winLength = size, center = true } = options;
  checkInteger(op, "a hop", hop, 1);
  checkInteger(op, "a window", winLength, 1, size);
  const window = windowOf(op, options.window, winLength, like);
  return {
    size,
    hop,
    window: widened(window, size),
    center,
    norm: options.normalized ? "ortho" : "backward",
  };
}

function windowOf(op: string, window: Tensor | undefined, length: number, like: Tensor): Tensor {
  if (window === undefined) return filled(1, [length], like);
  checkTensor(`${op} with the window`, window);
  if (window.rank === 1 && window.shape[0] === length) return to(window, like.dtype);
  throw new ShapeError(
    `Cannot ${op} with a window of ${showShape(window.shape)}: [${length}] is needed, or another winLength`,
    { op, shapes: [window.shape] },
  );
}

// Zeros around, so that it has as many elements as a frame.
function widened(window: Tensor, size: number): Tensor {
  const lack = size - window.shape[0], before = Math.floor(lack / 2);
  return lack === 0 ? window : pad(window, { low: [before], high: [lack - before], interior: [0], value: 0 });
}
