/** One step of a recurrent layer, as a layer. */
import {
  checkOptions,
  checkShape,
  checkTensor,
  type DType,
  type Key,
  ShapeError,
  showShape,
  type Tensor,
  zeros,
} from "@tapegrad/core";
import { Module } from "../../module.ts";
import { type Kind, kinds } from "./kinds.ts";
import { uniformParameters } from "./layer.ts";
import { kindOf, pairOf, type RNNOptions } from "./layers.ts";
import { gatesOf, stepped } from "./run.ts";

/**
 * What a recurrent cell may be told.
 *
 * @category Layers
 */
export interface CellOptions {
  /** Whether there are biases; there are unless said. */
  readonly bias?: boolean;
  /** Dtype of its parameters; the default dtype unless said. */
  readonly dtype?: DType;
  /** Where the initial values come from; the global sequence unless said. */
  readonly key?: Key;
}

/**
 * What {@link RNNCell} may be told.
 *
 * @category Layers
 */
export interface RNNCellOptions extends CellOptions, Pick<RNNOptions, "nonlinearity"> {}

/**
 * A step of a recurrence: {@link RNNCell}, {@link LSTMCell} or {@link GRUCell}, with the parameters of one layer.
 *
 * @category Layers
 */
export abstract class RecurrentCell<State> extends Module<readonly [input: Tensor, hx?: State], State> {
  /** How many features an input has. */
  readonly inputSize: number;
  /** How many features a state has. */
  readonly hiddenSize: number;
  /** `[gates·hiddenSize, inputSize]`. */
  readonly weight_ih: Tensor;
  /** `[gates·hiddenSize, hiddenSize]`. */
  readonly weight_hh: Tensor;
  /** `[gates·hiddenSize]`, or `null` without biases. */
  readonly bias_ih: Tensor | null;
  /** `[gates·hiddenSize]`, or `null` without biases. */
  readonly bias_hh: Tensor | null;
  readonly #kind: Kind;

  /** Draws the parameters. */
  constructor(
    kind: Kind,
    [inputSize, hiddenSize]: readonly [number, number],
    options: CellOptions,
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super();
    checkOptions(`make a ${this.constructor.name}`, options, { bias: true, dtype: null, key: null, ...more });
    checkShape(`make a ${this.constructor.name} of`, [inputSize, hiddenSize]);
    const rows = kind.gates * hiddenSize, bias = options.bias ?? true;
    const { weight_ih, weight_hh, bias_ih = null, bias_hh = null } = uniformParameters(
      [
        ["weight_ih", [rows, inputSize]],
        ["weight_hh", [rows, hiddenSize]],
        ...bias ? [["bias_ih", [rows]], ["bias_hh", [rows]]] as const : [],
      ],
      hiddenSize,
      options,
    );
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.weight_ih = weight_ih;
    this.weight_hh = weight_hh;
    this.bias_ih = bias_ih;
    this.bias_hh = bias_hh;
    this.#kind = kind;
  }

  /** The next state as tensors. */
  protected stepped(input: Tensor, state: readonly Tensor[] | undefined): readonly Tensor[] {
    this.#check("an input of", input, input?.rank, this.inputSize);
    const { dtype, backend } = input, lead = input.shape.slice(0, -1);
    const zero = () => zeros([...lead, this.hiddenSize], { dtype, backend });
    const from = state ?? Array.from({ length: this.#kind.states }, zero);
    for (const part of from) {
      this.#check("a state of", part, input.rank, this.hiddenSize);
      if (part.shape[0] !== input.shape[0] && part.rank === 2) {
        throw this.#misfit("a state of", part, `its batch must be ${input.shape[0]}`);
      }
    }
    const weights = {
      ih: this.weight_ih,
      hh: this.weight_hh,
      biasIh: this.bias_ih ?? undefined,
      biasHh: this.bias_hh ?? undefined,
    };
    return stepped(this.#kind, gatesOf(this.#kind, input, weights), from, weights);
  }

  #check(what: string, x: Tensor, rank: number, features: number): void {
    checkTensor(`apply ${this.describe()} to ${what}`, x);
    if ((rank === 1 || rank === 2) && x.rank === rank && x.shape[rank - 1] === features) return;
    throw this.#misfit(what, x, `[${features}] or [N, ${features}] is needed`);
  }

  #misfit(what: string, { shape }: Tensor, why: string): ShapeError {
    return new ShapeError(`Cannot apply ${this.describe()} to ${what} ${showShape(shape)}: ${why}`, {
      op: this.constructor.name,
      shapes: [shape],
    });
  }

  /** `LSTMCell(3, 5)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.inputSize}, ${this.hiddenSize})`;
  }
}

/**
 * One step of an {@link RNN}, `[N, inputSize]` and `[N, hiddenSize]` to the next state: `torch.nn.RNNCell`.
 *
 * @category Layers
 */
export class RNNCell extends RecurrentCell<Tensor> {
  /** A cell with random parameters. */
  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    super(kindOf("RNNCell", options?.nonlinearity), [inputSize, hiddenSize], options, {
      nonlinearity: "tanh",
    });
  }

  /** The next state; `hx` is zeros unless given. */
  override forward(input: Tensor, hx?: Tensor): Tensor {
    return this.stepped(input, hx === undefined ? undefined : [hx])[0];
  }
}

/**
 * One step of a {@link GRU}: `torch.nn.GRUCell`.
 *
 * @category Layers
 */
export class GRUCell extends RecurrentCell<Tensor> {
  /** A cell with random parameters. */
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(kinds.gru, [inputSize, hiddenSize], options);
  }

  /** The next state; `hx` is zeros unless given. */
  override forward(input: Tensor, hx?: Tensor): Tensor {
    return this.stepped(input, hx === undefined ? undefined : [hx])[0];
  }
}

/**
 * One step of an {@link LSTM}, whose state is `[h, c]`: `torch.nn.LSTMCell`.
 *
 * @category Layers
 */
export class LSTMCell extends RecurrentCell<readonly [h: Tensor, c: Tensor]> {
  /** A cell with random parameters. */
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(kinds.lstm, [inputSize, hiddenSize], options);
  }

  /** The next state; `hx` is zeros unless given. */
  override forward(input: Tensor, hx?: readonly [h: Tensor, c: Tensor]): readonly [h: Tensor, c: Tensor] {
    const [h, c] = this.stepped(input, hx === undefined ? undefined : pairOf(this.describe(), hx));
    return [h, c];
  }
}
