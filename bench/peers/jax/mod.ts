/** jax-js on its WebAssembly device, the fastest it has where there is no GPU, and on WebGPU. */
import { defaultDevice, init } from "@jax-js/jax";
import type { Variant } from "../../harness/run.ts";
import type { Case, Work } from "../../works/work.ts";
import { type Side, sideOf } from "../side.ts";
import { chain, sgemm, softmax, sum } from "./arrays.ts";
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
  sgemm,
  "device-host": host,
  "device-network": training,
  "device-matmul": matmul,
};

/** A case in jax-js, as it is and compiled. */
export function jax({ name, onDevice = false }: Work, { given }: Case): Variant[] {
  const prepare = sideOf(side, name);
  if (!prepare) return [];
  return [false, true].map((compiled) => ({
    library: "jax-js",
    how: compiled ? "jit" : "eager",
    prepare: async () => {
      await use(onDevice ? "webgpu" : "wasm");
      // What is read at once is computed by this thread, what is awaited by a pool of them.
      return prepare(given, { compiled, sync: !onDevice });
    },
  }));
}

async function use(device: "wasm" | "webgpu"): Promise<void> {
  const there = await init(device);
  if (!there.includes(device)) throw new Error(`jax-js has no ${device} here, only ${there.join(", ")}`);
  defaultDevice(device);
}
