/**
 * Discrete Fourier transforms, as `torch.fft` has them. Complex numbers are pairs, the real part first, along a last
 * axis of extent 2, which no axis that a function is told counts; `complex` computes with them.
 *
 * @module
 */
export { fftshift, ifftshift } from "../shifts.ts";
export * from "./frequencies.ts";
export type { FourierAttributes } from "./on_host.ts";
export * from "./one_axis.ts";
export type { FourierNorm, FourierOptions, FouriersOptions } from "./settings.ts";
export * from "./several_axes.ts";
export type { FrameOptions } from "./frames.ts";
export * from "./short_time.ts";
