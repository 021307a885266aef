/** The kernels that read and write at indices, and overlap-add, as operators. */
import { contiguousStrides, type ProgramView, type Shape, sizeOf } from "@tapegrad/core";
import { placesOf } from "./views.ts";
import { reads, type Rule, write, type Writing } from "./steps.ts";

/** Whether an index is the same along all axes but one, along which x has as many elements as it. */
function isOfRows({ shape, strides }: ProgramView, axis: number, x: Shape): boolean {
  return shape.every((n, i) => i === axis || (n === x[i] && (n === 1 || strides[i] === 0)));
}

function gathered(writing: Writing): boolean {
  const { graph, memory, step } = writing, { axis } = step.attributes as { readonly axis: number };
  const [{ shape: from }, index] = step.inputs, x = memory.view(step.inputs[0]);
  const type = { shape: index.shape, dtype: x.dtype };
  if (isOfRows(index, axis, from)) {
    const { value, shape, strides, offset } = index;
    const row = { value, shape: [shape[axis]], strides: [strides[axis]], offset };
    write(writing, graph.node("Gather", [x, memory.view(row)], type, { axis }));
  } else write(writing, graph.node("GatherElements", [x, memory.view(index)], type, { axis }));
  return true;
}

const meetings: Readonly<Record<string, string | undefined>> = {
  set: undefined,
  add: "add",
  prod: "mul",
  max: "max",
  min: "min",
};

function scattered(writing: Writing): boolean {
  const { graph, step } = writing, { axis, kind } = step.attributes as { axis: number; kind: string };
  const [x, index, source] = [0, 1, 2].map((i) => reads(writing, i));
  if (sizeOf(index.shape) === 0) write(writing, x);
  else {
    const attributes = { axis, reduction: meetings[kind] };
    write(writing, graph.node("ScatterElements", [x, index, source], x, attributes));
  }
  return true;
}

/** Each element of a window is added to where it stands, of all windows in one operator. */
function folded(writing: Writing): boolean {
  const { graph, step } = writing, { axis, step: by } = step.attributes as { axis: number; step: number };
  const x = reads(writing, 0), [{ shape }] = step.outputs, rows = contiguousStrides(shape);
  const numbers = x.dtype === "bool" ? graph.cast(x, "i32") : x, length = sizeOf(shape);
  const zeros = graph.expand(graph.number(0, numbers.dtype), [length]);
  const strides = [...rows.map((stride, i) => i === axis ? by * stride : stride), rows[axis]];
  const places = graph.constant(
    placesOf(x.shape, strides, 0),
    { shape: [sizeOf(x.shape)], dtype: "i64" },
    "places",
  );
  const flat = graph.reshape(numbers, [sizeOf(x.shape)]), attributes = { axis: 0, reduction: "add" };
  const sums = sizeOf(x.shape) === 0
    ? zeros
    : graph.node("ScatterElements", [zeros, places, flat], zeros, attributes);
  write(writing, graph.reshape(sums, shape));
  return true;
}

/** The rules of primitives that read or write at indices. */
export const indexingRules: Readonly<Record<string, Rule>> = {
  gather: gathered,
  scatter: scattered,
  fold: folded,
};
