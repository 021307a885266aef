/**
 * Optimizers: what changes parameters along their gradients.
 *
 * @module
 */
export { GD, type GDDerived, type GDOptions, type GDSettings, type GDState } from "./gd.ts";
export { Optimizer, type OptimizerStateDict } from "./optimizer.ts";
export {
  type Cells,
  type GroupOptions,
  type HasParameters,
  type NonFinite,
  type Optimizable,
  type OptimizerOptions,
  ParameterGroup,
  type ParameterSource,
  type SettingRules,
} from "./parameters.ts";
export type { ParameterState } from "./remembered.ts";
