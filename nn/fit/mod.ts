/** Training in one call, and what goes with it. */
export type { Batches, BatchParts, LossFunction, Unpack } from "./batches.ts";
export type { BatchEnd, Callback, FitRun } from "./callbacks.ts";
export { CheckpointError } from "./checkpoint/checkpoint_error.ts";
export type { CheckpointEvery, CheckpointOptions } from "./checkpoint/checkpoints.ts";
export type { CheckpointStore } from "./checkpoint/places.ts";
export type { Resume } from "./checkpoint/resume.ts";
export { EarlyStopping, type EarlyStoppingOptions } from "./early_stopping.ts";
export { evaluate, type EvaluateOptions, type Evaluation, predict, type PredictOptions } from "./evaluate.ts";
export { fit } from "./fit.ts";
export { History, type HistoryData, type Stop } from "./history.ts";
export { LossError, type LossPlace } from "./loss_error.ts";
export type { Clip, FitOptimizer, FitOptions, FitSchedule, GradientLimits, StopSignal } from "./options.ts";
export type { ProgressKind } from "./progress.ts";
export type { FitRanks } from "./ranks.ts";
export type { EpochRecord } from "./record.ts";
