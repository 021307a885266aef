import { fromArray, scope } from "@tapegrad/tapegrad";
import { numpy as np } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs";
import { positives } from "../inputs.ts";
import { type Contender, timed } from "../measure.ts";
import { allModes, array, finish, inMode, jaxVariants, type Mode } from "../peers/jax.ts";
import { tensorOf, tfjsVariants } from "../peers/tfjs.ts";
import { ours, type Workload } from "../workload.ts";

const N = 256;

/** The product of two square matrices; nothing is read. */
export const matmul: Workload = {
  name: "matmul",
  about: "the product of two 256 × 256 matrices",
  unit: "ms",
  cases: [{
    label: "",
    dtype: "f32",
    ours: ours("eager", byUs),
    peers: [...jaxVariants(allModes, jax), ...tfjsVariants(tfjs)],
  }],
};

function elements(seed: number): Float32Array<ArrayBuffer> {
  return positives(N * N, seed);
}

function byUs(): Contender {
  const a = fromArray(elements(1), [N, N]), b = fromArray(elements(2), [N, N]);
  return timed(() => scope(() => void a.matmul(b)), () => scope(() => a.matmul(b).dataSync()));
}

function jax(mode: Mode): Contender {
  const a = array(elements(1), [N, N]), b = array(elements(2), [N, N]);
  const product = inMode((a: np.Array, b: np.Array) => np.matmul(a, b), mode);
  return timed(() => finish([product(a.ref, b.ref)], mode), () => product(a.ref, b.ref).dataSync());
}

function tfjs(): Contender {
  const a = tensorOf(elements(1), [N, N]), b = tensorOf(elements(2), [N, N]);
  return timed(() => tf.matMul(a, b).dispose(), () => tf.tidy(() => tf.matMul(a, b).dataSync()));
}
