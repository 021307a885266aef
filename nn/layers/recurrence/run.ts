/** Recurrence along time, in one direction. */
import { arange, less, linear, scan, type Tensor, tensor, where } from "@tapegrad/core";
import type { Kind } from "./kinds.ts";

/** The parameters of a direction of a layer. */
export interface Weights {
  /** `[gates·hidden, input]`. */
  readonly ih: Tensor;
  /** `[gates·hidden, output]`. */
  readonly hh: Tensor;
  /** `[gates·hidden]`. */
  readonly biasIh?: Tensor | undefined;
  /** `[gates·hidden]`. */
  readonly biasHh?: Tensor | undefined;
  /** `[output, hidden]`, where the output is projected. */
  readonly hr?: Tensor | undefined;
}

/** What is computed of the state, and the next state. */
export function stepped(
  kind: Kind,
  input: Tensor,
  state: readonly Tensor[],
  { hh, biasHh, hr }: Weights,
): readonly Tensor[] {
  const [h, ...rest] = kind.next(input, linear(state[0], hh, kind.ownBias ? biasHh : undefined), state);
  return hr ? [linear(h, hr), ...rest] : [h, ...rest];
}

/** What is computed of the input: of all times in one product. */
export function gatesOf(kind: Kind, x: Tensor, { ih, biasIh, biasHh }: Weights): Tensor {
  return linear(x, ih, biasIh && biasHh && !kind.ownBias ? biasIh.add(biasHh) : biasIh);
}

/** How a direction goes. */
export interface Way {
  /** From the last to the first. */
  readonly reverse: boolean;
  /** Which times belong to a sequence, `[T, N, 1]`: at others the state rests and the output is 0. */
  readonly within: Tensor | null;
}

/** Along `[T, N, input]`: the outputs `[T, N, output]`, and the last state. */
export function ran(
  kind: Kind,
  x: Tensor,
  init: readonly Tensor[],
  weights: Weights,
  { reverse, within }: Way,
): [output: Tensor, state: readonly Tensor[]] {
  const gates = gatesOf(kind, x, weights), xs: readonly Tensor[] = within ? [gates, within] : [gates];
  const [state, output] = scan(
    (state: readonly Tensor[], [input, isWithin]: readonly Tensor[]) => {
      const next = stepped(kind, input, state, weights);
      if (!isWithin) return [next, next[0]] as const;
      return [next.map((part, i) => where(isWithin, part, state[i])), where(isWithin, next[0], 0)] as const;
    },
    init,
    xs,
    { reverse },
  );
  return [output, state];
}

/** Which of `steps` times belong to sequences of these lengths, as bools `[T, N, 1]`. */
export function withinLengths(
  lengths: readonly number[] | Tensor,
  steps: number,
  { backend }: Tensor,
): Tensor {
  const options = { dtype: "i32", backend } as const, times = arange(steps, undefined, options);
  const ends = Array.isArray(lengths) ? tensor(lengths, options) : lengths as Tensor;
  return less(times.reshape([steps, 1, 1]), ends.reshape([1, -1, 1]));
}
