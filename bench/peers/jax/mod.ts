/** jax-js on its WebAssembly device, the fastest it has where there is no GPU, and on WebGPU. */
import { Conversation } from "../../harness/conversation.ts";
import type { Variant } from "../../harness/run.ts";
import type { Case, Work } from "../../works/work.ts";
import { jaxSide, use } from "./sides.ts";

/** A case in jax-js, as it is and compiled. */
export function jax(work: Work, one: Case): Variant[] {
  const { name, onDevice = false } = work, prepare = jaxSide(name);
  if (!prepare) return [];
  const here = [false, true].map((compiled) => ({
    library: "jax-js",
    how: compiled ? "jit" : "eager",
    prepare: async () => {
      await use(onDevice ? "webgpu" : "wasm");
      // What is read at once is computed by this thread, what is awaited by a pool of them.
      return prepare(one.given, { compiled, sync: !onDevice });
    },
  }));
  return [...here, ...onItsThreads(work, one)];
}

const CHILD = new URL("child.ts", import.meta.url).pathname;

// In a process of its own, for in this one nobody starts a thread; it has as many as there are cores, and no setting.
function onItsThreads({ name, onDevice }: Work, { given, threads }: Case): Variant[] {
  const count = navigator.hardwareConcurrency;
  if (onDevice || !threads || count === 1) return [];
  const args = ["run", "--quiet", "--no-prompt", "--no-lock", "--cached-only", "--allow-all", CHILD];
  return [{
    library: "jax-js",
    how: `jit, awaited, ${count} threads`,
    prepare: async () => {
      const there = await Conversation.start({ command: Deno.execPath(), args });
      return { ...there.contender(name, given, { compiled: true }), close: () => void there.close() };
    },
  }];
}
