import { nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { type Contender, timed } from "../../harness/measure.ts";
import { firstLosses, layersOf, lessonOf } from "../../works/training.ts";
import type { Training } from "../../works/work.ts";
import { array, inMode, type Mode } from "./jax.ts";

type State = [w: np.Array, b: np.Array][];

/** Steps of training; where results are read at once, one of them alone. */
export function training(given: Training, mode: Mode): Contender {
  const { x, y } = lesson(given), move = stepOf(given, mode);
  let state: State = layersOf(given).map(({ inputs, outputs, weight, bias }) => [
    array(weight, [inputs, outputs]),
    array(bias, [outputs]),
  ]);
  const train = () => {
    const [value, moved] = move(state, x.ref, y.ref);
    state = moved;
    return value;
  };
  const run = () => {
    for (let i = 1; i < given.steps; i++) train().dispose();
    // The next loss needs all of them, so reading it bounds what is pending.
    const value = train();
    return mode.sync ? value.dataSync()[0] : value.data().then(([l]) => l);
  };
  return timed(run, () => firstLosses(run));
}

function lesson(given: Training): { readonly x: np.Array; readonly y: np.Array } {
  const { x, labels, classes } = lessonOf(given), { sizes, batch } = given;
  const y = labels ? array(labels, [batch, 1]) : nn.oneHot(np.array(classes!), sizes[sizes.length - 1]);
  return { x: array(x, [batch, sizes[0]]), y };
}

type Step = (state: State, x: np.Array, y: np.Array) => [np.Array, State];

function stepOf({ sizes, batch, rate }: Training, mode: Mode): Step {
  const lossOf = (output: np.Array, y: np.Array) =>
    sizes[sizes.length - 1] === 1
      ? np.square(output.sub(y)).mean()
      : nn.logSoftmax(output).mul(y).sum().mul(-1 / batch);
  const both = valueAndGrad((state: State, x: np.Array, y: np.Array) =>
    lossOf(state.reduce((h, [w, b], i) => np.matmul(i === 0 ? h : nn.relu(h), w).add(b), x), y)
  );
  return inMode((state: State, x: np.Array, y: np.Array): [np.Array, State] => {
    const [value, gradients] = both(state.map(([w, b]) => [w.ref, b.ref]), x, y);
    const moved = (p: np.Array, g: np.Array) => p.sub(g.mul(rate));
    return [value, state.map(([w, b], i) => [moved(w, gradients[i][0]), moved(b, gradients[i][1])])];
  }, mode);
}
