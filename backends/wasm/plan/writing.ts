/** What each step of a plan does, written down. */
import { bytesPerElement, type PlanStep, type PlanView, type TypedArray } from "@tapegrad/core/backend";
import type { Operand, WasmKernel } from "../kernels/kernel.ts";
import type { Heap } from "../memory/heap.ts";
import { Unscripted } from "../memory/script.ts";
import { OWN, startOf } from "./addresses.ts";
import { type Line, merged, Scribe } from "./scribe.ts";

/** What a step does. */
export interface Written {
  readonly lines: readonly Line[];
  /** What it reads that stays. */
  readonly tables: readonly Uint8Array[];
  /** How many bytes it needs while it runs, of room that is given back on the way and of such that is not. */
  readonly most: number;
  readonly temporaries: number;
}

/** Writes down a step, or says why that cannot be done. */
export function written(heap: Heap, kernel: WasmKernel<unknown>, step: PlanStep): Written | string {
  try {
    const [first, second] = [0, 1].map((time) => scribed(heap, kernel, step, time));
    const { tables, most, temporaries } = first;
    return { lines: merged(first.lines, second.lines), tables, most, temporaries };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function scribed(heap: Heap, kernel: WasmKernel<unknown>, step: PlanStep, time: number): Scribe {
  const scribe = new Scribe(heap, time), operand = (view: PlanView) => operandAt(view, time);
  const { inputs, outputs, attributes } = step;
  heap.script = scribe;
  try {
    if (!kernel(inputs.map(operand), outputs.map(operand), attributes, heap)) {
      throw new Unscripted("has no kernel in wasm for these operands");
    }
    return scribe;
  } finally {
    heap.script = null;
  }
}

function operandAt({ memory, dtype, shape, strides, offset }: PlanView, time: number): Operand {
  return { pointer: startOf(OWN + memory, time) + offset * bytesPerElement(dtype), dtype, shape, strides };
}

/** Elements that the host wrote when the program was recorded. */
export const upload: WasmKernel<unknown> = (_inputs, [output], attributes, heap) => {
  const { data } = attributes as { readonly data: TypedArray };
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  heap.copy(output.pointer, (heap.script as Scribe).constant(bytes), bytes.length);
  return true;
};
