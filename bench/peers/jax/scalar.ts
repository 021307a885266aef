import { numpy as np, valueAndGrad } from "@jax-js/jax";
import { type Contender, timed } from "../../harness/measure.ts";
import { COUNT, labels, points } from "../../works/inputs.ts";
import type { Given, Runs } from "../../works/work.ts";
import { array, elements, inMode, type Mode } from "./jax.ts";

const AT = 10;

export function gradient(given: Given["gradient"], mode: Mode): Contender {
  const dtype = given.dtype === "f64" ? np.float64 : np.float32;
  const f = (x: np.Array) =>
    np.power(np.power(x.ref.sub(3), np.array(2, { dtype }).div(x.ref)).sub(1), x.sub(1));
  const both = inMode((x: np.Array) => valueAndGrad(f)(x), mode);
  const x = np.array(AT, { dtype });
  const run = () => elements(both(x.ref));
  return timed(run, run);
}

type State = [w: np.Array, b: np.Array];

export function perceptron({ starts, epochs, rate }: Runs, mode: Mode): Contender {
  const x = array(points, [COUNT, 2]), y = array(labels, [COUNT, 1]);
  const loss = ([w, b]: State, x: np.Array, y: np.Array) =>
    np.square(np.tanh(np.matmul(x, w).add(b)).sub(y)).mean();
  const both = valueAndGrad(loss);
  const step = inMode(([w, b]: State, x: np.Array, y: np.Array): [np.Array, ...State] => {
    const [value, [dw, db]] = both([w.ref, b.ref], x, y);
    return [value, w.sub(dw.mul(rate)), b.sub(db.mul(rate))];
  }, mode);
  const run = () => starts.flatMap(train);
  return timed(run, run);

  function train(start: readonly number[]): number[] {
    let state: State = [np.array([...start]).reshape([2, 1]), np.zeros([1])];
    let last = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const [value, ...next] = step(state, x.ref, y.ref);
      state = next;
      // The next loss needs both, so reading it bounds what is pending.
      last = value.dataSync()[0];
    }
    return [...elements(state), last];
  }
}
