/** Which kernel runs: the cpu's on small operands, else one in wasm, else the cpu's on wasm memory. */
import { BackendError, type Kernel, type View } from "@tapegrad/core/backend";
import { onHost, type WasmBuffer } from "../memory/buffer.ts";
import type { Heap } from "../memory/heap.ts";
import type { WasmKernel } from "./kernel.ts";
import { isResident, withOperands } from "./operands.ts";

type AnyKernel = Kernel<unknown>;

/** What is looked up for each call. */
interface Choice {
  readonly name: string;
  /** Composites may have none: what they are made of is what runs elsewhere. */
  readonly cpu: AnyKernel | undefined;
  readonly own: WasmKernel<unknown> | undefined;
  readonly heap: Heap;
}

/** The kernels of a backend: for each of the cpu's, and each in wasm, one that chooses. */
export function dispatching(
  cpu: ReadonlyMap<string, Kernel>,
  wasm: object,
  heap: Heap,
): Map<string, Kernel> {
  const own = new Map(Object.entries(wasm) as [string, WasmKernel<unknown>][]);
  const names = new Set([...cpu.keys(), ...own.keys()]);
  return new Map([...names].map((name): [string, Kernel] => {
    return [name, choosing({ name, cpu: cpu.get(name) as AnyKernel | undefined, own: own.get(name), heap })];
  }));
}

function choosing(choice: Choice): AnyKernel {
  const { cpu } = choice;
  if (cpu === undefined) return (...call) => runLarge(choice, ...call);
  return (inputs, outputs, attributes) => {
    if (areSmall(outputs) && areSmall(inputs)) cpu(inputs, outputs, attributes);
    else runLarge(choice, inputs, outputs, attributes);
  };
}

// Which of an op on one element costs least to find out.
function areSmall(views: readonly View[]): boolean {
  for (let i = 0; i < views.length; i++) if (!ArrayBuffer.isView(views[i].buffer)) return false;
  return true;
}

function runLarge(
  { name, cpu, own, heap }: Choice,
  inputs: readonly View[],
  outputs: readonly View[],
  attributes: unknown,
): void {
  const done = own !== undefined &&
    withOperands(heap, inputs, outputs, (ins, outs) => own(ins, outs, attributes, heap));
  if (!done) {
    if (cpu === undefined) {
      throw new BackendError(`Cannot ${name} these operands on wasm: it has no kernel for them`);
    }
    cpu(inputs.map(onHost), outputs.map(onHost), attributes);
  }
  for (const view of outputs) {
    if (isResident(view)) (view.buffer as WasmBuffer).op = labelOf(name, attributes);
  }
}

// A map and a reduction are known by the op that they are of.
function labelOf(kernel: string, attributes: unknown): string {
  return (attributes as { readonly name?: string } | null)?.name ?? kernel;
}
