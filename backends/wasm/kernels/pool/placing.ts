/** What is put at places in images of zeros: what poolings by the largest send back, and what undoes them. */
import { type AxisAttributes, e, input, type ScatterKind } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import { scatter } from "../indexing.ts";
import type { Operand, WasmKernel } from "../kernel.ts";
import { operandOf, viewOf, withTools } from "../lanes_whole.ts";

/** Room for a 0 of any dtype. */
const ZERO = 8;

function put(
  heap: Heap,
  kind: ScatterKind,
  [x, places]: readonly Operand[],
  output: Operand,
  axis: number,
): boolean {
  const { dtype, shape } = output;
  return heap.scratch(ZERO, (pointer) => {
    heap.put("f64", pointer, [0]);
    const zeros = { pointer, dtype, shape, strides: shape.map(() => 0) };
    return scatter([zeros, places, x], [output], { axis, kind }, heap);
  });
}

const back: WasmKernel<AxisAttributes> = ([ct, places], [output], { axis }, heap) => {
  if (output.dtype !== "f16") return put(heap, "add", [ct, places], output, axis);
  // Halves are added up as singles.
  withTools(heap, (tools) => {
    const [given, sums] = [ct, output].map(({ shape }) => tools.temporary("f32", shape));
    tools.map(e.cast(input(0), "f32"), [viewOf(ct)], given);
    put(heap, "add", [operandOf(given), places], operandOf(sums), axis);
    tools.map(e.cast(input(0), "f16"), [sums], viewOf(output));
  });
  return true;
};

const unpool: WasmKernel<unknown> = (inputs, [output], _, heap) =>
  put(heap, "set", inputs, output, output.shape.length - 1);

/** By the names of the ops. */
export const placing = {
  maxPool1dBackward: back,
  maxPool2dBackward: back,
  maxPool3dBackward: back,
  adaptiveMaxPool1dBackward: back,
  adaptiveMaxPool2dBackward: back,
  adaptiveMaxPool3dBackward: back,
  maxUnpool1d: unpool,
  maxUnpool2d: unpool,
  maxUnpool3d: unpool,
};
