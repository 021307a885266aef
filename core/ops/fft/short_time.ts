/** Fourier transforms of short frames that move along a signal, and the signal of such. */
import { dtypes } from "../../base/dtype.ts";
import { ShapeError, showShape } from "../../base/errors.ts";
import { context } from "../../device/context.ts";
import { defineOp } from "../../define/composite.ts";
import { div, mul } from "../arithmetic.ts";
import { moveAxis, transpose } from "../axis_order.ts";
import { floating, fromReals, pairsOf } from "../complex/pairs.ts";
import { pad, type PadMode } from "../padding.ts";
import { expand } from "../shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { fold, narrow, unfold } from "../windows.ts";
import { type FrameOptions, type Frames, framesOf } from "./frames.ts";
import { fft, ifft, irfft, rfft } from "./one_axis.ts";

/**
 * How {@link stft} is taken.
 *
 * @category Fourier transforms
 */
export interface StftOptions extends FrameOptions {
  /** What is put beyond the ends of a signal whose frames are centred: `"reflect"` unless said. */
  readonly padMode?: PadMode | undefined;
  /** Whether the first half of each spectrum alone is given, which the other mirrors: unless said. */
  readonly onesided?: boolean | undefined;
}

/**
 * How {@link istft} is taken.
 *
 * @category Fourier transforms
 */
export interface IstftOptions extends FrameOptions {
  /** Whether spectra are halves; told by their length unless said. */
  readonly onesided?: boolean | undefined;
  /** How many samples are given; as many as the frames have unless said. */
  readonly length?: number | undefined;
  /** Whether the signal is complex, of whole spectra. */
  readonly returnComplex?: boolean | undefined;
}

/**
 * The Fourier transforms of frames of `size` samples of signals `[…, samples]`, each times a window, as pairs
 * `[…, frequencies, frames, 2]`: `torch.stft`. A frame that is longer than the signal is a {@link ShapeError}.
 *
 * @category Fourier transforms
 * @example
 * ```ts
 * import { arange, complex, fft, windows } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const signal = arange(64).mul(Math.PI / 4).sin(), window = windows.hann(16, { sym: false });
 * const spectra = fft.stft(signal, 16, { window });
 * assertEquals(spectra.shape, [9, 17, 2]); // an eighth of a turn a sample is frequency 2 of 16
 * assertEquals(await complex.abs(spectra).mean(1).argmax().item(), 2);
 * const again = fft.istft(spectra, 16, { window });
 * assert(await again.sub(signal).abs().max().item() < 1e-5);
 * ```
 */
export const stft: (x: Tensor, size: number, options?: StftOptions) => Tensor = /* @__PURE__ */ defineOp(
  "fft.stft",
  (x, size, options = {}) => {
    const signal = floating("fft.stft", x);
    const frames = framesOf("fft.stft", size, options, { padMode: "", onesided: true }, signal);
    const { window, hop, norm } = frames, whole = centred(signal, frames, options.padMode ?? "reflect");
    const [samples] = whole.shape.slice(-1);
    if (signal.rank === 0 || samples < size) throw tooShort(signal, size);
    const windowed = mul(unfold(whole, -1, size, hop), window);
    const { onesided = true } = options;
    const spectra = onesided ? rfft(windowed, { norm }) : fft(fromReals(windowed), { norm });
    return transpose(spectra, -2, -3);
  },
  { dtypes },
);

function centred(x: Tensor, { center, size }: Frames, mode: PadMode): Tensor {
  if (!center || x.rank === 0) return x;
  const more = Math.floor(size / 2), none = [0, 0] as const;
  return pad(x, x.shape.map((_, i) => i === x.rank - 1 ? [more, more] : none), { mode });
}

function tooShort({ shape }: Tensor, size: number): ShapeError {
  return new ShapeError(
    `Cannot fft.stft ${showShape(shape)} by frames of ${size}: at least so many samples are needed`,
    { op: "fft.stft", shapes: [shape] },
  );
}

/**
 * The signals `[…, samples]` whose {@link stft} is nearest to pairs `[…, frequencies, frames, 2]`: frames are added up,
 * and divided by what the squares of their windows add up to: `torch.istft`. A sample where these are 0 is a RangeError,
 * where the window can be read at once.
 *
 * @category Fourier transforms
 */
export const istft: (z: Tensor, size: number, options?: IstftOptions) => Tensor = /* @__PURE__ */ defineOp(
  "fft.istft",
  (z, size, options = {}) => {
    const pairs = pairsOf("fft.istft", z), more = { onesided: true, length: 0, returnComplex: false };
    const frames = framesOf("fft.istft", size, options, more, pairs), { norm } = frames;
    const isHalf = checkSpectra(pairs, size, options), spectra = transpose(pairs, -2, -3);
    if (options.returnComplex) {
      // Both parts are signals, along an axis in front of that of the samples.
      const signals = moveAxis(ifft(spectra, { norm }), -1, 0);
      return moveAxis(addedUp(signals, frames, options.length), 0, -1);
    }
    const half = isHalf ? spectra : narrow(spectra, -2, 0, (size >> 1) + 1);
    return addedUp(irfft(half, { n: size, norm }), frames, options.length);
  },
  { dtypes },
);

/** Whether spectra are halves, if they are as long as spectra of frames are. */
function checkSpectra({ shape }: Tensor, size: number, { onesided, returnComplex }: IstftOptions): boolean {
  const [frequencies, count] = shape.slice(-3), isHalf = onesided ?? frequencies !== size;
  const wanted = isHalf ? Math.floor(size / 2) + 1 : size;
  if (shape.length > 2 && frequencies === wanted && count > 0 && !(isHalf && returnComplex)) return isHalf;
  throw new ShapeError(
    `Cannot fft.istft ${showShape(shape)} by frames of ${size}: ` +
      `[…, ${returnComplex ? size : wanted}, frames, 2] is needed`,
    { op: "fft.istft", shapes: [shape] },
  );
}

/** The signals of frames `[…, frames, size]`, each divided by what it was multiplied by. */
function addedUp(frames: Tensor, settings: Frames, length: number | undefined): Tensor {
  const { size, hop, window } = settings, axis = frames.rank - 2, count = frames.shape[axis];
  const extent = size + hop * (count - 1), folding = { extent, step: hop };
  const weights = kept(fold(expand(mul(window, window), [count, size]), 0, folding), settings, length);
  checkWeights(weights);
  const signal = div(kept(fold(mul(frames, window), axis, folding), settings, length), weights);
  const lack = Math.max(0, (length ?? 0) - signal.shape[axis]);
  return lack === 0 ? signal : pad(signal, signal.shape.map((_, i) => [0, i === axis ? lack : 0]));
}

// The samples without what was padded, as many as are asked for.
function kept(x: Tensor, { center, size }: Frames, length: number | undefined): Tensor {
  const [extent] = x.shape.slice(-1), edge = center ? Math.floor(size / 2) : 0;
  const end = length === undefined ? extent - edge : Math.min(edge + length, extent);
  return narrow(x, -1, edge, Math.max(0, end - edge));
}

// As in PyTorch what is smaller counts as 0.
const LEAST_WEIGHT = 1e-11;

function checkWeights(weights: Tensor): void {
  if (!weights.backend.readSync || context.layers !== null || context.recorder) return;
  const at = weights.dataSync().findIndex((weight) => Math.abs(weight) < LEAST_WEIGHT);
  if (at < 0) return;
  throw new RangeError(
    `Cannot fft.istft with this window: at sample ${at} the squares of the windows add up to 0, ` +
      "choose a shorter hop or center",
  );
}
