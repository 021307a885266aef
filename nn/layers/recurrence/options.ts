/** What recurrent layers are told. */
import type { DType, Key, Tensor } from "@tapegrad/core";
import type { Kind } from "./kinds.ts";

/**
 * What a recurrent layer may be told.
 *
 * @category Layers
 */
export interface RecurrentOptions {
  /** How many layers stand on each other: 1 unless said. */
  readonly numLayers?: number;
  /** Whether there are biases; there are unless said. */
  readonly bias?: boolean;
  /** Whether the batch is the first axis, and not the second, as unless said. */
  readonly batchFirst?: boolean;
  /** The probability of an output to be dropped between layers in training, 0 unless said. */
  readonly dropout?: number;
  /** Whether there is a second direction, from the last to the first, whose outputs stand behind those of the first. */
  readonly bidirectional?: boolean;
  /** Dtype of its parameters; the default dtype unless said. */
  readonly dtype?: DType;
  /** Where the initial values come from; the global sequence unless said. */
  readonly key?: Key;
  /** What outputs are dropped by, a buffer that each call changes; the global sequence unless said. */
  readonly dropoutKey?: Key;
}

/**
 * What a call of a recurrent layer may be told.
 *
 * @category Layers
 */
export interface RecurrentCall {
  /**
   * How many times each sequence of a padded batch has, as what PyTorch packs: outputs past its end are 0, its last
   * state is that of its end, where the other direction begins. What is past an end is not read. Those of a list are
   * integers from 1 to the number of times; those of a tensor, i32 `[N]`, are not read to be checked.
   */
  readonly lengths?: readonly number[] | Tensor;
}

/** More layers on each other are a mistake. */
export const MOST_LAYERS = 10_000;

/**
 * What sets a layer apart.
 *
 * @category Layers
 */
export interface RecurrentShape {
  /** What it does at a step. */
  readonly kind: Kind;
  /** How many features an input has. */
  readonly inputSize: number;
  /** How many features a state has. */
  readonly hiddenSize: number;
  /** How many features an output has where it is projected; 0 where it is the state. */
  readonly projSize: number;
}

/** What {@link RecurrentOptions} has. */
export const known = {
  numLayers: 1,
  bias: true,
  batchFirst: false,
  dropout: 0,
  bidirectional: false,
  dtype: null,
  key: null,
  dropoutKey: null,
};
