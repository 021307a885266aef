/** Functions in wasm that are made when they are first called. */
import type { Callable } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import type { Heap } from "../memory/heap.ts";
import { KernelModule, type Run } from "../modules.ts";

const byMemory = new WeakMap<WebAssembly.Memory, Map<string, Run>>();

/** The function of a name over the memory of a heap. */
export function made({ memory }: Heap, name: string, build: (module: Module) => Callable): Run {
  let byName = byMemory.get(memory);
  if (!byName) byMemory.set(memory, byName = new Map());
  let found = byName.get(name);
  if (!found) byName.set(name, found = instantiated(memory, build));
  return found;
}

function instantiated(memory: WebAssembly.Memory, build: (module: Module) => Callable): Run {
  const kernel = new KernelModule();
  kernel.module.export("run", build(kernel.module));
  return kernel.instantiate(memory).run;
}
