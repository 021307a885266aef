/** Kernels that read or write at computed positions. */
import type { View } from "@tapegrad/core/backend";
import { outOfRange } from "../../common/index_range.ts";
import { reshaped } from "../../common/views.ts";
import { eachOuter, walkOf } from "../../common/walk.ts";
import { elementsOf } from "../loops.ts";

// Strides that stand still along the indexed axis, which the index itself supplies.
function withoutAxis(view: View, axis: number): readonly number[] {
  return view.strides.map((s, i) => i === axis ? 0 : s);
}

function checkedPosition(op: string, at: number, extent: number, axis: number): number {
  if (at >= 0 && at < extent) return at;
  throw outOfRange(op, at, axis, extent);
}

/** `output[…, i, …] = input[…, index[…, i, …], …]`. */
export function gather(input: View, axis: number, index: View, output: View): void {
  const { shape } = index, extent = input.shape[axis], step = input.strides[axis];
  const [from, positions, to] = [input, index, output].map(elementsOf);
  const walk = walkOf([reshaped(input, shape, withoutAxis(input, axis)), index, output], shape);
  eachOuter(walk, 0, ([p, i, q]) => {
    to[q] = from[p + checkedPosition("gather", positions[i], extent, axis) * step];
  });
}

/** Adds or sets `source` at `index` along an axis of `output`. */
export function scatter(kind: "add" | "set", axis: number, index: View, source: View, output: View): void {
  const { shape } = index, extent = output.shape[axis], step = output.strides[axis];
  const [from, positions, to] = [source, index, output].map(elementsOf);
  const isBool = output.dtype === "bool";
  const walk = walkOf([source, index, reshaped(output, shape, withoutAxis(output, axis))], shape);
  eachOuter(walk, 0, ([p, i, q]) => {
    const at = q + checkedPosition("scatter", positions[i], extent, axis) * step;
    if (kind === "set") to[at] = from[p];
    else if (isBool) to[at] |= from[p];
    else to[at] += from[p];
  });
}

/** Adds windows, whose elements are the last axis, into `output` every `step` along an axis. */
export function fold(input: View, axis: number, step: number, output: View): void {
  const from = elementsOf(input), to = elementsOf(output), isBool = output.dtype === "bool";
  eachOuter(walkOf([output], output.shape), 0, ([q]) => {
    to[q] = 0;
  });
  const strides = [...output.strides.map((s, i) => i === axis ? s * step : s), output.strides[axis]];
  eachOuter(walkOf([input, reshaped(output, input.shape, strides)], input.shape), 0, ([p, q]) => {
    if (isBool) to[q] |= from[p];
    else to[q] += from[p];
  });
}
