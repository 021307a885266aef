/** Modules of kernels: they import the memory and what they call of the host, and are there at once. */
import { Module } from "./assembler/module.ts";
import type { Callable } from "./assembler/body.ts";
import type { ValueType } from "./assembler/types.ts";
import type { Evaluate, Helper, Helpers } from "./expr/helpers.ts";
import type { DType } from "@tapegrad/core/backend";
import type { Heap } from "./memory/heap.ts";
import { FIRST_PAGES, MOST_PAGES } from "./memory/memory.ts";
import { share } from "./threads/shareable.ts";

/** An exported function: numbers and addresses come as they are, beyond 2^31 too. */
export type Run = (...args: number[]) => number;

const HOST = "host", MEMORY = { module: HOST, name: "memory" };

/**
 * A module in the making whose functions work on the memory of a heap.
 *
 * Each kernel has a module of its own, made when it is first wanted: of 23 common maps, on a busy Xeon at 2 GHz, writing
 * one takes 0.3 ms (2 ms while the engine still interprets what writes), compiling 15-20 µs, instantiating 8-12 µs and
 * its first call 3 µs. One module of all at the start would save the last three alone, and cost the first for those that
 * a program never calls.
 */
export class KernelModule {
  /** What functions are defined in, once helpers are imported. */
  readonly module = new Module();
  readonly #imports = new Map<string, Evaluate | Run>();
  readonly #helpers = new Map<string, Callable>();

  /** Imports functions of the host, each once. */
  import(helpers: readonly Helper[]): Helpers {
    for (const { name, run, takes, gives, arity } of helpers) {
      if (this.#helpers.has(name)) continue;
      const types = new Array<ValueType>(arity).fill(valueType(takes));
      this.#helpers.set(name, this.module.importFunction({ module: HOST, name }, types, valueType(gives)));
      this.#imports.set(name, run);
    }
    return this.#helpers;
  }

  /** Imports a function of another module, which is called as if it were of this one. */
  use(run: Run): Callable {
    const name = `run ${this.#imports.size}`, { takes, gives } = callableOf(run)!;
    this.#imports.set(name, run);
    return this.module.importFunction({ module: HOST, name }, takes, gives);
  }

  /** The one function that is called from outside. */
  only(callable: Callable, memory: WebAssembly.Memory): Run {
    this.module.export("run", callable);
    return this.instantiate(memory).run;
  }

  /** The functions that it exports, by their names. */
  instantiate(memory: WebAssembly.Memory): Readonly<Record<string, Run>> {
    const host = Object.fromEntries([["memory", memory], ...this.#imports]), shared = isShared(memory);
    // Engines without a trap handler check each offset beside each address, if it may be beyond the whole memory.
    this.module.importMemory(MEMORY, { initial: FIRST_PAGES, ...shared && { maximum: MOST_PAGES, shared } });
    const bytes = this.module.bytes(), compiled = new WebAssembly.Module(bytes);
    const exports = new WebAssembly.Instance(compiled, { [HOST]: host }).exports as Record<string, Run>;
    for (const [name, callable] of this.module.exported) callables.set(exports[name], callable);
    // What is called of the host is this thread's.
    if (shared && this.#imports.size === 0) share(bytes, exports);
    return exports;
  }
}

const callables = new WeakMap<Run, Callable>();

/** What an exported function takes and gives. */
export function callableOf(run: Run): Callable | undefined {
  return callables.get(run);
}

function isShared({ buffer }: WebAssembly.Memory): boolean {
  return !(buffer instanceof ArrayBuffer);
}

/** What is kept for each heap, as long as the heap is there; made when it is first asked for. */
export function perHeap<T>(make: () => T): (heap: Heap) => T {
  const kept = new WeakMap<Heap, T>();
  return (heap) => {
    let found = kept.get(heap);
    if (found === undefined) kept.set(heap, found = make());
    return found;
  };
}

function valueType(dtype: DType): "f32" | "f64" | "i32" {
  return dtype === "f16" ? "f32" : dtype === "f32" || dtype === "f64" ? dtype : "i32";
}
