/** What each step of a plan does, written down. */
import { bytesPerElement, type PlanStep, type PlanView, type TypedArray } from "@tapegrad/core/backend";
import type { Operand, WasmKernel } from "../kernels/kernel.ts";
import type { Heap } from "../memory/heap.ts";
import { Unscripted } from "../memory/script.ts";
import { OWN, startOf } from "./addresses.ts";
import { type Call, type Line, merged, mergedCall, Scribe } from "./scribe.ts";

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
    const yes = new Twice(heap, kernel, step, true, 0), { asked, first: { tables, most, temporaries } } = yes;
    if (asked === null) return { lines: yes.lines, tables, most, temporaries };
    const no = new Twice(heap, kernel, step, false, yes.first.tableBytes);
    return {
      lines: [
        ...yes.lines.slice(0, asked.at),
        { question: asked.question, ways: [no.lines.slice(asked.at), yes.lines.slice(asked.at)] },
      ],
      tables: [...tables, ...no.first.tables],
      most: Math.max(most, no.first.most),
      temporaries: Math.max(temporaries, no.first.temporaries),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a kernel does, written down with memory in one place and another, for an answer to what it asks. */
class Twice {
  readonly first: Scribe;
  readonly lines: readonly Line[];
  readonly asked: { readonly question: Call; readonly at: number } | null;

  constructor(heap: Heap, kernel: WasmKernel<unknown>, step: PlanStep, answer: boolean, tables: number) {
    const [first, second] = [0, 1].map((time) => {
      const scribe = new Scribe(heap, time, answer, tables);
      scribed(heap, kernel, step, time, scribe);
      return scribe;
    });
    this.first = first;
    this.lines = merged(first.lines, second.lines);
    const { asked } = first;
    this.asked = asked && { ...asked, question: mergedCall(asked.question, second.asked!.question) };
  }
}

function scribed(
  heap: Heap,
  kernel: WasmKernel<unknown>,
  step: PlanStep,
  time: number,
  scribe: Scribe,
): void {
  const operand = (view: PlanView) => operandAt(view, time);
  const { inputs, outputs, attributes } = step;
  heap.script = scribe;
  try {
    if (!kernel(inputs.map(operand), outputs.map(operand), attributes, heap)) {
      throw new Unscripted("has no kernel in wasm for these operands");
    }
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
