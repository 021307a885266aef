/** What a checkpoint holds. */
import type { HistoryData } from "../history.ts";
import type { LossSum } from "../loss_meter.ts";
import type { PartsState } from "./parts_state.ts";

/** Where in a training a checkpoint is. */
export interface FitPlace {
  /** The part of an epoch that was gone through, `null` between epochs. */
  readonly within: WithinEpoch | null;
  /** How many batches were trained on in all. */
  readonly batches: number;
  readonly history: HistoryData;
}

/** What is known of an epoch that is not over. */
export interface WithinEpoch {
  readonly batch: number;
  readonly samples: number;
  readonly seconds: number;
  readonly loss: LossSum;
  readonly learningRate: number;
  /** The metrics, once all its batches were trained on. */
  readonly trained: Readonly<Record<string, number>> | null;
}

/** Under which name the state stands in a file's metadata. */
export const KEY = "tapegrad.fit";
/** Of the state. */
export const VERSION = 2;

/** What a checkpoint holds. */
export interface FitState {
  readonly version: number;
  readonly place: FitPlace;
  readonly parts: PartsState;
}
