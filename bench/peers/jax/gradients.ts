import { numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { type Contender, timed } from "../../harness/measure.ts";
import { elements, finish, inMode, type Mode } from "./jax.ts";

/** Parameters by name. */
export type Parameters = Record<string, np.Array>;

/** Has all gradients of a loss computed; the answer is the loss and the sum of squares of each, in the order of names. */
export function gradients(
  lossOf: (parameters: Parameters, data: np.Array[]) => np.Array,
  parameters: Parameters,
  data: np.Array[],
  mode: Mode,
): Contender {
  const both = inMode(valueAndGrad(lossOf), mode);
  const step = (): np.Array[] => {
    const [loss, found] = both(tree.ref(parameters), tree.ref(data));
    return [loss, ...Object.keys(parameters).map((name) => (found as unknown as Parameters)[name])];
  };
  const answer = () => {
    const [loss, ...found] = step();
    return elements([loss, ...found.map((g) => np.square(g).sum())]);
  };
  return timed(() => finish(step(), mode), answer);
}
