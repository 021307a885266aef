/** Tensors by name to a file on disk. */
import { checkOptions, described } from "@tapegrad/core";
import { type AnyModule, Module } from "../module.ts";
import type { StateDict } from "../state.ts";
import type { FileAddress } from "../stream.ts";
import { pathOf, removeFile, writeFileWhole } from "./disk.ts";
import { formatOf } from "./formats.ts";
import { toNpz } from "./npz.ts";
import {
  checkWriting,
  type FileMetadata,
  safetensorsParts,
  type Snapshot,
  snapshotsOf,
} from "./safetensors_writing.ts";
import { indexPath, oldShards, saveShards, split } from "./shards_writing.ts";

/**
 * How a file is saved.
 *
 * @category Files
 */
export interface SaveOptions {
  /** Texts that a safetensors file has beside its tensors. */
  readonly metadata?: FileMetadata;
  /** How many bytes of tensors a safetensors file may have; where there are more, it is several, with an index. */
  readonly maxShardBytes?: number;
  /** Whether a `.npz` file is packed. */
  readonly compress?: boolean;
}

/**
 * Saves a module or tensors by name, as safetensors or, where the path ends in `.npz`, for NumPy: what {@link load}
 * reads. The tensors are as they were at the call, and the file is the old one or the new one, also where the program
 * is killed: its bytes go to a file beside it, which ends in `.tmp`, and then take its name at once. With
 * `maxShardBytes`, what is larger goes to several files with an index, as `model-00001-of-00002.safetensors` and
 * `model.safetensors.index.json`, which takes the place of those before in one step too; one program at a time.
 * A {@link FileError} says what could not be written and why. `torch.save`.
 *
 * @category Files
 * @example
 * ```ts ignore files on disk, which these examples may not write
 * import { Linear, load, save } from "@tapegrad/nn";
 *
 * const trained = new Linear(3, 2), model = new Linear(3, 2);
 * await save("model.safetensors", trained, { metadata: { epoch: "3" } });
 * model.loadStateDict(await load("model.safetensors"));
 * ```
 */
export async function save(
  path: string | FileAddress,
  what: AnyModule | Readonly<StateDict>,
  options: SaveOptions = {},
): Promise<void> {
  const place = pathOf("save", path), format = formatOf("save", place, ["safetensors", "npz"]);
  const state = what instanceof Module ? what.stateDict() : what;
  if (format === "npz") {
    checkOptions("save a .npz file", options, { compress: false });
    return await writeFileWhole(place, await toNpz(state, options));
  }
  checkOptions("save a safetensors file", options, { metadata: {}, maxShardBytes: 0 });
  const { metadata, maxShardBytes = Infinity } = options;
  if (!(maxShardBytes > 0)) {
    throw new RangeError(
      `Cannot save with maxShardBytes ${described(maxShardBytes)}: a number above 0 is needed`,
    );
  }
  checkWriting(state, metadata);
  await saveSafetensors(place, split(await snapshotsOf(state), maxShardBytes), metadata);
}

async function saveSafetensors(
  place: string,
  shards: readonly (readonly Snapshot[])[],
  metadata?: FileMetadata,
): Promise<void> {
  const old = await oldShards(place);
  // Where there are both, the file is what is read: so each way there is one step from the old state to the new.
  if (shards.length > 1) {
    await saveShards(place, shards, metadata);
    await removeFile(place);
  } else {
    await writeFileWhole(place, safetensorsParts(shards[0], metadata));
    await removeFile(indexPath(place));
  }
  for (const path of old) await removeFile(path);
}
