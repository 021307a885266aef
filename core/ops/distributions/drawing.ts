/** How many numbers of a distribution are drawn, of which dtype and where. */
import { isFloating } from "../../base/dtype.ts";
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions } from "../../base/settings.ts";
import { broadcastShapes, sameShape, type Shape } from "../../base/shape.ts";
import { commonDtype, type TensorLike } from "../../define/operands.ts";
import type { Backend } from "../../device/backend.ts";
import { withBackend } from "../../device/choice.ts";
import { defaultDtype } from "../../device/context.ts";
import type { DType } from "../../base/dtype.ts";
import { constant } from "../../tensor/constants.ts";
import { valueOf } from "../../tensor/scalar.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type Key, nextKey, splitKey } from "../keys.ts";
import { chosenBackend } from "../place.ts";
import type { RandomOptions } from "../draws.ts";

/**
 * What functions of `random` may be told.
 *
 * @category Random
 */
export interface DistributionOptions extends RandomOptions {
  /** Of the result: that in which the parameters meet unless said. */
  readonly shape?: Shape;
}

/** What is to be drawn. */
export interface Drawing {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly backend: Backend;
}

/** What is to be drawn of a distribution with parameters. */
export function drawingOf(
  name: string,
  parameters: readonly TensorLike[],
  options: DistributionOptions,
): Drawing {
  checkOptions(`draw by random.${name}`, options, { shape: null, dtype: null, key: null, backend: null });
  const tensors = parameters.filter((x) => x instanceof Tensor);
  const met = broadcastShapes(`random.${name}`, tensors.map((x) => x.shape)), shape = options.shape ?? met;
  if (!sameShape(broadcastShapes(`random.${name}`, [met, shape]), shape)) {
    throw new ShapeError(
      `Cannot draw ${showShape(shape)} by random.${name} with parameters of ${
        showShape(met)
      }: they do not fit into it`,
      { op: `random.${name}`, shapes: [shape, met] },
    );
  }
  const common = commonDtype(parameters),
    dtype = options.dtype ?? (isFloating(common) ? common : defaultDtype());
  const backend = options.backend === undefined && tensors[0] ? tensors[0].backend : chosenBackend(options);
  return { shape, dtype, backend };
}

/** A parameter as a tensor where it is drawn. */
export function lifted(x: TensorLike, { dtype, backend }: Drawing): Tensor {
  return x instanceof Tensor ? x : constant(backend, dtype, Number(valueOf(x)), x);
}

/** What draws it is told. */
export function drawnAs({ dtype, backend }: Drawing, { key }: { readonly key?: Key }): RandomOptions {
  return { dtype, backend, ...key && { key } };
}

/** So many keys of the one that was given, or of the next one. */
export function keysOf({ key }: DistributionOptions, { backend }: Drawing, count: number): Key[] {
  return splitKey(key ?? withBackend(backend, nextKey), count);
}
