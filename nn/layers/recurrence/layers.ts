/** Recurrent layers: RNN, LSTM and GRU. */
import { described, type Tensor } from "@tapegrad/core";
import { type Kind, kinds } from "./kinds.ts";
import { RecurrentLayer } from "./layer.ts";
import type { RecurrentOptions } from "./options.ts";

/**
 * What {@link RNN} may be told.
 *
 * @category Layers
 */
export interface RNNOptions extends RecurrentOptions {
  /** What a state goes through: tanh unless said. */
  readonly nonlinearity?: "tanh" | "relu";
}

/**
 * What {@link LSTM} may be told.
 *
 * @category Layers
 */
export interface LSTMOptions extends RecurrentOptions {
  /** To how many features an output is projected: 0, to none, unless said. */
  readonly projSize?: number;
}

/**
 * A recurrent layer whose state is one tensor: {@link RNN} and {@link GRU}.
 *
 * @category Layers
 */
export abstract class OneStateLayer extends RecurrentLayer<Tensor> {
  /** The state as a list. */
  protected override partsOf(state: Tensor): readonly Tensor[] {
    return [state];
  }

  /** The state of a list. */
  protected override stateOf([h]: readonly Tensor[]): Tensor {
    return h;
  }
}

/**
 * h = tanh(W·x + b + V·h + d) along a sequence, or of `nonlinearity: "relu"`: `torch.nn.RNN`. It is called with the input
 * `[T, N, inputSize]`, what it begins with, if anything, and {@link RecurrentCall}, and gives `[output, h]`. Elman (1990).
 *
 * @category Layers
 * @example
 * ```ts
 * import { normal } from "@tapegrad/core";
 * import { RNN } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const rnn = new RNN(3, 4, { numLayers: 2, bidirectional: true }), [output, h] = rnn.forward(normal([7, 5, 3]));
 * assertEquals([output.shape, h.shape], [[7, 5, 8], [4, 5, 4]]);
 * ```
 */
export class RNN extends OneStateLayer {
  /** A layer with random parameters. */
  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    const kind = kindOf("RNN", options?.nonlinearity);
    super({ kind, inputSize, hiddenSize, projSize: 0 }, options, { nonlinearity: "tanh" });
  }
}

/** The state of an LSTM, or the error that says what it is instead. */
export function pairOf(layer: string, state: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] {
  if (Array.isArray(state) && state.length === 2) return state;
  throw new TypeError(`Cannot apply ${layer} to a state of ${described(state)}: [h, c] is needed`);
}

/** The kind of a nonlinearity of a layer of this name. */
export function kindOf(layer: string, nonlinearity: RNNOptions["nonlinearity"] = "tanh"): Kind {
  if (nonlinearity === "tanh" || nonlinearity === "relu") return kinds[nonlinearity];
  throw new TypeError(
    `Cannot make a ${layer} with a nonlinearity of ${described(nonlinearity)}: choose tanh or relu`,
  );
}

/**
 * Gated recurrent units along a sequence: `torch.nn.GRU`. It is called as {@link RNN} and gives `[output, h]`. Cho et al.
 * (2014), with the reset gate behind the product, as PyTorch's.
 *
 * @category Layers
 */
export class GRU extends OneStateLayer {
  /** A layer with random parameters. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super({ kind: kinds.gru, inputSize, hiddenSize, projSize: 0 }, options, {});
  }
}

/**
 * Long short-term memory along a sequence: `torch.nn.LSTM`. It is called as {@link RNN}, begins with `[h, c]`, and gives
 * `[output, [h, c]]`. Hochreiter and Schmidhuber (1997).
 *
 * @category Layers
 * @example Sequences of several lengths
 * ```ts
 * import { normal } from "@tapegrad/core";
 * import { LSTM } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const lstm = new LSTM(3, 4, { batchFirst: true }), x = normal([2, 5, 3]);
 * const [output, [h]] = lstm.forward(x, undefined, { lengths: [5, 2] });
 * assertEquals(await output.slice(1, 2).array(), [0, 0, 0, 0]);
 * assertEquals(await h.slice(0, 1).array(), await output.slice(1, 1).array());
 * ```
 */
export class LSTM extends RecurrentLayer<readonly [h: Tensor, c: Tensor]> {
  /** A layer with random parameters. */
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    const { projSize = 0 } = options ?? {};
    super({ kind: kinds.lstm, inputSize, hiddenSize, projSize }, options, { projSize: 0 });
  }

  /** The state as a list, or the error that says what it is instead. */
  protected override partsOf(state: readonly [Tensor, Tensor]): readonly Tensor[] {
    return pairOf(this.describe(), state);
  }

  /** The state of a list. */
  protected override stateOf([h, c]: readonly Tensor[]): readonly [h: Tensor, c: Tensor] {
    return [h, c];
  }
}
