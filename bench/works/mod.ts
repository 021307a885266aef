import { work as block } from "./block.ts";
import { work as chain } from "./chain.ts";
import { work as cnn } from "./cnn.ts";
import { work as compileBlock } from "./compile_block.ts";
import { work as compileNetwork } from "./compile_network.ts";
import { work as deviceHost } from "./device_host.ts";
import { work as deviceMatmul } from "./device_matmul.ts";
import { work as deviceNetwork } from "./device_network.ts";
import { work as gradient } from "./gradient.ts";
import { work as layernorm } from "./layernorm.ts";
import { work as lstm } from "./lstm.ts";
import { work as memoryAttention } from "./memory_attention.ts";
import { work as memoryBlock } from "./memory_block.ts";
import { work as memoryCnn } from "./memory_cnn.ts";
import { work as mlp } from "./mlp.ts";
import { work as network } from "./network.ts";
import { work as overhead } from "./overhead.ts";
import { work as perceptron } from "./perceptron.ts";
import { work as sgemm } from "./sgemm.ts";
import { work as softmax } from "./softmax.ts";
import { work as sum } from "./sum.ts";
import type { Work } from "./work.ts";

/** All of them, in the order they are run in. */
export const works: readonly Work[] = [
  overhead,
  gradient,
  perceptron,
  network,
  mlp,
  cnn,
  lstm,
  block,
  chain,
  sum,
  softmax,
  layernorm,
  sgemm,
  compileNetwork,
  compileBlock,
  memoryAttention,
  memoryCnn,
  memoryBlock,
  deviceHost,
  deviceNetwork,
  deviceMatmul,
];
