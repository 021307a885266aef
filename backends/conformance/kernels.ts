/** Kernels of a backend called by hand, as the funnel calls them. */
import {
  type Backend,
  type CumulateKind,
  type Expr,
  type Kernel,
  MissingKernelError,
  type PrimitiveKernels,
  type ReduceKind,
  type ScatterKind,
  type View,
} from "@tapegrad/core";

function kernel<N extends keyof PrimitiveKernels>({ kernels, name }: Backend, op: N): PrimitiveKernels[N] {
  const found = kernels.get(op) as Kernel | undefined;
  if (found) return found as PrimitiveKernels[N];
  throw new MissingKernelError(op, name);
}

/** `output = expr(inputs)`; all views have one shape. */
export function map(backend: Backend, expr: Expr, inputs: readonly View[], output: View): void {
  kernel(backend, "map")(inputs, [output], { name: "map", exprs: [expr] });
}

/** An expression of the inputs for each output; all views have one shape. */
export function mapAll(
  backend: Backend,
  exprs: readonly Expr[],
  inputs: readonly View[],
  outputs: readonly View[],
): void {
  kernel(backend, "map")(inputs, outputs, { name: "map", exprs });
}

/** `output = kind over axes of expr(inputs)`. */
export function reduce(
  backend: Backend,
  kind: ReduceKind,
  expr: Expr,
  inputs: readonly View[],
  axes: readonly number[],
  output: View,
): void {
  kernel(backend, "reduce")(inputs, [output], { kind, name: "reduce", expr, axes });
}

/** `[…, m, k] × […, k, n] → […, m, n]`. */
export function matmul(backend: Backend, a: View, b: View, output: View): void {
  kernel(backend, "matmul")([a, b], [output], null);
}

/** Elements of `x` at `index` along an axis. */
export function gather(backend: Backend, x: View, axis: number, index: View, output: View): void {
  kernel(backend, "gather")([x, index], [output], { axis });
}

/** Has `source` meet what `output` holds at `index` along an axis. */
export function scatter(
  backend: Backend,
  kind: ScatterKind,
  axis: number,
  index: View,
  source: View,
  output: View,
): void {
  kernel(backend, "scatter")([output, index, source], [output], { kind, axis });
}

/** Overlap-add of windows along an axis. */
export function fold(backend: Backend, x: View, axis: number, step: number, output: View): void {
  kernel(backend, "fold")([x], [output], { axis, step, extent: output.shape[axis] });
}

/** What accumulates along an axis. */
export function cumulate(
  backend: Backend,
  kind: CumulateKind,
  inputs: readonly View[],
  axis: number,
  reverse: boolean,
  output: View,
): void {
  kernel(backend, "cumulate")(inputs, [output], { kind, axis, reverse });
}

/** The stable order of elements along an axis. */
export function argsort(backend: Backend, x: View, axis: number, descending: boolean, output: View): void {
  kernel(backend, "argsort")([x], [output], { axis, descending });
}

/** 0, 1, 2, … */
export function iota(backend: Backend, output: View): void {
  kernel(backend, "iota")([], [output], { length: output.shape[0] });
}
