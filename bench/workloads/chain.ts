import { fromArray, scope } from "@tapegrad/tapegrad";
import { numpy as np } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs";
import { positives } from "../inputs.ts";
import { type Contender, timed } from "../measure.ts";
import { allModes, array, finish, inMode, jaxVariants, type Mode } from "../peers/jax.ts";
import { tensorOf, tfjsVariants } from "../peers/tfjs.ts";
import { ours, type Workload } from "../workload.ts";

const N = 1_000_000;

/** Four elementwise ops in a row on a million elements; nothing is read. */
export const chain: Workload = {
  name: "chain",
  about: "tanh(2x + 1) · x on 10^6 elements",
  unit: "ms",
  cases: [{
    label: "",
    dtype: "f32",
    ours: ours("eager", byUs),
    peers: [...jaxVariants(allModes, jax), ...tfjsVariants(tfjs)],
  }],
};

function byUs(): Contender {
  const x = fromArray(positives(N), [N]);
  const y = () => x.mul(2).add(1).tanh().mul(x);
  return timed(() => scope(() => void y()), () => scope(() => y().dataSync()));
}

function jax(mode: Mode): Contender {
  const x = array(positives(N), [N]);
  const y = inMode((x: np.Array) => np.tanh(x.ref.mul(2).add(1)).mul(x), mode);
  return timed(() => finish([y(x.ref)], mode), () => y(x.ref).dataSync());
}

function tfjs(): Contender {
  const x = tensorOf(positives(N), [N]);
  const y = () => x.mul(2).add(1).tanh().mul(x);
  return timed(() => tf.tidy(() => void y()), () => tf.tidy(() => y().dataSync()));
}
