/** Writing safetensors in several files, with an index. */
import { listFiles, removeFile, writeFileWhole } from "./disk.ts";
import { bytesIn, type FileMetadata, safetensorsParts, type Snapshot } from "./safetensors_writing.ts";
import { beside, shardsOf } from "./shards.ts";

/** Tensors in their order, of so many bytes together; one that is larger is by itself. */
export function split(snapshots: readonly Snapshot[], most: number): Snapshot[][] {
  const shards: Snapshot[][] = [[]];
  let bytes = 0;
  for (const snapshot of snapshots) {
    const own = bytesIn(snapshot);
    if (bytes > 0 && bytes + own > most) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)!.push(snapshot);
    bytes += own;
  }
  return shards;
}

/** The index of a file that is several. */
export function indexPath(path: string): string {
  return `${path}.index.json`;
}

/** The files that the index of a path names and that are ours by their names; none where there is no index. */
export async function oldShards(path: string): Promise<string[]> {
  const at = beside(path), own = nameOf(path).replace(/\.safetensors$/i, "");
  const named = await shardsOf(indexPath(path)).catch(() => []);
  return named.filter(({ name }) => {
    return name.startsWith(own) && /^(\.\d+)?-\d{5}-of-\d{5}\.safetensors$/.test(name.slice(own.length));
  }).map(({ name }) => at(name));
}

function nameOf(path: string): string {
  return path.slice(beside(path)("").length);
}

/**
 * Writes files and then the index of them, under names that no file has: what the old index names stays. Where one
 * cannot be written, none is left.
 */
export async function saveShards(
  path: string,
  shards: readonly (readonly Snapshot[])[],
  metadata?: FileMetadata,
): Promise<void> {
  const at = beside(path), names = await freeNames(path, shards.length);
  try {
    for (const [i, shard] of shards.entries()) {
      await writeFileWhole(at(names[i]), safetensorsParts(shard, metadata));
    }
    await writeFileWhole(indexPath(path), indexBytes(shards, names));
  } catch (error) {
    for (const name of names) await removeFile(at(name)).catch(() => {}); // what went wrong before is told
    throw error;
  }
}

function indexBytes(shards: readonly (readonly Snapshot[])[], names: readonly string[]): Uint8Array {
  const weights = shards.flatMap((shard, i) => shard.map(({ name }) => [name, names[i]] as const));
  const total = shards.flat().reduce((sum, snapshot) => sum + bytesIn(snapshot), 0);
  const index = { metadata: { ["total_size"]: total }, ["weight_map"]: Object.fromEntries(weights) };
  return new TextEncoder().encode(JSON.stringify(index, null, 2));
}

async function freeNames(path: string, count: number): Promise<string[]> {
  const own = nameOf(path).replace(/\.safetensors$/i, "");
  const taken = new Set(await listFiles(beside(path)("") || "."));
  const digits = (n: number) => String(n).padStart(5, "0");
  for (let round = 0;; round++) {
    const stem = round === 0 ? own : `${own}.${round}`;
    const names = Array.from(
      { length: count },
      (_, i) => `${stem}-${digits(i + 1)}-of-${digits(count)}.safetensors`,
    );
    if (!names.some((name) => taken.has(name))) return names;
  }
}
