/** The kernels of convolutions that a backend may have. */
import type { Kernel } from "../device/backend.ts";
import type { AdjointAttributes, ConvolutionAttributes } from "../ops/nn/convolution_rules.ts";

/**
 * The kernels of convolutions along one, two and three axes that a backend may have.
 *
 * @category Backends
 */
export interface ConvolutionKernels {
  /** The convolution of sequences, `[batch, channels, length]`, by a weight, with a bias if there is a third input. */
  readonly conv1d: Kernel<ConvolutionAttributes>;
  /** That of images. */
  readonly conv2d: Kernel<ConvolutionAttributes>;
  /** That of volumes. */
  readonly conv3d: Kernel<ConvolutionAttributes>;
  /** What weights send back to where their windows were, of slopes, a weight and perhaps a bias. */
  readonly convTranspose1d: Kernel<AdjointAttributes>;
  /** That of images. */
  readonly convTranspose2d: Kernel<AdjointAttributes>;
  /** That of volumes. */
  readonly convTranspose3d: Kernel<AdjointAttributes>;
  /** The gradient of the weight, of images and slopes. */
  readonly conv1dWeight: Kernel<AdjointAttributes>;
  /** That of images. */
  readonly conv2dWeight: Kernel<AdjointAttributes>;
  /** That of volumes. */
  readonly conv3dWeight: Kernel<AdjointAttributes>;
}
