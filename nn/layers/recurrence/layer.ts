/** What recurrent layers share: several on each other, in one direction or both. */
import {
  checkOptions,
  checkSetting,
  checkShape,
  checkTensor,
  concat,
  drawKey,
  dropout,
  keyTensor,
  type Shape,
  ShapeError,
  showShape,
  splitKey,
  stack,
  type Tensor,
  where,
  zeros,
} from "@tapegrad/core";
import * as init from "../../init.ts";
import { Module } from "../../module.ts";
import type { Kind } from "./kinds.ts";
import {
  known,
  MOST_LAYERS,
  type RecurrentCall,
  type RecurrentOptions,
  type RecurrentShape,
} from "./options.ts";
import { ran, type Weights, withinLengths } from "./run.ts";

/**
 * A recurrent layer, {@link RNN}, {@link LSTM} or {@link GRU}: its parameters `weight_ih_l0`, `weight_hh_l0`,
 * `bias_ih_l0`, `bias_hh_l0`, of the other direction `…_reverse`, start uniform between ±1/√hidden, as PyTorch's.
 *
 * @category Layers
 */
export abstract class RecurrentLayer<State> extends Module<
  readonly [input: Tensor, hx?: State, options?: RecurrentCall],
  [output: Tensor, state: State]
> {
  /** Parameters by PyTorch's names. */
  readonly [name: `${"weight" | "bias"}_${string}`]: Tensor;
  /** How many features an input has. */
  readonly inputSize: number;
  /** How many features a state has. */
  readonly hiddenSize: number;
  /** How many layers stand on each other. */
  readonly numLayers: number;
  /** Whether there are biases. */
  readonly bias: boolean;
  /** Whether the batch is the first axis. */
  readonly batchFirst: boolean;
  /** The probability of an output to be dropped between layers in training. */
  readonly dropout: number;
  /** Whether there is a second direction. */
  readonly bidirectional: boolean;
  /** What outputs are dropped by, as a buffer that each call changes; `null` where that is the global sequence. */
  readonly key: Tensor | null;
  readonly #kind: Kind;
  readonly #outputSize: number;

  /** Draws the parameters. */
  constructor(
    { kind, inputSize, hiddenSize, projSize }: RecurrentShape,
    options: RecurrentOptions,
    more: Readonly<Record<string, unknown>>,
  ) {
    super();
    const what = `make a ${this.constructor.name}`;
    checkOptions(what, options, { ...known, ...more });
    const { numLayers = 1, dropout = 0, dropoutKey } = options;
    checkShape(`${what} of`, [inputSize, hiddenSize, projSize, numLayers]);
    checkSetting(what, "projSize", projSize, 0, Math.max(0, hiddenSize - 1));
    checkSetting(what, "numLayers", numLayers, 1, MOST_LAYERS);
    checkSetting(what, "dropout", dropout, 0, 1);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = options.bias ?? true;
    this.batchFirst = options.batchFirst ?? false;
    this.dropout = dropout;
    this.bidirectional = options.bidirectional ?? false;
    this.#kind = kind;
    this.#outputSize = projSize || hiddenSize;
    this.key = dropoutKey ? keyTensor(dropoutKey) : null;
    Object.assign(this, this.#drawn(projSize, options));
  }

  #suffixes(): readonly string[] {
    const ways = this.bidirectional ? ["", "_reverse"] : [""];
    return Array.from({ length: this.numLayers }, (_, i) => ways.map((way) => `l${i}${way}`)).flat();
  }

  #drawn(projSize: number, { dtype, key }: RecurrentOptions): Record<string, Tensor> {
    const rows = this.#kind.gates * this.hiddenSize, suffixes = this.#suffixes();
    const ways = suffixes.length / this.numLayers;
    const shapes = suffixes.flatMap((suffix, i): (readonly [string, Shape])[] => [
      [`weight_ih_${suffix}`, [rows, i < ways ? this.inputSize : ways * this.#outputSize]],
      [`weight_hh_${suffix}`, [rows, this.#outputSize]],
      ...this.bias ? ["ih", "hh"].map((part) => [`bias_${part}_${suffix}`, [rows]] as const) : [],
      ...projSize > 0 ? [[`weight_hr_${suffix}`, [projSize, this.hiddenSize]] as const] : [],
    ]);
    return uniformParameters(shapes, this.hiddenSize, { ...dtype && { dtype }, ...key && { key } });
  }

  /** What a state is as tensors, and back. */
  protected abstract partsOf(state: State): readonly Tensor[];

  /** The state of these tensors. */
  protected abstract stateOf(parts: readonly Tensor[]): State;

  /**
   * Of `[T, N, inputSize]`, `[N, T, inputSize]` with `batchFirst`, or `[T, inputSize]`, the outputs of the last layer at
   * all times, and the last state of each layer and direction, `[layers·directions, N, hiddenSize]`. It begins with `hx`
   * of that shape, or zeros.
   */
  override forward(input: Tensor, hx?: State, options: RecurrentCall = {}): [output: Tensor, state: State] {
    checkOptions(`apply ${this.describe()} to`, options, { lengths: null });
    const isLone = this.#checkInput(input), first = isLone ? input.unsqueeze(1) : input;
    const along = this.batchFirst && !isLone ? first.transpose(0, 1) : first;
    const within = this.#within(options.lengths, along);
    const [y, last] = this.#run(
      within ? where(within, along, 0) : along,
      this.#begin(hx, along, isLone),
      within,
    );
    const output = this.batchFirst && !isLone ? y.transpose(0, 1) : y;
    return isLone
      ? [output.squeeze(1), this.stateOf(last.map((part) => part.squeeze(1)))]
      : [output, this.stateOf(last)];
  }

  #run(x: Tensor, begin: readonly Tensor[], within: Tensor | null): [Tensor, readonly Tensor[]] {
    const ends: (readonly Tensor[])[] = [], suffixes = this.#suffixes();
    const ways = suffixes.length / this.numLayers, rows = begin.map((part) => part.unbind());
    let y = x;
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0) y = this.#dropped(y);
      const from = y,
        outputs = Array.from({ length: ways }, (_, way) => {
          const at = layer * ways + way, weights = this.#weights(suffixes[at]);
          const [output, end] = ran(this.#kind, from, rows.map((row) => row[at]), weights, {
            reverse: way === 1,
            within,
          });
          ends.push(end);
          return output;
        });
      y = ways === 1 ? outputs[0] : concat(outputs, -1);
    }
    return [y, begin.map((_, i) => stack(ends.map((end) => end[i])))];
  }

  #dropped(y: Tensor): Tensor {
    const { training, dropout: p, key } = this, draws = training && p > 0;
    return dropout(y, { p, training, key: draws && key ? drawKey(key) : undefined });
  }

  #weights(suffix: string): Weights {
    const part = (name: `${"weight" | "bias"}_${string}`): Tensor | undefined => this[name];
    return {
      ih: this[`weight_ih_${suffix}`],
      hh: this[`weight_hh_${suffix}`],
      biasIh: part(`bias_ih_${suffix}`),
      biasHh: part(`bias_hh_${suffix}`),
      hr: part(`weight_hr_${suffix}`),
    };
  }

  #begin(hx: State | undefined, along: Tensor, isLone: boolean): readonly Tensor[] {
    const layers = this.numLayers * (this.bidirectional ? 2 : 1), [, batch] = along.shape;
    const sizes = [this.#outputSize, this.hiddenSize].slice(0, this.#kind.states);
    const { dtype, backend } = along;
    if (hx === undefined || hx === null) {
      return sizes.map((size) => zeros([layers, batch, size], { dtype, backend }));
    }
    const parts = this.partsOf(hx);
    return sizes.map((size, i) => {
      checkTensor(`apply ${this.describe()} to a state of`, parts[i]);
      const shape = isLone ? [layers, size] : [layers, batch, size], found = showShape(parts[i].shape);
      if (found !== showShape(shape)) {
        throw this.#misfit([along, parts[i]], `a state of ${found}: it must be ${showShape(shape)}`);
      }
      return isLone ? parts[i].unsqueeze(1) : parts[i];
    });
  }

  #within(lengths: RecurrentCall["lengths"], along: Tensor): Tensor | null {
    if (lengths === undefined || lengths === null) return null;
    const [steps, batch] = along.shape, isList = Array.isArray(lengths);
    if (!isList) checkTensor(`apply ${this.describe()} to lengths of`, lengths);
    const count = isList ? lengths.length : (lengths as Tensor).size;
    if (count !== batch) {
      throw this.#misfit([along], `${count} lengths: the batch has ${batch} sequences`);
    }
    if (!isList) return withinLengths(lengths, steps, along);
    const wrong = lengths.find((n: number) => !(Number.isInteger(n) && n >= 1 && n <= steps));
    if (wrong !== undefined) {
      throw this.#misfit([along], `a length of ${String(wrong)}: it must be an integer from 1 to ${steps}`);
    }
    return lengths.every((n: number) => n === steps) ? null : withinLengths(lengths, steps, along);
  }

  #checkInput(input: Tensor): boolean {
    checkTensor(`apply ${this.describe()} to`, input);
    const { rank, shape } = input, steps = shape[rank === 3 && this.batchFirst ? 1 : 0];
    const order = this.batchFirst ? "[N, T, …] or [T, …]" : "[T, N, …] or [T, …]";
    if (rank !== 2 && rank !== 3) throw this.#misfit([input], `${showShape(shape)}: ${order} is needed`);
    if (shape[rank - 1] !== this.inputSize) {
      throw this.#misfit([input], `${showShape(shape)}: the last extent must be ${this.inputSize}`);
    }
    if (steps === 0) throw this.#misfit([input], `${showShape(shape)}: at least one time is needed`);
    return rank === 2;
  }

  #misfit(given: readonly Tensor[], why: string): ShapeError {
    return new ShapeError(`Cannot apply ${this.describe()} to ${why}`, {
      op: this.constructor.name,
      shapes: given.map(({ shape }) => shape),
    });
  }

  /** `LSTM(3, 5, 2 layers)`. */
  protected override describe(): string {
    const layers = this.numLayers > 1 ? `, ${this.numLayers} layers` : "";
    const ways = this.bidirectional ? ", both ways" : "";
    return `${this.constructor.name}(${this.inputSize}, ${this.hiddenSize}${layers}${ways})`;
  }
}

/** Parameters of these names and shapes, uniform between ±1/√hiddenSize. */
export function uniformParameters(
  shapes: readonly (readonly [name: string, shape: Shape])[],
  hiddenSize: number,
  { dtype, key }: Pick<RecurrentOptions, "dtype" | "key">,
): Record<string, Tensor> {
  const high = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0, keys = key ? splitKey(key, shapes.length) : [];
  return Object.fromEntries(shapes.map(([name, shape], i) => {
    const parameter = zeros(shape, { requiresGrad: true, ...dtype && { dtype } });
    return [name, init.uniform(parameter, { low: -high, high, ...keys[i] && { key: keys[i] } })];
  }));
}
