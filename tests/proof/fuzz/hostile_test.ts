/** Everything public is called with what nobody means: no raw error of the engine, and no call over two seconds. */
import { assertEquals } from "@std/assert";
import { permitted } from "../../permitted.ts";
import { backend } from "../../backend_traits.ts";
import { randomFrom, spoil, targets } from "./hostile/spoil.ts";

const SEED = 20261128, CALLS = 8000, LIMIT = 2000;

/** The call of a number, as a failure tells it. */
function storyOf(number: number): string {
  const all = targets(), random = randomFrom(SEED);
  for (let i = 0; i < number; i++) spoil(all, random);
  return spoil(all, random).story;
}

/** What went wrong in all calls; ends with the first that does not. */
function faultsOf(worker: Worker): Promise<readonly string[]> {
  const progress = new Int32Array(new SharedArrayBuffer(4)).fill(-1); // until the worker has loaded
  let last = -1, since = performance.now();
  return new Promise((resolve, reject) => {
    const watch = setInterval(() => {
      const at = Atomics.load(progress, 0), now = performance.now();
      if (at !== last) [last, since] = [at, now];
      // Twice the limit, since others may have the processor.
      else if (at >= 0 && at < CALLS - 1 && now - since > 2 * LIMIT) {
        end(() => resolve([`${storyOf(at)} hangs`]));
      }
    }, 200);
    const end = (settle: () => void) => {
      clearInterval(watch);
      worker.terminate();
      settle();
    };
    worker.onmessage = ({ data }) => end(() => resolve(data));
    worker.onerror = (event) => end(() => reject(new Error(event.message)));
    worker.postMessage({ seed: SEED, calls: CALLS, progress });
  });
}

if (backend.synchronous) {
  permitted("read")(`${CALLS} hostile calls of everything public, by seed ${SEED}`, async () => {
    const worker = new Worker(new URL("./hostile/worker.ts", import.meta.url), { type: "module" });
    assertEquals(await faultsOf(worker), [], `seed ${SEED}`);
  });
}
