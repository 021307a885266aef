/**
 * Distributions to draw from by keys, with gradients to their parameters where these are standard.
 *
 * @module
 */
import "./names.ts";

export * from "./classes.ts";
export * from "./counts.ts";
export type { DistributionOptions } from "./drawing.ts";
export * from "./gamma.ts";
export {
  cauchy,
  exponential,
  geometric,
  gumbel,
  laplace,
  logNormal,
  normal,
  truncatedNormal,
} from "./continuous.ts";
export { bernoulli, randint as integers, randomBits as bits, uniform } from "../random.ts";
export { choice, permutation } from "../random_order.ts";
