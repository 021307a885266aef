/** Losses of an anchor, what is to be near it and what is to be far. */
import {
  checkFunction,
  checkSetting,
  defineElementwise,
  e,
  minimum,
  pairwiseDistance,
  type Tensor,
} from "@tapegrad/core";
import { above0 } from "./margins.ts";
import { checkAlike, checkLossOptions, checkTensors, type LossOptions, misfit, reduced } from "./options.ts";

/**
 * What both losses of triplets may be told.
 *
 * @category Losses
 */
export interface TripletOptions extends LossOptions {
  /** By how much the negative is to be further away; 1 unless said. */
  readonly margin?: number;
  /** Whether the distance of positive and negative counts where it is the smaller one (Balntas et al., 2016). */
  readonly swap?: boolean;
}

/**
 * What {@link tripletMarginLoss} may be told.
 *
 * @category Losses
 */
export interface TripletMarginOptions extends TripletOptions {
  /** The order of the norm that distances are; 2 unless said. */
  readonly p?: number;
  /** What is added to each difference: 1e-6 unless said. */
  readonly eps?: number;
}

/**
 * The distances of vectors, or of whatever it takes, one a pair.
 *
 * @category Losses
 */
export type DistanceFunction = (a: Tensor, b: Tensor) => Tensor;

/**
 * What {@link tripletMarginWithDistanceLoss} may be told.
 *
 * @category Losses
 */
export interface TripletDistanceOptions extends TripletOptions {
  /** The distance; as in {@link tripletMarginLoss} unless said. */
  readonly distanceFunction?: DistanceFunction;
}

const triplet = /* @__PURE__ */ defineElementwise(
  "tripletMargin",
  (near, far, margin) => above0(e.add(e.sub(near, far), margin)),
);

/**
 * max(0, d(anchor, positive) - d(anchor, negative) + margin) of vectors along the last axis, three tensors of one
 * shape: otherwise a {@link ShapeError}. `torch.nn.functional.triplet_margin_loss`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { tripletMarginLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const [anchor, positive, negative] = [tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 2]])];
 * assertAlmostEquals(await tripletMarginLoss(anchor, positive, negative).item(), 5 - 2 + 1, 1e-5);
 * ```
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginOptions = {},
): Tensor {
  checkAlike("tripletMarginLoss", [anchor, positive, negative], options);
  if (anchor.rank === 0) throw misfit("tripletMarginLoss", [anchor, positive], "vectors are needed");
  const { p = 2, eps = 1e-6 } = options;
  checkSetting("take the tripletMarginLoss", "p", p, 0, Infinity);
  checkSetting("take the tripletMarginLoss", "eps", eps);
  return compared(
    "tripletMarginLoss",
    [anchor, positive, negative],
    options,
    (a, b) => pairwiseDistance(a, b, { p, eps }),
  );
}

/**
 * {@link tripletMarginLoss} with a distance of one's own, of two of the three tensors each time.
 * `torch.nn.functional.triplet_margin_with_distance_loss`.
 *
 * @category Losses
 * @example A distance of one's own
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { tripletMarginWithDistanceLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const [anchor, positive, negative] = [tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 2]])];
 * const loss = tripletMarginWithDistanceLoss(anchor, positive, negative, {
 *   distanceFunction: (a, b) => a.sub(b).abs().max(-1),
 * });
 * assertEquals(await loss.item(), 4 - 2 + 1);
 * ```
 */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletDistanceOptions = {},
): Tensor {
  checkTensors("tripletMarginWithDistanceLoss", [anchor, positive, negative]);
  checkLossOptions("tripletMarginWithDistanceLoss", options);
  const { distanceFunction } = options;
  if (distanceFunction === undefined) {
    checkAlike("tripletMarginWithDistanceLoss", [anchor, positive, negative], {
      reduction: options.reduction,
    });
  } else checkFunction("measure distances by", distanceFunction);
  const three = [anchor, positive, negative] as const;
  return compared("tripletMarginWithDistanceLoss", three, options, distanceFunction ?? pairwiseDistance);
}

function compared(
  loss: string,
  [anchor, positive, negative]: readonly [Tensor, Tensor, Tensor],
  options: TripletOptions,
  distance: DistanceFunction,
): Tensor {
  const { margin = 1, swap = false } = options;
  checkSetting(`take the ${loss}`, "margin", margin);
  const near = distance(anchor, positive), far = distance(anchor, negative);
  const furthest = swap ? minimum(far, distance(positive, negative)) : far;
  checkAlike(loss, [near, furthest], { reduction: options.reduction });
  return reduced(options, triplet, near, furthest, margin);
}
