/** Has the collector run. */
import { type Memory, memory } from "@tapegrad/core";

interface Modules {
  readonly "node:v8": { setFlagsFromString(flag: string): void };
  readonly "node:vm": { runInNewContext(code: string): () => void };
}

// An import would bring Node's types, which differ from a page's, into all that is checked together.
const { process } = globalThis as unknown as {
  process: { getBuiltinModule<K extends keyof Modules>(name: K): Modules[K] };
};

process.getBuiltinModule("node:v8").setFlagsFromString("--expose-gc");
const gc = process.getBuiltinModule("node:vm").runInNewContext("gc");

/** Collects, and lets finalizers run, until that is done or will not be. */
export async function collect(isDone: () => boolean): Promise<void> {
  for (let i = 0; i < 20; i++) {
    gc();
    await turn();
    if (isDone()) return;
    await turn(); // What a WeakRef was asked for is kept until then.
  }
}

/**
 * What is held once the collector has taken what other tests left: else it takes that while a test awaits, and
 * counts change by more than what the test makes.
 */
export async function settledMemory(): Promise<Memory> {
  let before: number, settled = 0;
  do {
    before = memory().buffers;
    gc();
    await turn();
    settled = memory().buffers === before ? settled + 1 : 0;
  } while (settled < 2);
  return memory();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** How many of what `make` gives so many times are still there when nobody but their makers can refer to them. */
export async function survivors(count: number, make: () => object | Promise<object>): Promise<number> {
  const refs: WeakRef<object>[] = [];
  for (let i = 0; i < count; i++) refs.push(new WeakRef(await make()));
  const alive = () => refs.filter((ref) => ref.deref() !== undefined).length;
  await collect(() => alive() === 0);
  return alive();
}
