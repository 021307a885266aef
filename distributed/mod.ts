/**
 * Training by many processes, over MPI.
 *
 * @module
 */
export { connect, type ConnectOptions, World } from "./connect.ts";
export { DistributedError } from "./error.ts";
export type { Traffic } from "./job.ts";
export { allReduce, type Reduction } from "./collectives/all_reduce.ts";
export { allGather, broadcast, reduceScatter } from "./collectives/linear.ts";
export { receive, type ReceiveOptions, send, type SendOptions } from "./collectives/pairs.ts";
export { DataParallel, type DistributeOptions } from "./parallel/data_parallel.ts";
export { distribute } from "./parallel/distribute.ts";
export type { Shardable } from "./parallel/shardable.ts";
export { ShardedOptimizer, shardedOptimizer, type ShardedOptions } from "./parallel/sharded.ts";
export { WholeGroup } from "./parallel/whole_group.ts";
export { checkInSync } from "./parallel/in_sync.ts";
export { synchronizeBatchNorm } from "./parallel/batch_norm.ts";
export { DistributedSampler, type DistributedSamplerOptions, seedByRank } from "./sampler.ts";
export { type Checkpointed, type CheckpointParts, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
