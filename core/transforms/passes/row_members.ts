/** Steps that go along the same lanes. */
import type { DType } from "../../base/dtype.ts";
import { sameShape, type Shape, sizeOf } from "../../base/shape.ts";
import type { RowStep } from "../../primitives/attributes.ts";
import type { ProgramStep, ProgramView } from "../program/parts.ts";
import type { Draft } from "./draft.ts";
import { type Nest, nestOf } from "./nest.ts";

/** Lanes: what goes along them has this shape, whose last axes they run along. */
export interface LaneSpace {
  readonly shape: Shape;
  /** How many of the axes tell lanes apart. */
  readonly kept: number;
  /** What all elements are. */
  readonly dtype: DType;
}

/** A step along lanes. */
export interface Member {
  readonly step: ProgramStep;
  readonly kind: RowStep["kind"];
  /** What it computes, over the space of lanes, or of what tells them apart. */
  readonly nest: Nest;
}

/** The lanes that a reduction runs along; `null` of another step, or where they are no last axes. */
export function spaceOf(draft: Draft, step: ProgramStep): LaneSpace | null {
  const nest = nestOf(step), fold = nest && squeezed(nest).fold;
  if (!nest || !fold || !kinds.has(fold.kind)) return null;
  const { shape } = squeezed(nest),
    kept = shape.length - fold.axes.length,
    dtype = draft.dtypeOf(nest.outputs[0]);
  const isLast = fold.axes.length > 0 && fold.axes.every((axis) => axis >= kept);
  return isLast && (dtype === "f32" || dtype === "f64") ? { shape, kept, dtype } : null;
}

const kinds: ReadonlySet<string> = new Set(["max", "sum"]);

/** A step as one along lanes; `null` of one that is none. */
export function memberOf(draft: Draft, step: ProgramStep, space: LaneSpace): Member | null {
  const whole = nestOf(step);
  if (!whole || whole.outputs.length !== 1 || draft.makerOf(whole.outputs[0].value) !== step) return null;
  if ([...whole.inputs, ...whole.outputs].some((view) => draft.dtypeOf(view) !== space.dtype)) return null;
  const nest = squeezed(whole), kind = kindOf(nest, space);
  return kind && { step, kind, nest };
}

function kindOf({ shape, fold }: Nest, space: LaneSpace): RowStep["kind"] | null {
  const isWhole = sameShape(shape, space.shape);
  if (!fold) return isWhole ? "each" : sameShape(shape, space.shape.slice(0, space.kept)) ? "once" : null;
  const isAlong = isWhole && fold.axes.length === shape.length - space.kept && fold.axes[0] === space.kept;
  return isAlong && kinds.has(fold.kind) ? fold.kind as "max" | "sum" : null;
}

// Without axes of one element.
function squeezed(nest: Nest): Nest {
  const { shape, fold } = nest, left = shape.flatMap((n, axis) => n === 1 ? [] : [axis]);
  if (left.length === shape.length) return nest;
  const own = (view: ProgramView): ProgramView => ({
    ...view,
    shape: left.map((axis) => view.shape[axis]),
    strides: left.map((axis) => view.strides[axis]),
  });
  const axes = fold?.axes.flatMap((axis) => shape[axis] === 1 ? [] : [left.indexOf(axis)]) ?? [];
  return {
    ...nest,
    shape: left.map((axis) => shape[axis]),
    inputs: nest.inputs.map(own),
    outputs: nest.outputs.map(own),
    ...fold && { fold: { ...fold, axes } },
  };
}

/** A view of numbers of lanes, or of what is the same for all elements of one, beside elements. */
export function alongLanes({ shape, kept }: LaneSpace, view: ProgramView): ProgramView {
  if (view.shape.length === shape.length) return view;
  return { ...view, shape, strides: shape.map((_, axis) => axis < kept ? view.strides[axis] : 0) };
}

/** What a member writes: elements, or a number for each lane. */
export function writtenBy(
  { kind, nest: { outputs: [output] } }: Member,
  { shape, kept }: LaneSpace,
): ProgramView {
  if (kind === "each" || kind === "once") return output;
  return { ...output, shape: shape.slice(0, kept), strides: output.strides.slice(0, kept) };
}

/** How many lanes there are, and how many elements one has. */
export function extentOf({ shape, kept }: LaneSpace): readonly [lanes: number, length: number] {
  return [sizeOf(shape.slice(0, kept)), sizeOf(shape.slice(kept))];
}
