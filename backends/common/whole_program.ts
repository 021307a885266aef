/** A program over lanes run step by step on all lanes at once, by maps and reductions. */
import { type DType, e, type Expr, input, sizeOf, substitute, type View } from "@tapegrad/core/backend";
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

/** Runs a program along axes of inputs of the output's shape. */
export function runWhole(
  tools: Tools,
  given: LaneProgram,
  inputs: readonly View[],
  axes: readonly number[],
  output: View,
): void {
  const { steps } = programFor(given, inputs), { shape } = output, kept = otherAxes(shape.length, axes);
  const made: View[] = [], views = [...inputs], last = steps.length - 1;
  // Sums stand for means, which what reads them divides by this.
  const count = sizeOf(axes.map((axis) => shape[axis])), read = views.map((_, i): Expr => input(i));
  const dtype = output.dtype === "f16" ? "f32" : output.dtype;
  const room = (extents: readonly number[]) => made[made.push(tools.temporary(dtype, extents)) - 1];
  for (const [k, step] of steps.entries()) {
    const { kind } = step, expr = substitute(step.expr, read), slot = input(views.length);
    read.push(kind === "mean" ? e.div(slot, count) : slot);
    if (k === last) tools.map(expr, views, output);
    else if (kind === "each") {
      const elements = room(shape);
      tools.map(expr, views, elements);
      views.push(elements);
    } else {
      const numbers = room(kept.map((axis) => shape[axis]));
      if (kind === "once") tools.map(expr, views.map((view) => along(view, kept)), numbers);
      else tools.reduce(kind === "max" ? "max" : "sum", expr, views, axes, numbers);
      views.push(repeatedAlong(numbers, shape, axes));
    }
  }
  made.forEach((view) => tools.release(view));
}
