/** Pooling by the norm of each window. */
import { checkSetting } from "../../base/settings.ts";
import { sizeOf } from "../../base/shape.ts";
import { checkOptions } from "../../base/settings.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mul, pow } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { equal } from "../comparison.ts";
import { widened } from "../widen.ts";
import { avgPool1d, avgPool2d, avgPool3d, type AvgPoolOp } from "./avg_pool.ts";
import { type Pair, type Single, sizesOf, spaceOf, type Triple } from "./convolution_options.ts";
import { checkPooled, type PoolOptions } from "./pool_windows.ts";

/**
 * How {@link lpPool2d} pools.
 *
 * @category Network functions
 */
export type LpPoolOptions<Size = Pair> = Omit<PoolOptions<Size>, "padding">;

/**
 * A pooling by the norm of each window.
 *
 * @category Network functions
 */
export type LpPoolOp<Size> = (
  x: Tensor,
  normType: number,
  kernelSize: Size,
  options?: LpPoolOptions<Size>,
) => Tensor;

function lpPooling<Size>(
  name: string,
  average: AvgPoolOp<Size, PoolOptions<Size>>,
  axes: number,
): LpPoolOp<Size> {
  const space = spaceOf(name, axes);
  return defineOp(name, (x, normType, kernelSize, options = {}) => {
    checkPooled(space, x);
    checkOptions(name, options, { stride: null, ceilMode: false });
    checkSetting(name, "normType", normType);
    if (normType === 0) throw new RangeError(`Cannot ${name} with a normType of 0: there is no such norm`);
    const size = sizeOf(sizesOf(space, "kernelSize", kernelSize, 1));
    return widened(x, (x) => rootOf(mul(average(pow(x, normType), kernelSize, options), size), normType));
  });
}

// Of 0 the gradient is 0, whatever the norm, as in PyTorch.
function rootOf(sums: Tensor, normType: number): Tensor {
  const isZero = equal(sums, 0), root = pow(where(isZero, 1, sums), 1 / normType);
  return where(isZero, 0 ** (1 / normType), root);
}

/**
 * (Σxᵖ)^(1/p) of each window of a sequence, `[channels, length]` or a batch of them, as PyTorch's
 * `torch.nn.functional.lp_pool1d`; see {@link lpPool2d}.
 *
 * @category Network functions
 */
export const lpPool1d: LpPoolOp<Single> = /* @__PURE__ */ lpPooling("lpPool1d", avgPool1d, 1);

/**
 * (Σxᵖ)^(1/p) of each window of an image, `[channels, rows, columns]` or a batch of them, with p the `normType`, as
 * PyTorch's `torch.nn.functional.lp_pool2d`: the gradient of 0 is 0, and with `ceilMode` the sum over a window that
 * reaches beyond the image grows by as much as it is smaller. A `normType` that is 0 or not finite is a RangeError.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { lpPool2d, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await lpPool2d(tensor([[[3, 0], [0, 4]]]), 2, 2).array(), [[[5]]]);
 * ```
 */
export const lpPool2d: LpPoolOp<Pair> = /* @__PURE__ */ lpPooling("lpPool2d", avgPool2d, 2);

/**
 * (Σxᵖ)^(1/p) of each window of a volume, `[channels, depth, rows, columns]` or a batch of them, as PyTorch's
 * `torch.nn.functional.lp_pool3d`; see {@link lpPool2d}.
 *
 * @category Network functions
 */
export const lpPool3d: LpPoolOp<Triple> = /* @__PURE__ */ lpPooling("lpPool3d", avgPool3d, 3);
