/** Parameters of layers that multiply by a weight and add a bias. */
import { type DType, type Key, splitKey, type Tensor, zeros } from "@tapegrad/core";
import * as init from "../init.ts";

/**
 * What layers with a weight and a bias may be told.
 *
 * @category Layers
 */
export interface DrawnOptions {
  /** Whether it adds a bias; it does unless said. */
  readonly bias?: boolean | undefined;
  /** Dtype of its parameters; the default dtype unless said. */
  readonly dtype?: DType | undefined;
  /** Where the initial values come from; the global sequence unless said. */
  readonly key?: Key | undefined;
}

/** The options of {@link DrawnOptions}, for `checkOptions`. */
export const drawnOptions = { bias: true, dtype: null, key: null } as const;

/** A weight, and a bias of `outputs` elements or none, uniform between ±1/√fanIn as PyTorch's. */
export function drawn(
  shape: readonly number[],
  outputs: number,
  { bias = true, dtype, key }: DrawnOptions,
  { fanIn }: Pick<init.Fans, "fanIn"> = init.fans(shape),
): { readonly weight: Tensor; readonly bias: Tensor | null } {
  const [forWeight, forBias] = key ? splitKey(key) : [];
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  const draw = (shape: readonly number[], key?: Key) => {
    const parameter = zeros(shape, { requiresGrad: true, ...(dtype && { dtype }) });
    return init.uniform(parameter, { low: -bound, high: bound, ...(key && { key }) });
  };
  return { weight: draw(shape, forWeight), bias: bias ? draw([outputs], forBias) : null };
}
