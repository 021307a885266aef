/** What masks there may be, and tensors under them. */
import { checkOptions } from "../../base/settings.ts";
import type { TensorLike } from "../../define/operands.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { where } from "../choice.ts";
import { expand } from "../shape.ts";

/**
 * What the functions of one tensor here may be told.
 *
 * @category Masked
 */
export interface MaskOptions {
  /** True, or another number than 0, at what counts; all does unless said. */
  readonly mask?: Tensor;
}

/** Refuses what is no tensor, and options that there are not. */
export function check(
  name: string,
  x: Tensor,
  options: MaskOptions,
  known: Readonly<Record<string, unknown>>,
): void {
  checkTensor(`masked.${name}`, x);
  checkOptions(`masked.${name}`, options, { mask: null, ...known });
  if (options.mask !== undefined) checkTensor(`masked.${name} by the mask`, options.mask);
}

/** A tensor with something else where the mask is false. */
export function filled(x: Tensor, mask: Tensor | undefined, value: TensorLike): Tensor {
  return mask ? where(expand(mask, x.shape), x, value) : x;
}
