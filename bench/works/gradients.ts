/** Gradients of a loss to parameters, for the works that differ in the loss. */
import { scope, type Tensor } from "@tapegrad/tapegrad";
import { type Contender, timed, type weighed } from "../harness/measure.ts";

/**
 * Has all gradients computed, and reads none; the answer is the loss and the sum of squares of each. It is timed unless
 * told to be weighed.
 */
export function gradients(
  lossOf: () => Tensor,
  parameters: readonly Tensor[],
  measured: typeof timed | typeof weighed = timed,
): Contender {
  const step = () => {
    for (const parameter of parameters) parameter.setGrad(null);
    const loss = lossOf();
    loss.backward();
    return loss;
  };
  // Squares do not cancel: rounding shows in their sums as it is.
  const answer = () => [
    step().itemSync(),
    ...parameters.map(({ grad }) => grad!.square().sum().itemSync()),
  ];
  return measured(() => scope(() => void step()), answer);
}
