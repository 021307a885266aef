/** The kernels of a program as operators: a rule for each op. */
import { type DType, type Expr, isFloating, type ProgramStep, sameShape, sizeOf } from "@tapegrad/core";
import { expressed } from "./expressions.ts";
import { meetingShape } from "../shapes.ts";
import type { Edge, GraphBuilder } from "./graph.ts";
import type { Memory } from "./memory.ts";
import { Uncovered } from "./uncovered.ts";

/** A step that is being written. */
export interface Writing {
  readonly graph: GraphBuilder;
  readonly memory: Memory;
  readonly step: ProgramStep;
}

/** Writes a step; false where what it is made of is to be written instead. */
export type Rule = (writing: Writing) => boolean;

/** What a step reads, as it sees it. */
export function reads({ graph, memory, step }: Writing, i: number): Edge {
  return graph.wide(memory.view(step.inputs[i]));
}

/** Writes what an operator gave for an output of a step. */
export function write({ graph, memory, step }: Writing, edge: Edge, i = 0): void {
  const view = step.outputs[i],
    rows = sameShape(edge.shape, view.shape) ? edge : graph.expand(edge, view.shape);
  memory.write(view, rows);
}

interface Mapping {
  readonly exprs: readonly Expr[];
}

function broadcast({ graph, memory, step }: Writing): Edge[] {
  return step.inputs.map((view) => graph.wide(memory.view(view, () => true)));
}

// All are read before one is written, as a kernel does.
function mapped(writing: Writing): boolean {
  const { graph, step } = writing, inputs = broadcast(writing);
  const edges = (step.attributes as Mapping).exprs.map((expr) => expressed(graph, expr, inputs));
  edges.forEach((edge, i) => write(writing, edge, i));
  return true;
}

interface Reducing {
  readonly kind: string;
  readonly expr: Expr;
  readonly axes: readonly number[];
}

const reducers: Readonly<Record<string, string>> = {
  sum: "ReduceSum",
  prod: "ReduceProd",
  max: "ReduceMax",
  min: "ReduceMin",
  any: "ReduceMax",
  all: "ReduceMin",
};

function reduced(writing: Writing): boolean {
  const { graph, step } = writing, { kind, expr, axes } = step.attributes as Reducing;
  const shape = meetingShape(step.inputs.map((view) => view.shape));
  const whole = graph.expand(expressed(graph, expr, broadcast(writing)), shape);
  if (kind.startsWith("arg")) {
    write(writing, placeOfExtremum(graph, whole, kind === "argmax" ? "ArgMax" : "ArgMin", axes));
    return true;
  }
  const isLogic = kind === "any" || kind === "all";
  const numbers = graph.cast(whole, isLogic && whole.dtype !== "bool" ? "bool" : whole.dtype);
  const counted = numbers.dtype === "bool" ? graph.cast(numbers, "i32") : numbers;
  const kept = shape.filter((_, i) => !axes.includes(i));
  const result = axes.length === 0 ? counted : graph.node(
    reducers[kind],
    [counted, graph.ints(axes)],
    { shape: kept, dtype: counted.dtype },
    { keepdims: 0 },
  );
  write(writing, isLogic ? graph.cast(result, "bool") : result);
  return true;
}

// Over several axes it counts through all of them.
function placeOfExtremum(graph: GraphBuilder, given: Edge, type: string, axes: readonly number[]): Edge {
  const kept = given.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const rows = graph.transpose(given, [...kept, ...axes]), shape = kept.map((i) => given.shape[i]);
  const flat = graph.reshape(rows, [...shape, sizeOf(axes.map((i) => given.shape[i]))]);
  const numbers = flat.dtype === "bool" ? graph.cast(flat, "i32") : flat;
  const place = graph.node(type, [numbers], { shape, dtype: "i64" }, { axis: kept.length, keepdims: 0 });
  return graph.cast(place, "i32");
}

/** The edge that one is the transpose of, if it is no more than that. */
function untransposed(graph: GraphBuilder, edge: Edge): Edge | null {
  const from = graph.producer(edge);
  if (from?.type !== "Transpose" || edge.shape.length !== 2) return null;
  return { ...edge, name: from.inputs[0], shape: edge.shape.toReversed() };
}

function multiplied(writing: Writing): boolean {
  const { graph, memory, step } = writing, [{ shape }] = step.outputs, last = shape.length - 2;
  const sides = step.inputs.map((view) => graph.wide(memory.view(view, (axis) => axis < last)));
  const numbers = sides.map((side) => side.dtype === "bool" ? graph.cast(side, "i32") : side);
  const turned = numbers.map((side) => untransposed(graph, side)), [{ dtype }] = numbers;
  const isGemm = shape.length === 2 && isFloating(dtype as DType) && turned.some((side) => side !== null);
  const inputs = isGemm ? numbers.map((side, i) => turned[i] ?? side) : numbers;
  const [transA, transB] = turned.map((side) => side ? 1 : undefined);
  write(
    writing,
    graph.node(isGemm ? "Gemm" : "MatMul", inputs, { shape, dtype }, isGemm ? { transA, transB } : {}),
  );
  return true;
}

function reshaped(writing: Writing): boolean {
  const { graph, memory, step } = writing;
  write(writing, graph.reshape(memory.view(step.inputs[0]), step.outputs[0].shape));
  return true;
}

function copied(writing: Writing): boolean {
  write(writing, writing.memory.view(writing.step.inputs[0]));
  return true;
}

function joinedUp(writing: Writing): boolean {
  const { graph, memory, step } = writing, { axis } = step.attributes as { readonly axis: number };
  const parts = step.inputs.map((view) => memory.view(view)), [{ shape }] = step.outputs;
  write(
    writing,
    graph.node("Concat", parts.filter((part) => part.shape[axis] > 0), { ...parts[0], shape }, { axis }),
  );
  return true;
}

interface Padding {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly value: number;
}

function padded(writing: Writing): boolean {
  const { graph, memory, step } = writing, { low, high, interior, value } = step.attributes as Padding;
  const x = memory.view(step.inputs[0]), [{ shape }] = step.outputs;
  const filler = graph.number(value, x.dtype);
  if (sizeOf(x.shape) === 0) write(writing, graph.expand(filler, shape));
  else write(writing, around(graph, spread(graph, x, interior, filler), low, high, filler));
  return true;
}

function around(
  graph: GraphBuilder,
  x: Edge,
  low: readonly number[],
  high: readonly number[],
  filler: Edge,
): Edge {
  const pads = [...low, ...high], shape = x.shape.map((n, i) => low[i] + n + high[i]);
  if (pads.every((n) => n === 0)) return x;
  return graph.node("Pad", [x, graph.ints(pads), filler], { ...x, shape }, { mode: "constant" });
}

/** Elements apart from each other: each is padded alone, and what is behind the last cut off. */
function spread(graph: GraphBuilder, x: Edge, interior: readonly number[], filler: Edge): Edge {
  if (interior.every((n) => n === 0)) return x;
  const apart = graph.reshape(x, x.shape.flatMap((n) => [n, 1])), none = apart.shape.map(() => 0);
  const wide = around(graph, apart, none, interior.flatMap((n) => [0, n]), filler);
  const rows = graph.reshape(wide, x.shape.map((n, i) => n * (1 + interior[i])));
  const ends = x.shape.map((n, i) => (n - 1) * (1 + interior[i]) + 1), axes = ends.map((_, i) => i);
  const inputs = [ends.map(() => 0), ends, axes].map((list) => graph.ints(list));
  return graph.node("Slice", [rows, ...inputs], { ...x, shape: ends });
}

interface Uploading {
  readonly data: ArrayLike<number>;
}

function uploaded({ graph, memory, step }: Writing): boolean {
  const [view] = step.outputs, { dtype } = memory.value(view.value);
  const data = Array.from((step.attributes as Uploading).data);
  memory.write(view, graph.constant(data, { shape: view.shape, dtype }, "uploaded"));
  return true;
}

function counted({ graph, memory, step }: Writing): boolean {
  const [view] = step.outputs, numbers = Array.from({ length: sizeOf(view.shape) }, (_, i) => i);
  memory.write(view, graph.constant(numbers, { shape: view.shape, dtype: "u32" }, "counted"));
  return true;
}

function cumulated(writing: Writing): boolean {
  const { graph, step } = writing;
  const { kind, axis, reverse } = step.attributes as { kind: string; axis: number; reverse: boolean };
  if (kind !== "sum") throw new Uncovered(`ONNX accumulates sums alone, and this is ${kind}`);
  const x = reads(writing, 0), numbers = x.dtype === "bool" ? graph.cast(x, "i32") : x;
  write(
    writing,
    graph.node("CumSum", [numbers, graph.number(axis, "i64")], numbers, { reverse: Number(reverse) }),
  );
  return true;
}

/** Numbers that a runtime sorts as kernels do: NaN is the largest. */
function sortable(graph: GraphBuilder, edge: Edge): Edge {
  const { shape, dtype } = edge;
  if (dtype === "bool" || dtype === "u32") return graph.cast(edge, "i32");
  if (!isFloating(dtype as DType)) return edge;
  const isNaN = graph.node("IsNaN", [edge], { shape, dtype: "bool" });
  return graph.node("Where", [isNaN, graph.number(Infinity, dtype), edge], edge);
}

function ordered(writing: Writing): boolean {
  const { graph, step } = writing,
    { axis, descending } = step.attributes as { axis: number; descending: boolean };
  const given = reads(writing, 0), { shape } = given;
  if (shape.length === 0) {
    write(writing, graph.constant([0], { shape, dtype: "i32" }));
    return true;
  }
  const x = sortable(graph, given);
  const [, places] = graph.nodeOf("TopK", [x, graph.ints([shape[axis]])], [x, { shape, dtype: "i64" }], {
    axis,
    largest: Number(descending),
    sorted: 1,
  });
  write(writing, graph.cast(places, "i32"));
  return true;
}

/** The rules of primitives, by name. */
export const primitiveRules: Readonly<Record<string, Rule>> = {
  map: mapped,
  update: mapped,
  reduce: reduced,
  matmul: multiplied,
  contiguous: copied,
  reshape: reshaped,
  transfer: copied,
  concat: joinedUp,
  pad: padded,
  upload: uploaded,
  iota: counted,
  cumulate: cumulated,
  argsort: ordered,
};
