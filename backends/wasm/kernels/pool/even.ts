/** Means of windows that part images evenly, of which few lie side by side: sums along axes. */
import { e, input, type Shape, sizeOf, type View } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Operand } from "../kernel.ts";
import { viewOf, withTools } from "../lanes_whole.ts";

/** Windows side by side fill vectors from so many on. */
const FEW = 4;

/** Whether so many windows of an image are best summed along axes. */
export function suitsSums(counts: Shape, image: Shape): boolean {
  return counts[counts.length - 1] < FEW && counts.every((count, i) => count > 0 && image[i] % count === 0);
}

/** Sums them. */
export function averageEvenly(heap: Heap, x: Operand, output: Operand, counts: Shape): void {
  const lead = x.shape.length - counts.length, windows = partedBy(viewOf(x), counts, lead);
  const axes = counts.map((_, i) => lead + 2 * i + 1),
    elements = sizeOf(axes.map((axis) => windows.shape[axis]));
  const given = x.dtype === "f16" ? "f32" : x.dtype,
    value = given === x.dtype ? input(0) : e.cast(input(0), given);
  withTools(heap, (tools) => {
    const sums = tools.temporary(given, output.shape);
    tools.reduce("sum", value, [windows], axes, sums);
    tools.map(e.div(input(0), elements), [sums], viewOf(output));
  });
}

// Each axis of the image as one of windows and one of their elements.
function partedBy(view: View, counts: Shape, lead: number): View {
  const { shape, strides } = view, sizes = counts.map((count, i) => shape[lead + i] / count);
  return {
    ...view,
    shape: [...shape.slice(0, lead), ...counts.flatMap((count, i) => [count, sizes[i]])],
    strides: [
      ...strides.slice(0, lead),
      ...sizes.flatMap((n, i) => [strides[lead + i] * n, strides[lead + i]]),
    ],
  };
}
