import type { Workload } from "../workload.ts";
import { chain } from "./chain.ts";
import { deviceHost, deviceMatmul, deviceNetwork } from "./device.ts";
import { gradient } from "./gradient.ts";
import { matmul } from "./matmul.ts";
import { network } from "./network.ts";
import { overhead } from "./overhead.ts";
import { perceptron } from "./perceptron.ts";
import { sum } from "./sum.ts";

/** All of them, in the order they are run in. */
export const workloads: readonly Workload[] = [
  overhead,
  gradient,
  perceptron,
  network,
  chain,
  sum,
  matmul,
  deviceHost,
  deviceNetwork,
  deviceMatmul,
];
