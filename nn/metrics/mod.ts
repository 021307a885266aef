/** Metrics: how good predictions are, batch by batch. */
export { Accuracy, TopKAccuracy } from "./accuracy.ts";
export { ClassCounts, ConfusionMatrix } from "./confusion_matrix.ts";
export { Metric } from "./metric.ts";
export { Perplexity, type PerplexityOptions } from "./perplexity.ts";
export {
  type ClassAverage,
  ClassScore,
  type ClassScoreOptions,
  F1,
  Precision,
  Recall,
} from "./precision_recall.ts";
export { MeanAbsoluteError, MeanError, MeanSquaredError, R2 } from "./regression.ts";
export { RocAuc } from "./roc_auc.ts";
