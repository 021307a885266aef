/** Discrete Fourier transforms along several axes. */
import { dtypes } from "../../base/dtype.ts";
import { ShapeError, showShape } from "../../base/errors.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { floating, pairsOf } from "../complex/pairs.ts";
import { widened } from "../widen.ts";
import { type Along, doubled, type FouriersOptions, same, severalAxes } from "./settings.ts";
import { complexAlong, halfOfReal, realOfHalf } from "./steps.ts";

/**
 * A transform along several axes.
 *
 * @category Fourier transforms
 */
export type FouriersOp = (x: Tensor, options?: FouriersOptions) => Tensor;

/** The axes that are taken where none are said. */
type Axes = readonly number[] | undefined;

function withAxes(options: FouriersOptions, axes: Axes): FouriersOptions {
  return axes && options.axes === undefined ? { ...options, axes } : options;
}

function complexOver(z: Tensor, axes: readonly Along[]): Tensor {
  return axes.reduce(complexAlong, z);
}

function ofPairs(name: string, inverse: boolean, usual: Axes): FouriersOp {
  const op = `fft.${name}`;
  return defineOp(op, (z, options = {}) => {
    const pairs = pairsOf(op, z), shape = pairs.shape.slice(0, -1);
    const axes = severalAxes(op, shape, withAxes(options, usual), inverse, same);
    return widened(pairs, (z) => complexOver(z, axes));
  }, { dtypes });
}

// The last axis is that of which there is half a spectrum.
function parted(op: string, x: Tensor, axes: readonly Along[]): { others: readonly Along[]; last: Along } {
  const last = axes.at(-1);
  if (last) return { others: axes.slice(0, -1), last };
  throw new ShapeError(`Cannot ${op} ${showShape(x.shape)} along no axis: half of a spectrum has one`, {
    op,
  });
}

function ofReals(name: string, inverse: boolean, usual: Axes): FouriersOp {
  const op = `fft.${name}`;
  return defineOp(op, (x, options = {}) => {
    const reals = floating(op, x);
    const axes = severalAxes(op, reals.shape, withAxes(options, usual), inverse, same);
    const { others, last } = parted(op, reals, axes);
    return widened(reals, (x) => complexOver(halfOfReal(x, last), others));
  }, { dtypes });
}

function toReals(name: string, inverse: boolean, usual: Axes): FouriersOp {
  const op = `fft.${name}`;
  return defineOp(op, (z, options = {}) => {
    const pairs = pairsOf(op, z), shape = pairs.shape.slice(0, -1);
    const axes = severalAxes(op, shape, withAxes(options, usual), inverse, doubled);
    const { others, last } = parted(op, pairs, axes);
    return widened(pairs, (z) => realOfHalf(complexOver(z, others), last));
  }, { dtypes });
}

const two: Axes = [-2, -1];

/**
 * {@link fft} along two axes, the last two unless said: `torch.fft.fft2`.
 *
 * @category Fourier transforms
 * @example
 * ```ts
 * import { complex, fft, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]), spectrum = fft.rfft2(x);
 * assertEquals(await spectrum.array(), [[[10, 0], [-2, 0]], [[-4, 0], [0, 0]]]);
 * assertEquals(await fft.fft2(complex.fromReal(x)).array(), await spectrum.array());
 * assertEquals(await fft.irfft2(spectrum, { s: [2, 2] }).array(), [[1, 2], [3, 4]]);
 * assertEquals(fft.fftn(spectrum, { s: [8, -1] }).shape, [8, 2, 2]);
 * ```
 */
export const fft2: FouriersOp = /* @__PURE__ */ ofPairs("fft2", false, two);

/**
 * The inverse of {@link fft2}: `torch.fft.ifft2`.
 *
 * @category Fourier transforms
 */
export const ifft2: FouriersOp = /* @__PURE__ */ ofPairs("ifft2", true, two);

/**
 * {@link rfft} along the last of two axes and {@link fft} along the other: `torch.fft.rfft2`.
 *
 * @category Fourier transforms
 */
export const rfft2: FouriersOp = /* @__PURE__ */ ofReals("rfft2", false, two);

/**
 * The inverse of {@link rfft2}: `torch.fft.irfft2`.
 *
 * @category Fourier transforms
 */
export const irfft2: FouriersOp = /* @__PURE__ */ toReals("irfft2", true, two);

/**
 * {@link hfft} along the last of two axes and {@link fft} along the other: `torch.fft.hfft2`.
 *
 * @category Fourier transforms
 */
export const hfft2: FouriersOp = /* @__PURE__ */ toReals("hfft2", false, two);

/**
 * The inverse of {@link hfft2}: `torch.fft.ihfft2`.
 *
 * @category Fourier transforms
 */
export const ihfft2: FouriersOp = /* @__PURE__ */ ofReals("ihfft2", true, two);

/**
 * {@link fft} along axes, all unless said: `torch.fft.fftn`.
 *
 * @category Fourier transforms
 */
export const fftn: FouriersOp = /* @__PURE__ */ ofPairs("fftn", false, undefined);

/**
 * The inverse of {@link fftn}: `torch.fft.ifftn`.
 *
 * @category Fourier transforms
 */
export const ifftn: FouriersOp = /* @__PURE__ */ ofPairs("ifftn", true, undefined);

/**
 * {@link rfft} along the last of axes, all unless said, and {@link fft} along the others: `torch.fft.rfftn`.
 *
 * @category Fourier transforms
 */
export const rfftn: FouriersOp = /* @__PURE__ */ ofReals("rfftn", false, undefined);

/**
 * The inverse of {@link rfftn}: `torch.fft.irfftn`.
 *
 * @category Fourier transforms
 */
export const irfftn: FouriersOp = /* @__PURE__ */ toReals("irfftn", true, undefined);

/**
 * {@link hfft} along the last of axes, all unless said, and {@link fft} along the others: `torch.fft.hfftn`.
 *
 * @category Fourier transforms
 */
export const hfftn: FouriersOp = /* @__PURE__ */ toReals("hfftn", false, undefined);

/**
 * The inverse of {@link hfftn}: `torch.fft.ihfftn`.
 *
 * @category Fourier transforms
 */
export const ihfftn: FouriersOp = /* @__PURE__ */ ofReals("ihfftn", true, undefined);
