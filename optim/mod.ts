/**
 * Optimizers: what changes parameters along their gradients.
 *
 * @module
 */
export { GD, type GDOptions, type GDSettings, type GDState } from "./gd.ts";
export { Optimizer, type OptimizerStateDict, type ParameterState } from "./optimizer.ts";
export {
  type GroupOptions,
  type HasParameters,
  type Optimizable,
  type OptimizerOptions,
  ParameterGroup,
  type ParameterSource,
} from "./parameters.ts";
