/** Reductions: rows of a fused expression folded into one value each, or columns folded side by side. */
import { type Expr, hostArray, type ReduceKind, type View } from "@tapegrad/core/backend";
import { along, otherAxes } from "../../common/views.ts";
import { eachOuter, suitsAcross, type Walk, walkOf } from "../../common/walk.ts";
import { elementsOf, stepClass } from "../loops.ts";
import { blockOf, type Folding, foldOf, type KernelMaker, reader } from "./reduce_kernels.ts";

/** Runs a reduction of a map of views of one shape. */
export type ReduceKernel = (
  kind: ReduceKind,
  expr: Expr,
  inputs: readonly View[],
  axes: readonly number[],
  output: View,
) => void;

/** The loops over what stays, the output last, and over what goes. */
interface Plan {
  readonly output: View;
  readonly outer: Walk;
  readonly inner: Walk;
}

/** Reductions by kernels of one maker. */
export function reduceWith(maker: KernelMaker): ReduceKernel {
  return (kind, expr, inputs, axes, output) => {
    const { shape } = inputs[0];
    const kept = otherAxes(shape.length, axes);
    const plan = {
      output,
      outer: walkOf([...inputs.map((v) => along(v, kept)), output], output.shape),
      inner: walkOf(inputs.map((v) => along(v, axes)), axes.map((a) => shape[a])),
    };
    if (kind === "argmax" || kind === "argmin") return positions(kind, expr, inputs, plan);
    const folding = { fold: foldOf(kind, output), expr, inputs };
    if (suitsColumns(plan)) columnwise(maker, folding, plan);
    else rowwise(maker, folding, plan);
  };
}

/** From how many columns on it pays to run along them. */
const COLUMNS = 16;

// Rows are far apart and columns next to each other: run along the columns instead.
/** Whether a reduction runs along columns: what stays has the output last. */
export function suitsColumns({ outer: { shape, strides }, inner }: Pick<Plan, "outer" | "inner">): boolean {
  return suitsAcross({ shape, strides: strides.slice(0, -1) }, inner, COLUMNS);
}

function rowwise(maker: KernelMaker, folding: Folding, { output, outer, inner }: Plan): void {
  const { fold, inputs } = folding;
  const buffers = inputs.map(elementsOf), out = elementsOf(output);
  const depth = inner.shape.length, n = depth > 0 ? inner.shape[depth - 1] : 1;
  const kernel = maker.row(folding, inner.strides.map((s) => stepClass(s[depth - 1] ?? 0)));
  eachOuter(outer, 0, (at) => {
    let acc = fold.start;
    if (depth <= 1) acc = kernel(buffers, at, inner.strides, n, acc);
    else {
      const size = blockOf(fold);
      let block = fold.start, rows = 0;
      eachOuter({ ...inner, starts: at.slice(0, -1) }, 1, (p) => {
        block = kernel(buffers, p, inner.strides, n, block);
        if (++rows % size !== 0) return;
        acc = fold.combine(acc, block);
        block = fold.start;
      });
      acc = fold.combine(acc, block);
    }
    out[at[at.length - 1]] = acc;
  });
}

function columnwise(maker: KernelMaker, folding: Folding, { output, outer, inner }: Plan): void {
  const { fold, inputs } = folding;
  const buffers = inputs.map(elementsOf), out = elementsOf(output);
  const last = outer.shape.length - 1, n = outer.shape[last], step = outer.strides.at(-1)![last];
  const strides = outer.strides.slice(0, -1);
  const kernel = maker.columns(folding, strides.map((s) => stepClass(s[last])));
  const total = hostArray("f64", n), block = hostArray("f64", n) as Float64Array, size = blockOf(fold);
  eachOuter(outer, 1, (at) => {
    total.fill(fold.start);
    block.fill(fold.start);
    let rows = 0;
    const merge = () => {
      for (let j = 0; j < n; j++) total[j] = fold.combine(total[j], block[j]);
      block.fill(fold.start);
    };
    eachOuter({ ...inner, starts: at.slice(0, -1) }, 0, (p) => {
      kernel(buffers, p, strides, n, block);
      if (++rows % size === 0) merge();
    });
    merge();
    for (let j = 0, p = at[at.length - 1]; j < n; j++, p += step) out[p] = total[j];
  });
}

function positions(
  kind: "argmax" | "argmin",
  expr: Expr,
  inputs: readonly View[],
  { output, outer, inner }: Plan,
): void {
  const value = reader(expr, inputs), buffers = inputs.map(elementsOf), out = elementsOf(output);
  const n = inner.shape[0] ?? 1, sign = kind === "argmax" ? 1 : -1;
  eachOuter(outer, 0, (at) => {
    let best = NaN, where = 0;
    for (let j = 0; j < n; j++) {
      const v = value(buffers, at, inner.strides, j);
      if (j > 0 && !(v * sign > best * sign || (v !== v && best === best))) continue;
      best = v;
      where = j;
    }
    out[at[at.length - 1]] = where;
  });
}
