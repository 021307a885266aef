/** TensorFlow.js on its wasm backend, with SIMD. */
import * as tf from "@tensorflow/tfjs";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { Variant } from "../../harness/run.ts";
import type { Case, Work } from "../../works/work.ts";
import { type Side, sideOf } from "../side.ts";
import { chain, layernorm, sgemm, softmax, sum } from "./arrays.ts";
import { block } from "./block.ts";
import { gradient, perceptron } from "./scalar.ts";
import { training } from "./training.ts";

const side: Side = {
  gradient,
  perceptron,
  network: training,
  mlp: training,
  block,
  chain,
  sum,
  softmax,
  layernorm,
  sgemm,
};

/** A case in TensorFlow.js, which has no f64. */
export function tensorflow({ name }: Work, { given, dtype }: Case): Variant[] {
  const prepare = sideOf(side, name);
  if (!prepare || dtype === "f64") return [];
  return [{
    library: "TensorFlow.js",
    how: "wasm",
    prepare: async () => {
      await open();
      return prepare(given);
    },
  }];
}

let opened = false;

async function open(): Promise<void> {
  if (opened) return;
  opened = true;
  // Its own switch for production: checks are left out, and so is an advertisement on the console.
  tf.enableProdMode();
  setThreadsCount(1);
  const entry = import.meta.resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(new URL(".", entry).pathname);
  if (!await tf.setBackend("wasm")) throw new Error("TensorFlow.js cannot open its wasm backend");
}
