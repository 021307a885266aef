/**
 * Training by many processes, over MPI.
 *
 * @module
 */
export { connect, type ConnectOptions, World } from "./connect.ts";
export { DistributedError } from "./error.ts";
export { allReduce, type Reduction } from "./collectives/all_reduce.ts";
