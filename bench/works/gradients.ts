/** Gradients of a loss to parameters, for the works that differ in the loss. */
import { scope, type Tensor } from "@tapegrad/tapegrad";
import { type Contender, timed } from "../harness/measure.ts";
import { compile } from "./program.ts";

/** How gradients are measured. */
export interface Measured {
  /** Whether they are timed, as they are unless said, or weighed, or their buffers are. */
  readonly by?: (run: () => unknown, answer: Contender["answer"]) => Contender;
  /** Whether what computes them is compiled. */
  readonly compiled?: boolean;
}

/** Has all gradients computed, and reads none; the answer is the loss and the sum of squares of each. */
export function gradients(
  lossOf: () => Tensor,
  parameters: readonly Tensor[],
  { by = timed, compiled = false }: Measured = {},
): Contender {
  const once = () => {
    for (const parameter of parameters) parameter.setGrad(null);
    const loss = lossOf();
    loss.backward();
    return loss.detach();
  };
  const step = compiled ? compile(once) : once;
  // Squares do not cancel: rounding shows in their sums as it is.
  const answer = () => [
    step().itemSync(),
    ...parameters.map(({ grad }) => grad!.square().sum().itemSync()),
  ];
  return by(() => scope(() => void step()), answer);
}
