/** Functions in wasm that are made when they are first called. */
import type { Callable } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import type { Heap } from "../memory/heap.ts";
import { KernelModule, perHeap, type Run } from "../modules.ts";

const functionsOf = perHeap(() => new Map<string, Run>());

/** The function of a name over the memory of a heap. */
export function made(heap: Heap, name: string, build: (module: Module) => Callable): Run {
  const byName = functionsOf(heap);
  let found = byName.get(name);
  if (!found) {
    const kernel = new KernelModule();
    byName.set(name, found = kernel.only(build(kernel.module), heap.memory));
  }
  return found;
}
