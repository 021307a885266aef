/** The cpu's kernels on memory that, so it says, the collector does not see; of such buffers each is counted. */
import { type Backend, currentBackend, registerBackend, useBackend } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import "@tapegrad/backends";

/** How many buffers it has given and taken back. */
export const traffic = { allocated: 0, freed: 0 };

/** A backend of its own. */
export function createUnseen(): Backend {
  return new Proxy(createCpuBackend({ name: "unseen" }), {
    get(target, key): unknown {
      if (key === "managed") return false;
      if (key === "allocate") traffic.allocated++;
      if (key === "free") traffic.freed++;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as Backend;
}

registerBackend({ name: "unseen", create: createUnseen });

/** Has a test file count each buffer: on this backend instead of one that the collector manages. */
export async function countEachBuffer(): Promise<void> {
  if (currentBackend().managed) await useBackend("unseen", { byFlag: true });
}
