/** Discrete Fourier transforms along one axis. */
import { dtypes } from "../../base/dtype.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { floating, pairsOf } from "../complex/pairs.ts";
import { doubled, type FourierOptions, oneAxis, same } from "./settings.ts";
import { complexAlong, halfOfReal, realOfHalf } from "./steps.ts";
import { widened } from "../widen.ts";

/**
 * A transform along one axis.
 *
 * @category Fourier transforms
 */
export type FourierOp = (x: Tensor, options?: FourierOptions) => Tensor;

function ofPairs(name: string, inverse: boolean): FourierOp {
  const op = `fft.${name}`;
  return defineOp(op, (z, options = {}) => {
    const pairs = pairsOf(op, z), along = oneAxis(op, pairs.shape.slice(0, -1), options, inverse, same);
    return widened(pairs, (z) => complexAlong(z, along));
  }, { dtypes });
}

function ofReals(name: string, inverse: boolean): FourierOp {
  const op = `fft.${name}`;
  return defineOp(op, (x, options = {}) => {
    const reals = floating(op, x), along = oneAxis(op, reals.shape, options, inverse, same);
    return widened(reals, (x) => halfOfReal(x, along));
  }, { dtypes });
}

function toReals(name: string, inverse: boolean): FourierOp {
  const op = `fft.${name}`;
  return defineOp(op, (z, options = {}) => {
    const pairs = pairsOf(op, z), along = oneAxis(op, pairs.shape.slice(0, -1), options, inverse, doubled);
    return widened(pairs, (z) => realOfHalf(z, along));
  }, { dtypes });
}

/**
 * The discrete Fourier transform X[k] = Σ x[j]·e^(-2πi·jk/n) of complex numbers, pairs `[…, n, 2]`, along an axis, the
 * last but that of the pairs unless said: `torch.fft.fft`. Any length takes O(n log n). It is computed in double
 * precision where the host computes, and in f32 on a device. Fewer than one number is a {@link ShapeError}, as is a
 * last axis that is no pair.
 *
 * @category Fourier transforms
 * @example
 * ```ts
 * import { complex, fft, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const z = complex.fromReal(tensor([1, 0, 0, 0])), spectrum = fft.fft(z);
 * assertEquals(await spectrum.array(), [[1, 0], [1, 0], [1, 0], [1, 0]]);
 * assertEquals(await fft.ifft(spectrum).array(), await z.array());
 * assertEquals(await fft.fft(z, { n: 2, norm: "forward" }).array(), [[0.5, 0], [0.5, 0]]);
 * ```
 */
export const fft: FourierOp = /* @__PURE__ */ ofPairs("fft", false);

/**
 * The inverse of {@link fft}, x[j] = Σ X[k]·e^(2πi·jk/n)/n: `torch.fft.ifft`.
 *
 * @category Fourier transforms
 */
export const ifft: FourierOp = /* @__PURE__ */ ofPairs("ifft", true);

/**
 * The first ⌊n/2⌋ + 1 complex numbers of the discrete Fourier transform of real ones, whose others mirror them:
 * `torch.fft.rfft`. Those of an even count are the parts of half as many complex numbers, which are transformed.
 *
 * @category Fourier transforms
 * @example
 * ```ts
 * import { fft, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 2, 3, 4]), half = fft.rfft(x);
 * assertEquals(await half.array(), [[10, 0], [-2, 2], [-2, 0]]);
 * assertEquals(await fft.irfft(half, { n: 4 }).array(), [1, 2, 3, 4]);
 * ```
 */
export const rfft: FourierOp = /* @__PURE__ */ ofReals("rfft", false);

/**
 * The inverse of {@link rfft}: the `n` real numbers, twice one less than the pairs unless said, whose spectrum begins
 * with these: `torch.fft.irfft`.
 *
 * @category Fourier transforms
 */
export const irfft: FourierOp = /* @__PURE__ */ toReals("irfft", true);

/**
 * The spectrum, which is real, of what begins with these complex numbers and ends with their mirror image: `n` numbers,
 * twice one less than the pairs unless said: `torch.fft.hfft`.
 *
 * @category Fourier transforms
 * @example
 * ```ts
 * import { fft, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const spectrum = fft.hfft(tensor([[1, 0], [0, 1], [-1, 0]]));
 * assertEquals(await spectrum.array(), [0, 4, 0, 0]);
 * assertEquals(await fft.ihfft(spectrum).array(), [[1, 0], [0, 1], [-1, 0]]);
 * ```
 */
export const hfft: FourierOp = /* @__PURE__ */ toReals("hfft", false);

/**
 * The inverse of {@link hfft}: half of what has this real spectrum: `torch.fft.ihfft`.
 *
 * @category Fourier transforms
 */
export const ihfft: FourierOp = /* @__PURE__ */ ofReals("ihfft", true);
