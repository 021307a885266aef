/** Checkpoints of a training: when they are written, and how one is read. */
import { checkOptions, checkSetting } from "@tapegrad/core";
import { toSafetensors } from "../../files/safetensors_writing.ts";
import type { FileAddress } from "../../stream.ts";
import { type FitPlace, type FitState, KEY, VERSION } from "./fit_state.ts";
import { packed } from "./packed.ts";
import { type CheckpointPlace, type CheckpointStore, placeOf } from "./places.ts";
import type { PartsState } from "./parts_state.ts";
import type { Together } from "../ranks.ts";

/**
 * How often checkpoints are written: after so many epochs, or batches.
 *
 * @category Training
 */
export interface CheckpointEvery {
  /** After so many epochs. */
  readonly epochs?: number;
  /** After so many batches, once the step under way is done. */
  readonly batches?: number;
}

/**
 * Where and when {@link fit} writes checkpoints.
 *
 * @category Training
 */
export interface CheckpointOptions {
  /** The file. With `keep` there are several, with the count of batches before the ending. */
  readonly path?: string | FileAddress;
  /** What holds them where there are no files. */
  readonly store?: CheckpointStore;
  /** How often; after each epoch unless said, and always at the end. */
  readonly every?: CheckpointEvery;
  /** How many files are kept, of which the newest is resumed from; 1 unless said. */
  readonly keep?: number;
}

/** Options of checkpoints, of which a path may stand for all; those that make no sense are refused. */
export function checkpointOptions(
  given: CheckpointOptions | string | FileAddress | undefined,
): CheckpointOptions | undefined {
  if (given === undefined) return undefined;
  const options = typeof given === "string" || given instanceof URL
    ? { path: given }
    : given as CheckpointOptions;
  checkOptions("keep checkpoints", options, { path: null, store: null, every: {}, keep: 1 });
  const { path, store, every = {}, keep = 1 } = options;
  if ((path === undefined) === (store === undefined)) {
    throw new TypeError("Cannot keep checkpoints: either a path or a store is needed");
  }
  checkOptions("keep checkpoints every", every, { epochs: 1, batches: 1 });
  for (const [name, value] of Object.entries({ keep, ...every })) {
    checkSetting("keep checkpoints", name, value, 1);
    if (!Number.isInteger(value)) {
      throw new RangeError(`Cannot keep checkpoints with ${name} ${value}: an integer is needed`);
    }
  }
  if (store !== undefined && keep > 1) {
    throw new TypeError(`Cannot keep ${keep} checkpoints in a store: it decides itself, leave keep out`);
  }
  return options;
}

/** The place of checkpoints. */
export class Checkpoints {
  readonly #every: CheckpointEvery;
  readonly #place: CheckpointPlace;
  #epochs = 0;
  #batches = 0;

  constructor({ path, store, every = { epochs: 1 }, keep }: CheckpointOptions, together: Together) {
    this.#every = every;
    this.#place = together.place(placeOf("keep checkpoints in", path ?? store!, keep));
  }

  /** Where they are. */
  get place(): CheckpointPlace {
    return this.#place;
  }

  /** Whether it is time for one. */
  isDue({ batches, history }: Pick<FitPlace, "batches" | "history">): boolean {
    const { epochs, batches: apart } = this.#every;
    return apart !== undefined && batches - this.#batches >= apart ||
      epochs !== undefined && history.epochs.length - this.#epochs >= epochs;
  }

  /** Whether the last one is of this place. */
  isOf({ batches, history }: Pick<FitPlace, "batches" | "history">): boolean {
    return batches === this.#batches && history.epochs.length === this.#epochs;
  }

  /** Takes down that there is one of this place. */
  passed({ batches, history }: Pick<FitPlace, "batches" | "history">): void {
    [this.#batches, this.#epochs] = [batches, history.epochs.length];
  }

  /** Writes one. */
  async write(place: FitPlace, parts: PartsState): Promise<void> {
    const state: FitState = { version: VERSION, place, parts }, { tensors, json } = packed(state);
    await this.#place.write(
      await toSafetensors(tensors, { metadata: { format: "pt", [KEY]: json } }),
      place.batches,
    );
    this.passed(place);
  }
}
