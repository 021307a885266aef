/** Programs over lanes run step by step on all lanes at once, by the kernels of maps and reductions. */
import { type Buffer, bytesPerElement, contiguousLayout, sizeOf, type View } from "@tapegrad/core/backend";
import type { LaneProgram } from "../../common/lane_program.ts";
import { runWhole, type Tools } from "../../common/whole_program.ts";
import type { Heap } from "../memory/heap.ts";
import type { Operand } from "./kernel.ts";
import type { Lanes } from "./lanes.ts";
import { map } from "./map.ts";
import { reduce } from "./reduce.ts";

/** Where elements are, in place of a buffer. */
interface Place extends Buffer {
  readonly pointer: number;
}

/** Runs a program on lanes that lie in any way. */
export function runInSteps(heap: Heap, program: LaneProgram, { inputs, outputs, axes }: Lanes): void {
  withTools(heap, (tools) => runWhole(tools, program, inputs.map(viewOf), axes, outputs.map(viewOf)));
}

/** Has what runs kernels on views; what is made meanwhile is freed at the end. */
export function withTools(heap: Heap, use: (tools: Tools) => void): void {
  const taken: Taken[] = [];
  try {
    use(toolsOf(heap, taken));
  } finally {
    for (const { pointer, bytes } of taken) heap.free(pointer, bytes);
  }
}

interface Taken {
  readonly pointer: number;
  readonly bytes: number;
}

function toolsOf(heap: Heap, taken: Taken[]): Tools {
  return {
    map: (expr, inputs, output) => {
      map(inputs.map(operandOf), [operandOf(output)], { name: "lanes", exprs: [expr] }, heap);
    },
    reduce: (kind, expr, inputs, axes, output) => {
      reduce(inputs.map(operandOf), [operandOf(output)], { name: "lanes", kind, expr, axes }, heap);
    },
    temporary: (dtype, shape) => {
      const bytes = sizeOf(shape) * bytesPerElement(dtype), pointer = heap.allocate(bytes);
      taken.push({ pointer, bytes });
      return { buffer: placeAt(pointer), dtype, ...contiguousLayout(shape) };
    },
    release: () => {},
  };
}

function placeAt(pointer: number): Place {
  return { length: 0, pointer };
}

/** An operand as a view that the tools take. */
export function viewOf({ pointer, dtype, shape, strides }: Operand): View {
  return { buffer: placeAt(pointer), dtype, shape, strides, offset: 0 };
}

/** What such a view is of. */
export function operandOf({ buffer, dtype, shape, strides, offset }: View): Operand {
  const pointer = (buffer as Place).pointer + offset * bytesPerElement(dtype);
  return { pointer, dtype, shape, strides };
}
