/** Whether all ranks have the same parameters. */
import { read, type Tensor, type TypedArray } from "@tapegrad/core";
import type { AnyModule } from "@tapegrad/nn";
import { agree, gatherTexts } from "../agreement.ts";
import { DistributedError } from "../error.ts";
import { idle, type Job, jobFor, timed } from "../job.ts";
import { checkModel, describe, isKey } from "./describe.ts";

/**
 * Refuses on all ranks, where parameters or buffers are not the same on all of them, to the bit: by a hash of each, in
 * one message. The error names the first that differs, and the ranks that have another than rank 0. A rank that
 * computed by other kernels, drew other numbers or was changed by itself is found so, before it has spoiled more.
 *
 * {@link DistributeOptions.checkEvery} does it by itself.
 *
 * @category Many processes
 * @example Every 100 steps
 * ```ts ignore the environment is read, and examples have no permission
 * import { checkInSync, connect, distribute } from "@tapegrad/distributed";
 * import { Linear } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 *
 * await connect();
 * const model = new Linear(3, 1);
 * distribute(model);
 * for (let step = 0; step < 1000; step++) {
 *   // …
 *   if (step % 100 === 0) await checkInSync(model);
 * }
 * ```
 */
export async function checkInSync(model: AnyModule): Promise<void> {
  await idle(jobFor("check that ranks are in sync"));
  const { job, names, tensors } = compared(model);
  if (job.size > 1) compare(job, names, await read(tensors));
}

/** The same at once, where tensors can be read at once. */
export function checkInSyncNow(model: AnyModule): void {
  const { job, names, tensors } = compared(model);
  if (job.size > 1) compare(job, names, tensors.map((tensor) => tensor.dataSync()));
}

function compared(model: AnyModule): { job: Job; names: readonly string[]; tensors: readonly Tensor[] } {
  const job = jobFor("check that ranks are in sync");
  checkModel("check a model", model);
  agree(job, "check that ranks are in sync", describe(model));
  const named = [...model.namedParameters(), ...model.namedBuffers()].filter(([name, x]) => !isKey(name, x));
  return { job, names: named.map(([name]) => name), tensors: named.map(([, tensor]) => tensor) };
}

function compare(job: Job, names: readonly string[], arrays: readonly TypedArray[]): void {
  const hashes = Int32Array.from(arrays, hashOfElements);
  const both = Int32Array.from([...hashes, ...hashes.map((hash) => ~hash)]);
  timed(
    job,
    both.byteLength,
    ({ calls, abi }) =>
      calls.reduceHere(abi.inPlace, both, both.length, abi.types.i32, abi.folds.min, abi.world),
  );
  const wrong = names.findIndex((_, i) => both[i] !== ~both[names.length + i]);
  if (wrong < 0) return;
  const [own, ...others] = gatherTexts(job, String(hashes[wrong]));
  const ranks = others.flatMap((hash, i) => hash === own ? [] : [i + 1]);
  throw new DistributedError(
    `Cannot go on in sync: ${names[wrong]} on rank${ranks.length > 1 ? "s" : ""} ${
      ranks.join(", ")
    } is not that of ` +
      "rank 0; ranks must make the same steps, from the same parameters and gradients",
  );
}

/** A number of 32 bits for all bits of elements (FNV-1a by words). */
export function hashOfElements({ buffer, byteOffset, byteLength }: TypedArray): number {
  const words = new Int32Array(buffer, byteOffset, byteLength >> 2);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i], 0x01000193);
  const rest = new Uint8Array(buffer, byteOffset + 4 * words.length, byteLength & 3);
  for (const byte of rest) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}
