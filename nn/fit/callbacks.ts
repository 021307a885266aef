/** What is told how a training goes. */
import { described, quoted, type Tensor } from "@tapegrad/core";
import type { AnyModule } from "../module.ts";
import type { History } from "./history.ts";
import type { EpochRecord } from "./record.ts";

/**
 * A training under way, as callbacks see it.
 *
 * @category Training
 */
export interface FitRun {
  /** What is trained. */
  readonly model: AnyModule;
  /** How many epochs there are to be. */
  readonly epochs: number;
  /** The epoch, from 1; 0 before the first. */
  readonly epoch: number;
  /** How many batches of the epoch are done. */
  readonly batch: number;
  /** What is known so far. */
  readonly history: History;
  /** Asks for an end: after the batch, in {@link Callback.onEpochEnd} and later at once. */
  stop(reason?: string): void;
}

/**
 * A batch that was trained on.
 *
 * @category Training
 */
export interface BatchEnd {
  /** Its epoch, from 1. */
  readonly epoch: number;
  /** Which one of the epoch, from 1. */
  readonly batch: number;
  /** How many there are, `null` where that is not known. */
  readonly batches: number | null;
  /** How many samples it has. */
  readonly size: number;
  /** Whether the optimizer stepped after it. */
  readonly stepped: boolean;
  /** Its loss, which is freed after the call: `await loss.item()` reads it. */
  readonly loss: Tensor;
}

/**
 * What {@link fit} calls as it goes, and waits for: a plain object, or one of a class as {@link EarlyStopping}. What
 * has a `stateDict` is part of checkpoints.
 *
 * @category Training
 */
export interface Callback {
  /** Before the first epoch, once a checkpoint has been read. */
  onFitBegin?(run: FitRun): unknown;
  /** Before an epoch. */
  onEpochBegin?(run: FitRun): unknown;
  /** After a batch. */
  onBatchEnd?(batch: BatchEnd, run: FitRun): unknown;
  /** Before validation. */
  onValidationBegin?(run: FitRun): unknown;
  /** After an epoch and its validation. */
  onEpochEnd?(record: EpochRecord, run: FitRun): unknown;
  /** After the last epoch, also where it is the last since it was stopped. */
  onFitEnd?(history: History, run: FitRun): unknown;
  /** What it would lose if it were made again: tensors, and what JSON holds. */
  stateDict?(): unknown;
  /** Goes on where another one stood; tensors are to be copied. */
  loadStateDict?(state: unknown): void;
}

const moments = [
  "onFitBegin",
  "onEpochBegin",
  "onBatchEnd",
  "onValidationBegin",
  "onEpochEnd",
  "onFitEnd",
] as const;

/** When callbacks are called. */
export type FitMoment = typeof moments[number];

type Arguments<M extends FitMoment> = Parameters<NonNullable<Callback[M]>>;

/** Calls those that want to know, one after the other. */
export async function tell<M extends FitMoment>(
  callbacks: readonly Callback[],
  moment: M,
  ...args: Arguments<M>
): Promise<void> {
  for (const callback of callbacks) {
    const method = callback[moment] as ((...args: Arguments<M>) => unknown) | undefined;
    await method?.apply(callback, args);
  }
}

/** Whether one wants to know. */
export function anyoneAt(callbacks: readonly Callback[], moment: FitMoment): boolean {
  return callbacks.some((callback) => callback[moment] !== undefined);
}

/** Refuses what is no list of objects, and methods at moments that there are not. */
export function checkCallbacks(callbacks: unknown): void {
  if (!Array.isArray(callbacks)) {
    throw new TypeError(
      `Cannot fit with callbacks that are ${described(callbacks)}: a list of objects is needed`,
    );
  }
  for (const callback of callbacks) {
    if (typeof callback !== "object" || callback === null) {
      throw new TypeError(`Cannot fit with the callback ${described(callback)}: an object is needed`);
    }
    for (let at = callback; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      Object.getOwnPropertyNames(at).forEach((name) => checkMoment(name, callback[name]));
    }
  }
}

function checkMoment(name: string, value: unknown): void {
  if (!/^on[A-Z]/.test(name) || value === undefined) return;
  if (!(moments as readonly string[]).includes(name)) {
    throw new TypeError(
      `Cannot fit with a callback that has ${quoted(name)}: there are ${moments.join(", ")}`,
    );
  }
  if (typeof value !== "function") {
    throw new TypeError(
      `Cannot fit with a callback whose ${name} is ${described(value)}: a function is needed`,
    );
  }
}
