import { div, type DType, type Tensor, tensor, valueAndGrad, variable } from "@tapegrad/tapegrad";
import { numpy as np, valueAndGrad as jaxValueAndGrad } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs";
import { type Contender, timed } from "../measure.ts";
import { elements, inMode, jaxVariants, type Mode, syncModes } from "../peers/jax.ts";
import { tfjsVariants } from "../peers/tfjs.ts";
import { torchGradient } from "../peers/torch.ts";
import { type Case, ours, type Variant, type Workload } from "../workload.ts";

const AT = 10;

/** Experiment 1: value and gradient of a scalar function, both read, from an input made once. */
export const gradient: Workload = {
  name: "gradient",
  about: "forward and backward of ((x - 3)^(2/x) - 1)^(x - 1) at x = 10, both results read",
  unit: "µs",
  cases: [of("f32", tfjsVariants(tfjs)), of("f64", [])],
};

function of(dtype: "f32" | "f64", more: readonly Variant[]): Case {
  const functional = ours("valueAndGrad()", () => byFunction(dtype));
  return {
    label: "",
    dtype,
    ours: ours("backward()", () => byTape(dtype)),
    peers: [functional, ...jaxVariants(syncModes, (mode) => jax(mode, dtype)), ...more, torchGradient(dtype)],
  };
}

function f(x: Tensor): Tensor {
  return x.sub(3).pow(div(2, x)).sub(1).pow(x.sub(1));
}

function byTape(dtype: DType): Contender {
  const x = variable(AT, { dtype });
  const run = () => {
    x.setGrad(null);
    const y = f(x);
    y.backward();
    return [y.itemSync(), x.grad!.itemSync()];
  };
  return timed(run, run);
}

function byFunction(dtype: DType): Contender {
  const x = tensor(AT, { dtype }), both = valueAndGrad(f);
  const run = () => {
    const [value, gradient] = both(x);
    return [value.itemSync(), gradient.itemSync()];
  };
  return timed(run, run);
}

function jax(mode: Mode, name: "f32" | "f64"): Contender {
  const dtype = name === "f64" ? np.float64 : np.float32;
  const f = (x: np.Array) =>
    np.power(np.power(x.ref.sub(3), np.array(2, { dtype }).div(x.ref)).sub(1), x.sub(1));
  const both = inMode((x: np.Array) => jaxValueAndGrad(f)(x), mode);
  const x = np.array(AT, { dtype });
  const run = () => elements(both(x.ref));
  return timed(run, run);
}

function tfjs(): Contender {
  const both = tf.valueAndGrad((x) => x.sub(3).pow(tf.div(2, x)).sub(1).pow(x.sub(1)));
  const x = tf.scalar(AT);
  const run = () =>
    tf.tidy(() => {
      const { value, grad } = both(x);
      return [value.dataSync()[0], grad.dataSync()[0]];
    });
  return timed(run, run);
}
