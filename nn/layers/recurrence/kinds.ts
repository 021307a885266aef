/** What recurrent networks do at a step. */
import { applyAll, chunk, e, map, relu, type Tensor } from "@tapegrad/core";

/**
 * One kind of recurrence.
 *
 * @category Layers
 */
export interface Kind {
  /** How many gates there are: so many times the hidden size are computed of an input and of a state. */
  readonly gates: number;
  /** Of how many tensors its state is, the first of which is its output. */
  readonly states: 1 | 2;
  /** Whether the bias of the state is more than a second bias of the input. */
  readonly ownBias: boolean;
  /** The next state, of what was computed of the input and of the state, and the state. */
  next(input: Tensor, hidden: Tensor, state: readonly Tensor[]): readonly Tensor[];
}

const [a, b, c, d, h, k, last] = [0, 1, 2, 3, 4, 5, 6].map((i) => e.input(i));

const one = { gates: 1, states: 1, ownBias: false } as const;
const tanhStep = { name: "rnnTanh", exprs: [e.tanh(e.add(a, b))] };

// Input, forget, cell and output, as PyTorch has them below each other.
const cell = e.add(e.mul(e.sigmoid(b), h), e.mul(e.sigmoid(a), e.tanh(c)));
const lstmStep = { name: "lstm", exprs: [e.mul(e.sigmoid(d), e.tanh(cell)), cell] };

// Reset, update and new, of the input and of the state: the reset gate acts on what was computed of the state.
const update = e.sigmoid(e.add(b, h)), fresh = e.tanh(e.add(c, e.mul(e.sigmoid(e.add(a, d)), k)));
const gruStep = { name: "gru", exprs: [e.add(e.mul(e.sub(1, update), fresh), e.mul(update, last))] };

/** By PyTorch's names. */
export const kinds = {
  /** tanh(input + state). */
  tanh: { ...one, next: (input, hidden) => applyAll(map, [input, hidden], tanhStep) },
  /** max(input + state, 0). */
  relu: { ...one, next: (input, hidden) => [relu(input.add(hidden))] },
  /** Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000). */
  lstm: {
    gates: 4,
    states: 2,
    ownBias: false,
    next: (input, hidden, [, c]) => applyAll(map, [...chunk(input.add(hidden), 4, -1), c], lstmStep),
  },
  /** Cho et al. (2014). */
  gru: {
    gates: 3,
    states: 1,
    ownBias: true,
    next: (input, hidden, [h]) =>
      applyAll(map, [...chunk(input, 3, -1), ...chunk(hidden, 3, -1), h], gruStep),
  },
} as const satisfies Readonly<Record<string, Kind>>;
