/** How a training goes on from a checkpoint. */
import { described, type Tensor } from "@tapegrad/core";
import { fromSafetensors, safetensorsMetadata } from "../../files/safetensors.ts";
import type { StateDict } from "../../state.ts";
import type { FileAddress } from "../../stream.ts";
import { CheckpointError } from "./checkpoint_error.ts";
import { type FitPlace, type FitState, KEY, VERSION } from "./fit_state.ts";
import { unpackedTree } from "./packed.ts";
import { differences, restoreParts, type TrainedParts } from "./parts_state.ts";
import { type CheckpointPlace, type CheckpointStore, placeOf } from "./places.ts";

/**
 * From where {@link fit} goes on: from a file or store, or with `true` from the newest checkpoint where they are
 * written, if there is one.
 *
 * @category Training
 */
export type Resume = boolean | string | FileAddress | CheckpointStore;

/** Refuses what tells no checkpoint. */
export function checkResume(resume: Resume | undefined, hasCheckpoints: boolean): void {
  if (resume === undefined || resume === false) return;
  if (resume !== true) return void placeOf("resume from", resume);
  if (hasCheckpoints) return;
  throw new TypeError(
    "Cannot resume without a place: pass { checkpoint: path } too, or the path in place of true",
  );
}

/** Goes on from a checkpoint, and gives where it was; `null` where there is none. */
export async function resumed(
  resume: Resume | undefined,
  newest: CheckpointPlace | undefined,
  parts: TrainedParts,
): Promise<FitPlace | null> {
  if (resume === undefined || resume === false) return null;
  const place = resume === true ? newest! : placeOf("resume from", resume), bytes = await place.read();
  if (bytes !== null) return await restored(place.name, bytes, parts);
  if (resume === true) return null;
  throw new CheckpointError(place.name, ["there is none; pass true to begin where there is none yet"]);
}

async function restored(name: string, bytes: Uint8Array, parts: TrainedParts): Promise<FitPlace> {
  const { backend } = parts.optimizer.groups[0].parameters[0];
  const tensors: StateDict = await trying(name, () => fromSafetensors(bytes, { backend, half: "f16" }));
  try {
    const state = await trying(name, async () => stateIn(await safetensorsMetadata(bytes), tensors));
    const wrong = differences(parts, state.parts);
    if (wrong.length > 0) throw new CheckpointError(name, wrong);
    await trying(name, () => restoreParts(parts, state.parts));
    return state.place;
  } finally {
    Object.values<Tensor>(tensors).forEach((tensor) => tensor.dispose());
  }
}

function stateIn(metadata: Readonly<Record<string, string>>, tensors: StateDict): FitState {
  if (!Object.hasOwn(metadata, KEY)) {
    throw new Error("it holds no training; give weights to a model by loadStateDict(await load(path))");
  }
  const state = unpackedTree(metadata[KEY], tensors) as FitState;
  if (state?.version === VERSION) return state;
  throw new Error(`its version is ${described(state?.version)} and ${VERSION} is read here`);
}

async function trying<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (cause) {
    throw new CheckpointError(name, [(cause as Error).message], { cause });
  }
}
