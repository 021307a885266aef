/** The error of a loss that training cannot go on with. */
import type { History } from "./history.ts";

/**
 * Where a loss was not finite.
 *
 * @category Training
 */
export interface LossPlace {
  /** The epoch, from 1. */
  readonly epoch: number;
  /** The batch of it, from 1. */
  readonly batch: number;
  /** How many there are, where that is known. */
  readonly batches: number | null;
  /** The loss. */
  readonly loss: number;
  /** The learning rate. */
  readonly learningRate: number;
  /** How many batches were trained on after it before it was read. */
  readonly since: number;
  /** What of the batch has NaN in which rows, where that could be told. */
  readonly stray?: string | null;
}

/**
 * A loss that is NaN or infinite, which ends a training. The weights are those before the batch where a device is read
 * at once; elsewhere losses are read some at a time, and it says how many batches came after.
 *
 * @category Training
 */
export class LossError extends Error {
  /** The name of the class. */
  override readonly name = "LossError";
  /** The epoch, from 1. */
  readonly epoch: number;
  /** The batch of it, from 1. */
  readonly batch: number;
  /** The loss. */
  readonly loss: number;
  /** What was before. */
  readonly history: History;

  /** An error about the loss at a place. */
  constructor(place: LossPlace, history: History) {
    const { epoch, batch, loss } = place;
    super(`Cannot go on fitting: the loss is ${loss} in ${whereOf(place)}. ${remedyOf(place)}`);
    [this.epoch, this.batch, this.loss, this.history] = [epoch, batch, loss, history];
  }
}

function whereOf({ epoch, batch, batches, since, stray }: LossPlace): string {
  const of = batches === null ? "" : ` of ${batches}`, why = stray ? `, of which ${stray}` : "";
  const weights = since === 0
    ? "the weights are those before it"
    : `it was read ${since} batch${since === 1 ? "" : "es"} later, load weights from before`;
  return `batch ${batch}${of} of epoch ${epoch}${why}; ${weights}`;
}

function remedyOf({ stray, learningRate }: LossPlace): string {
  if (stray) return "Leave these rows out, or fill them";
  return `Lower the learning rate of ${learningRate}, clip gradients by { clip: { norm: 1 } }, ` +
    "or find the op by detectAnomaly(() => loss(model.forward(x), y))";
}
