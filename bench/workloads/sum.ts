import { fromArray, scope } from "@tapegrad/tapegrad";
import type { numpy as np } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs";
import { positives } from "../inputs.ts";
import { type Contender, timed } from "../measure.ts";
import { array, inMode, jaxVariants, type Mode, mostModes } from "../peers/jax.ts";
import { tensorOf, tfjsVariants } from "../peers/tfjs.ts";
import { ours, type Workload } from "../workload.ts";

const N = 1_000_000;

/** The sum of a million elements, read. */
export const sum: Workload = {
  name: "sum",
  about: "the sum of 10^6 elements, read",
  unit: "ms",
  cases: [{
    label: "",
    dtype: "f32",
    ours: ours("eager", byUs),
    peers: [...jaxVariants(mostModes, jax), ...tfjsVariants(tfjs)],
  }],
};

function byUs(): Contender {
  const x = fromArray(positives(N), [N]);
  const run = () => scope(() => x.sum().dataSync());
  return timed(run, run);
}

function jax(mode: Mode): Contender {
  const x = array(positives(N), [N]);
  const total = inMode((x: np.Array) => x.sum(), mode);
  const run = () => mode.sync ? total(x.ref).dataSync() : total(x.ref).data();
  return timed(run, run);
}

function tfjs(): Contender {
  const x = tensorOf(positives(N), [N]);
  const run = () => tf.tidy(() => x.sum().dataSync());
  return timed(run, run);
}
