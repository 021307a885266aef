/** What all ranks must ask for alike: each asks for nothing before all have said what. */
import { DistributedError } from "./error.ts";
import { type Job, timed } from "./job.ts";

/** A number of 32 bits for a text (FNV-1a). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}

/**
 * Refuses on all ranks, where they do not all say the same, and says who says what: so nobody waits for what others do
 * not send. It is one message of 8 bytes.
 */
export function agree(job: Job, asked: string, said: string): void {
  if (job.size === 1) return;
  const hash = hashOf(`${asked} ${said}`), both = Int32Array.of(hash, ~hash);
  reduceMin(job, both);
  if (both[0] === ~both[1]) return;
  const all = gatherTexts(job, asked === "" ? said : `${asked} ${said}`.trim());
  throw new DistributedError(
    `Cannot ${asked || said}: the ranks differ, ${listed(all)}; all must do the same in the same order`,
  );
}

function reduceMin(job: Job, at: Int32Array): void {
  timed(
    job,
    at.byteLength,
    ({ calls, abi }) => calls.reduceHere(abi.inPlace, at, at.length, abi.types.i32, abi.folds.min, abi.world),
  );
}

// Ranks that say the same are told of together.
function listed(all: readonly string[]): string {
  const byText = Map.groupBy(all.keys(), (rank) => all[rank]);
  return [...byText].map(([text, ranks]) => `rank${ranks.length > 1 ? "s" : ""} ${ranks.join(", ")}: ${text}`)
    .join("; ");
}

/** As much of a text is shown. */
const MOST = 1024;

/** What each rank says, on all of them. */
export function gatherTexts(job: Job, text: string): string[] {
  if (job.size === 1) return [text];
  const own = new Uint8Array(MOST), all = new Uint8Array(MOST * job.size);
  new TextEncoder().encodeInto(text, own);
  timed(
    job,
    all.length,
    ({ calls, abi }) => calls.gather(own, MOST, abi.types.u8, all, MOST, abi.types.u8, abi.world),
  );
  const decode = (rank: number) => {
    const bytes = all.subarray(rank * MOST, (rank + 1) * MOST), end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.subarray(0, end < 0 ? MOST : end));
  };
  return Array.from({ length: job.size }, (_, rank) => decode(rank));
}
