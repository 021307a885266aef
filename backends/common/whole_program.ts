/** A program over lanes run step by step on all lanes at once, by maps and reductions. */
import {
  type DType,
  e,
  type Expr,
  input,
  inputsOf,
  sizeOf,
  substitute,
  type View,
} from "@tapegrad/core/backend";
import { type LaneProgram, programFor } from "./lane_program.ts";
import { along, otherAxes, repeatedAlong } from "./views.ts";

/** What a backend runs programs with. */
export interface Tools {
  /** `output = expr(inputs)`, elementwise. */
  map(expr: Expr, inputs: readonly View[], output: View): void;
  /** `output = kind over axes of expr(inputs)`. */
  reduce(
    kind: "max" | "sum",
    expr: Expr,
    inputs: readonly View[],
    axes: readonly number[],
    output: View,
  ): void;
  /** Room for intermediate results, row-major. */
  temporary(dtype: DType, shape: readonly number[]): View;
  /** Takes it back. */
  release(view: View): void;
}

/** Runs a program along axes of inputs of one shape. */
export function runWhole(
  tools: Tools,
  given: LaneProgram,
  inputs: readonly View[],
  axes: readonly number[],
  outputs: readonly View[],
): void {
  const { steps, results } = programFor(given, inputs), [{ shape, dtype: own }] = inputs;
  const made: View[] = [], views = [...inputs], kept = otherAxes(shape.length, axes);
  const wanted = results.filter((step) => step !== null);
  // Sums stand for means, which what reads them divides by this.
  const count = sizeOf(axes.map((axis) => shape[axis])), read = views.map((_, i): Expr => input(i));
  const dtype = own === "f16" ? "f32" : own;
  const room = (extents: readonly number[]) => made[made.push(tools.temporary(dtype, extents)) - 1];
  for (const [k, step] of steps.entries()) {
    const { kind } = step, [expr, needed] = compact(substitute(step.expr, read), views);
    const slot = input(views.length), result = outputs[wanted.indexOf(k)];
    read.push(kind === "mean" ? e.div(slot, count) : slot);
    if (kind === "each") {
      const elements = result ?? room(shape);
      tools.map(expr, needed, elements);
      views.push(elements);
    } else if (kind === "across") {
      tools.reduce("sum", expr, needed, kept, result);
      views.push(repeatedAlong(result, shape, kept));
    } else {
      const isMean = kind === "mean",
        numbers = (isMean ? null : result) ?? room(kept.map((axis) => shape[axis]));
      if (kind === "once") tools.map(expr, needed.map((view) => along(view, kept)), numbers);
      else tools.reduce(kind === "max" ? "max" : "sum", expr, needed, axes, numbers);
      if (isMean && result) tools.map(e.div(input(0), count), [numbers], result);
      views.push(repeatedAlong(numbers, shape, axes));
    }
  }
  made.forEach((view) => tools.release(view));
}

/** An expression of what it reads alone: a kernel has room for few buffers. */
export function compact(expr: Expr, views: readonly View[]): readonly [Expr, readonly View[]] {
  const reads = inputsOf(expr), places: Expr[] = [];
  reads.forEach((from, to) => places[from] = input(to));
  return [substitute(expr, places), reads.map((k) => views[k])];
}
