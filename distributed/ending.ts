/** How a process leaves its job: with all others, or ending it for all. */
import { agree } from "./agreement.ts";
import { checkCall, type Job } from "./job.ts";

const watched = new WeakSet<Job>();

/**
 * Has the process leave the job when it ends, once all others end too, and end the job for all where it ends by an
 * error or with a code that is not 0.
 */
export function leaveAtEnd(job: Job): void {
  if (job.library === null || watched.has(job)) return;
  watched.add(job);
  globalThis.addEventListener("error", (event) => abort(job, told(event.error ?? event.message)));
  globalThis.addEventListener("unhandledrejection", (event) => abort(job, told(event.reason)));
  globalThis.addEventListener("unload", () => leave(job));
}

function leave(job: Job): void {
  const code = Deno.exitCode;
  if (code !== 0) abort(job, `it exits with code ${code}`, code);
  try {
    agree(job, "", "end");
  } catch (error) {
    abort(job, told(error));
  }
  checkCall(job.library!.calls.finalize());
}

function told(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** Says why, and ends the job: all of its processes. */
export function abort(job: Job, why: string, code = 1): void {
  const text = `rank ${job.rank} of ${job.size} on ${job.host} ends the job: ${why}\n`;
  writeAll(new TextEncoder().encode(text));
  job.library?.calls.abort(job.library.abi.world, code);
}

// At once: the process does not live to write it later.
function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
}
