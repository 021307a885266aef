/**
 * Optimizers, which change parameters along their gradients, and schedules of their learning rates.
 *
 * @module
 */
export {
  Adadelta,
  type AdadeltaDerived,
  type AdadeltaOptions,
  type AdadeltaSettings,
  type AdadeltaState,
} from "./adadelta.ts";
export { Adagrad, type AdagradOptions, type AdagradSettings, type AdagradState } from "./adagrad.ts";
export { Adam, type AdamOptions, type AdamSettings, type AdamState } from "./adam.ts";
export { Adamax, type AdamaxOptions, type AdamaxSettings, type AdamaxState } from "./adamax.ts";
export { AdamW } from "./adamw.ts";
export {
  type AdaptiveOptimizer,
  type AdaptiveOptions,
  type AdaptiveState,
  type MomentOptimizer,
  type MomentOptions,
  type Moments,
} from "./adaptive.ts";
export { ASGD, type ASGDOptions, type ASGDSettings, type ASGDState } from "./asgd.ts";
export { GD, GD as SGD, type GDDerived, type GDOptions, type GDSettings, type GDState } from "./gd.ts";
export { Lion, type LionDerived, type LionOptions, type LionSettings, type LionState } from "./lion.ts";
export { NAdam, type NAdamOptions, type NAdamSettings, type NAdamState } from "./nadam.ts";
export { Optimizer, type OptimizerStateDict } from "./optimizer.ts";
export type { Pace } from "./pace.ts";
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
export { RAdam, type RAdamDerived, type RAdamOptions, type RAdamSettings, type RAdamState } from "./radam.ts";
export type { ParameterState } from "./remembered.ts";
export {
  RMSprop,
  type RMSpropDerived,
  type RMSpropOptions,
  type RMSpropSettings,
  type RMSpropState,
} from "./rmsprop.ts";
export { Rprop, type RpropDerived, type RpropOptions, type RpropSettings, type RpropState } from "./rprop.ts";
export {
  LRScheduler,
  type Moment,
  type Scheduled,
  type ScheduleRule,
  type ScheduleStateDict,
} from "./schedule.ts";
export {
  ChainedScheduler,
  type ComposedScheduler,
  type ComposedStateDict,
  SequentialLR,
  type SequentialLROptions,
  type Stepped,
} from "./schedule_composed.ts";
export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  CosineAnnealingWarmRestarts,
  type CosineAnnealingWarmRestartsOptions,
} from "./schedule_cosine.ts";
export { type CycleOptions, CyclicLR, type CyclicLROptions, type PerGroup } from "./schedule_cycles.ts";
export { OneCycleLR, type OneCycleLROptions } from "./schedule_one_cycle.ts";
export {
  ConstantLR,
  type ConstantLROptions,
  ExponentialLR,
  type ExponentialLROptions,
  LambdaLR,
  LinearLR,
  type LinearLROptions,
  type LRLambda,
  MultiplicativeLR,
  MultiStepLR,
  type MultiStepLROptions,
  PolynomialLR,
  type PolynomialLROptions,
  StepLR,
  type StepLROptions,
} from "./schedule_factors.ts";
export {
  type PlateauStateDict,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
} from "./schedule_plateau.ts";
export { SWALR, type SWALROptions } from "./swa_lr.ts";
export {
  AveragedModel,
  type AveragedModelOptions,
  type AveragedState,
  type AveragingFn,
  getEmaAvgFn,
  getEmaMultiAvgFn,
  getSwaAvgFn,
  getSwaMultiAvgFn,
  type HasBuffers,
  type MultiAveragingFn,
} from "./averaged_model.ts";
export { type Batch, type HasModules, updateBn } from "./update_bn.ts";
export { clipGradNorm, clipGradValue, type ClipOptions } from "./clip.ts";
export { parametersToVector, vectorToParameters } from "./parameter_vector.ts";
export {
  Adafactor,
  type AdafactorDerived,
  type AdafactorOptions,
  type AdafactorSettings,
  type AdafactorState,
} from "./adafactor.ts";
export { LAMB, type LAMBOptions, type LAMBSettings, type LAMBState } from "./lamb.ts";
export {
  Muon,
  type MuonAdjustment,
  type MuonDerived,
  type MuonOptions,
  type MuonSettings,
  type MuonState,
} from "./muon.ts";
export {
  type Closure,
  LBFGS,
  type LBFGSOptions,
  type LBFGSSettings,
  type LBFGSState,
  type LBFGSStateDict,
} from "./lbfgs.ts";
