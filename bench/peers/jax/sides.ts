/** How jax-js does each work. */
import { defaultDevice, init } from "@jax-js/jax";
import { type Side, sideOf } from "../side.ts";
import type { Contender } from "../../harness/measure.ts";
import type { Given, WorkName } from "../../works/work.ts";
import { chain, layernorm, sgemm, softmax, sum } from "./arrays.ts";
import { block } from "./block.ts";
import { cnn } from "./cnn.ts";
import { host, matmul } from "./device.ts";
import type { Mode } from "./jax.ts";
import { lstm } from "./lstm.ts";
import { gradient, perceptron } from "./scalar.ts";
import { training } from "./training.ts";

const side: Side<[Mode]> = {
  gradient,
  perceptron,
  network: training,
  mlp: training,
  cnn,
  lstm,
  block,
  chain,
  sum,
  softmax,
  layernorm,
  sgemm,
  "device-host": host,
  "device-network": training,
  "device-matmul": matmul,
};

/** How it does the work of a name, if it does. */
export function jaxSide(name: WorkName): ((given: Given[WorkName], mode: Mode) => Contender) | undefined {
  return sideOf(side, name);
}

/** Has it compute on a device. */
export async function use(device: "wasm" | "webgpu"): Promise<void> {
  const there = await init(device);
  if (!there.includes(device)) throw new Error(`jax-js has no ${device} here, only ${there.join(", ")}`);
  defaultDevice(device);
}
