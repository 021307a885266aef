/** Functions in wasm that are made when they are first called. */
import type { Callable } from "../assembler/body.ts";
import { Module } from "../assembler/module.ts";
import type { Heap } from "../memory/heap.ts";

/** A function in wasm, on numbers. */
export type Made = (...operands: number[]) => number;

const byMemory = new WeakMap<WebAssembly.Memory, Map<string, Made>>();

/** The function of a name over the memory of a heap. */
export function made({ memory }: Heap, name: string, build: (module: Module) => Callable): Made {
  let byName = byMemory.get(memory);
  if (!byName) byMemory.set(memory, byName = new Map());
  let found = byName.get(name);
  if (!found) byName.set(name, found = instantiated(memory, build));
  return found;
}

function instantiated(memory: WebAssembly.Memory, build: (module: Module) => Callable): Made {
  const module = new Module();
  module.importMemory({ module: "host", name: "memory" });
  module.export("run", build(module));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { host: { memory } });
  return exports.run as Made;
}
