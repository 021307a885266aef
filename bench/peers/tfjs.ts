/** TensorFlow.js on its two backends that need no GPU. */
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { Contender } from "../measure.ts";
import type { Variant } from "../workload.ts";

let opened = false;

async function open(backend: string): Promise<void> {
  if (!opened) {
    // Its own switch for production: checks are left out, and so is an advertisement on the console.
    tf.enableProdMode();
    const entry = import.meta.resolve("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(new URL(".", entry).pathname);
    opened = true;
  }
  if (!await tf.setBackend(backend)) throw new Error(`TensorFlow.js cannot open its ${backend} backend`);
}

/** Makes a variant for each backend. */
export function tfjsVariants(prepare: () => Contender): Variant[] {
  return ["wasm", "cpu"].map((backend) => ({
    library: "TensorFlow.js",
    how: backend === "wasm" ? "wasm with SIMD" : backend,
    prepare: async () => {
      await open(backend);
      return onBackend(backend, prepare());
    },
  }));
}

// The backend is global, and a tensor is moved to the one in use, so each turn names its own.
function onBackend(backend: string, { answer, measure }: Contender): Contender {
  return {
    answer: () => tf.setBackend(backend).then(answer),
    measure: (budget) => tf.setBackend(backend).then(() => measure(budget)),
  };
}

/** A tensor of given elements. */
export function tensorOf(data: Float32Array, shape: number[]): tf.Tensor {
  return tf.tensor(data, shape);
}
