/** Data sets, batches of them, and tables. */
export { BatchSampler, type BatchSamplerOptions } from "./batch_sampler.ts";
export { type Collated, defaultCollate } from "./collate.ts";
export type { DataLoaderOptions } from "./course.ts";
export { type CsvOptions, readCsv } from "./csv.ts";
export { CsvError, type CsvPlace } from "./csv_scanner.ts";
export type { ColumnValues } from "./columns.ts";
export { ConcatDataset, Dataset, type Mapped, type Samples, Subset } from "./dataset.ts";
export { forwardDataset } from "./forward_dataset.ts";
export { DataLoader } from "./loader.ts";
export type { IterableSamples } from "./iterables.ts";
export type { DataLoaderState, LoaderKind } from "./place.ts";
export type { BatchSamplerLike, Sampler } from "./sampler.ts";
export {
  RandomSampler,
  type RandomSamplerOptions,
  SequentialSampler,
  SubsetRandomSampler,
} from "./samplers.ts";
export { randomSplit, type SplitOptions, stratifiedSplit, type StratifiedSplitOptions } from "./split.ts";
export { StandardScaler, type StandardScalerOptions } from "./standard_scaler.ts";
export { type Categories, type Column, type ColumnType, Table } from "./table.ts";
export { TensorDataset } from "./tensor_dataset.ts";
export { WeightedRandomSampler, type WeightedRandomSamplerOptions } from "./weighted_sampler.ts";
