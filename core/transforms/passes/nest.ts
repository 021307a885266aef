/** Maps and reductions as loops over one space: what is computed at each point, from what, and into what. */
import { contiguousStrides, expandLayout } from "../../base/layout.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { type Expr, input } from "../../expr/expr.ts";
import type { MapAttributes, ReduceAttributes, ReduceKind } from "../../primitives/attributes.ts";
import { commonShape, map } from "../../primitives/map.ts";
import { contiguousCopy } from "../../primitives/movement.ts";
import { reduce } from "../../primitives/reduce.ts";
import { update } from "../../primitives/update.ts";
import { reshapeView } from "../../primitives/views.ts";
import type { ProgramStep, ProgramView } from "../program/parts.ts";
import { type Split, splitPlace } from "./through.ts";

/** What is computed at each point of a space. */
export interface Nest {
  /** What it is called. */
  readonly name: string;
  /** The extents of the space. */
  readonly shape: Shape;
  /** What is read, of that shape. */
  readonly inputs: readonly ProgramView[];
  /** An expression of the inputs for each output. */
  readonly exprs: readonly Expr[];
  /** What is written, of that shape; of a reduction repeated along the axes that go. */
  readonly outputs: readonly ProgramView[];
  /** How points are combined along some axes, if they are. */
  readonly fold?: { readonly kind: ReduceKind; readonly axes: readonly number[] };
}

/** The loops of a step; `null` of one that is no map, copy or reduction, or that has no elements. */
export function nestOf(step: ProgramStep): Nest | null {
  const { op, attributes, inputs, outputs } = step;
  if (outputs.length === 0 || inputs.some(({ shape }) => sizeOf(shape) === 0)) return null;
  if (sizeOf(outputs[0].shape) === 0) return null;
  if (is(op, map) || is(op, update)) return mapNest(attributes as MapAttributes, step);
  if (is(op, contiguousCopy)) return copyNest(inputs[0], outputs[0]);
  if (is(op, reshapeView)) {
    const { shape } = inputs[0];
    return copyNest(inputs[0], { ...outputs[0], shape, strides: contiguousStrides(shape) });
  }
  return is(op, reduce) ? reduceNest(attributes as ReduceAttributes, step) : null;
}

function is(op: ProgramStep["op"], other: unknown): boolean {
  return op === other;
}

function expanded(view: ProgramView, shape: Shape): ProgramView {
  return { ...view, ...expandLayout(view, shape) };
}

function mapNest({ name, exprs }: MapAttributes, { inputs, outputs }: ProgramStep): Nest {
  const [{ shape }] = outputs;
  return { name, shape, inputs: inputs.map((view) => expanded(view, shape)), exprs, outputs };
}

function copyNest(from: ProgramView, to: ProgramView): Nest {
  return { name: "copy", shape: from.shape, inputs: [from], exprs: [input(0)], outputs: [to] };
}

function reduceNest(
  { name, kind, expr, axes }: ReduceAttributes,
  { inputs, outputs: [output] }: ProgramStep,
): Nest {
  const shape = commonShape(name, inputs), strides = [...output.strides];
  for (const axis of axes) strides.splice(axis, 0, 0);
  return {
    name,
    shape,
    inputs: inputs.map((view) => expanded(view, shape)),
    exprs: [expr],
    outputs: [{ ...output, shape, strides }],
    fold: { kind, axes },
  };
}

/** Loops as a step, for the reason of another one. */
export function stepOf(
  { name, exprs, inputs, outputs, fold }: Nest,
  { phase, gradientOf }: ProgramStep,
): ProgramStep {
  const why = gradientOf ? { phase, gradientOf } : { phase };
  if (!fold) return { op: map as ProgramStep["op"], attributes: { name, exprs }, inputs, outputs, ...why };
  const kept = <T>(list: readonly T[]): T[] => list.filter((_, i) => !fold.axes.includes(i));
  const [output] = outputs, { shape, strides } = output;
  return {
    op: reduce as ProgramStep["op"],
    attributes: { kind: fold.kind, name, expr: exprs[0], axes: fold.axes },
    inputs,
    outputs: [{ ...output, shape: kept(shape), strides: kept(strides) }],
    ...why,
  };
}

/** Loops with one axis as two; `null` where the place along it is what is sought. */
export function splitNest(nest: Nest, split: Split): Nest | null {
  const { shape, inputs, outputs, fold } = nest, { axis, by } = split;
  const goes = fold?.axes.includes(axis) ?? false;
  if (goes && (fold!.kind === "argmax" || fold!.kind === "argmin")) return null;
  const axes = fold?.axes.flatMap((a) => a < axis ? [a] : a > axis ? [a + 1] : [a, a + 1]);
  return {
    ...nest,
    shape: shape.toSpliced(axis, 1, shape[axis] / by, by),
    inputs: inputs.map((view) => splitPlace(view, split)),
    outputs: outputs.map((view) => splitPlace(view, split)),
    ...fold && { fold: { ...fold, axes: axes! } },
  };
}
