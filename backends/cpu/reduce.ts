/** Reductions: rows of a fused expression folded into one value each, or columns folded side by side. */
import { type Expr, isFloating, type ReduceKind, type TypedArray, type View } from "@tapegrad/core";
import { evaluator } from "./closures.ts";
import { emit, type Helpers } from "./codegen.ts";
import {
  dtypesOf,
  eachOuter,
  elementsOf,
  KernelCache,
  reshaped,
  type StepClass,
  stepClass,
  type Walk,
  walkOf,
} from "./loops.ts";
import { compileFunction, operandSource } from "./map.ts";

/** Runs a reduction of a map of views of one shape. */
export type ReduceKernels = (
  kind: ReduceKind,
  expr: Expr,
  inputs: readonly View[],
  axes: readonly number[],
  output: View,
) => void;

/** Folds `n` elements of one row into `start`; for positions, `start` is ignored. */
type RowKernel = (
  buffers: readonly TypedArray[],
  at: readonly number[],
  strides: readonly (readonly number[])[],
  n: number,
  start: number,
) => number;

/** Folds a row of `n` elements into the accumulators, element by element. */
type ColumnsKernel = (
  buffers: readonly TypedArray[],
  at: readonly number[],
  strides: readonly (readonly number[])[],
  n: number,
  accumulators: Float64Array,
) => void;

interface Fold {
  /** The value of nothing. */
  readonly start: number;
  /** The source that folds `v` into `acc`. */
  readonly step: (acc: string, v: string) => string;
  readonly combine: (acc: number, v: number) => number;
}

const folds: Readonly<Record<Exclude<ReduceKind, "argmax" | "argmin">, Fold>> = {
  sum: { start: 0, step: (acc, v) => `${acc} += ${v};`, combine: (acc, v) => acc + v },
  prod: { start: 1, step: (acc, v) => `${acc} *= ${v};`, combine: (acc, v) => acc * v },
  // The second test lets a NaN in; nothing compares larger than it afterwards.
  max: {
    start: -Infinity,
    step: (acc, v) => `if (${v} > ${acc} || ${v} !== ${v}) ${acc} = ${v};`,
    combine: (acc, v) => v > acc || v !== v ? v : acc,
  },
  min: {
    start: Infinity,
    step: (acc, v) => `if (${v} < ${acc} || ${v} !== ${v}) ${acc} = ${v};`,
    combine: (acc, v) => v < acc || v !== v ? v : acc,
  },
  any: {
    start: 0,
    step: (acc, v) => `if (${v} !== 0) ${acc} = 1;`,
    combine: (acc, v) => v !== 0 ? 1 : acc,
  },
  all: {
    start: 1,
    step: (acc, v) => `if (${v} === 0) ${acc} = 0;`,
    combine: (acc, v) => v === 0 ? 0 : acc,
  },
};

// Beyond 2^53 a double would drop the low bits that wrapping keeps.
const integerFolds: Readonly<Record<"sum" | "prod", Fold>> = {
  sum: { start: 0, step: (acc, v) => `${acc} = (${acc} + ${v}) | 0;`, combine: (acc, v) => (acc + v) | 0 },
  prod: { start: 1, step: (acc, v) => `${acc} = Math.imul(${acc}, ${v});`, combine: Math.imul },
};

type FoldKind = keyof typeof folds;

function foldOf(kind: FoldKind, output: View): Fold {
  const wraps = (kind === "sum" || kind === "prod") && !isFloating(output.dtype);
  return wraps ? integerFolds[kind] : folds[kind];
}

/** What a way of making kernels provides. */
interface Maker {
  row(
    kind: FoldKind,
    fold: Fold,
    expr: Expr,
    inputs: readonly View[],
    classes: readonly StepClass[],
  ): RowKernel;
  columns(
    kind: FoldKind,
    fold: Fold,
    expr: Expr,
    inputs: readonly View[],
    classes: readonly StepClass[],
  ): ColumnsKernel;
}

/** Reductions whose inner loops are generated as source text. */
export function generatedReduce(): ReduceKernels {
  const rows = new KernelCache<RowKernel>(), columns = new KernelCache<ColumnsKernel>();
  const key = (kind: FoldKind, fold: Fold, inputs: readonly View[], classes: readonly StepClass[]) =>
    `${kind}${fold === folds[kind] ? "" : "i"}${classes.join("")}:${dtypesOf(inputs).join()}`;
  return reduceWith({
    row: (kind, fold, expr, inputs, classes) =>
      rows.get(expr.id, key(kind, fold, inputs, classes), () => rowSource(fold, expr, inputs, classes)),
    columns: (kind, fold, expr, inputs, classes) =>
      columns.get(
        expr.id,
        key(kind, fold, inputs, classes),
        () => columnsSource(fold, expr, inputs, classes),
      ),
  });
}

/** Reductions without generated code. */
export function interpretedReduce(): ReduceKernels {
  return reduceWith({
    row: (_kind, fold, expr, inputs) => {
      const value = reader(expr, inputs);
      return (buffers, at, strides, n, start) => {
        const size = blockOf(fold);
        let acc = start;
        for (let from = 0; from < n; from += size) {
          const to = Math.min(n, from + size);
          let block = fold === folds.sum ? 0 : acc;
          for (let j = from; j < to; j++) block = fold.combine(block, value(buffers, at, strides, j));
          acc = fold === folds.sum ? acc + block : block;
        }
        return acc;
      };
    },
    columns: (_kind, fold, expr, inputs) => {
      const value = reader(expr, inputs);
      return (buffers, at, strides, n, acc) => {
        for (let j = 0; j < n; j++) acc[j] = fold.combine(acc[j], value(buffers, at, strides, j));
      };
    },
  });
}

type Reader = (
  buffers: readonly TypedArray[],
  at: readonly number[],
  strides: readonly (readonly number[])[],
  j: number,
) => number;

function reader(expr: Expr, inputs: readonly View[]): Reader {
  if (expr.kind === "input") {
    const k = expr.value;
    return (buffers, at, strides, j) => buffers[k][at[k] + j * (strides[k].at(-1) ?? 0)];
  }
  const evaluate = evaluator(expr, dtypesOf(inputs)), values = new Array<number>(inputs.length);
  return (buffers, at, strides, j) => {
    for (let k = 0; k < values.length; k++) values[k] = buffers[k][at[k] + j * (strides[k].at(-1) ?? 0)];
    return evaluate(values);
  };
}

function reduceWith(maker: Maker): ReduceKernels {
  return (kind, expr, inputs, axes, output) => {
    const { shape } = inputs[0];
    const kept = shape.flatMap((_, i) => axes.includes(i) ? [] : [i]);
    const outer = walkOver([...inputs, output], inputs.length, kept, shape);
    const inner = walkOver(inputs, inputs.length, axes, shape);
    if (kind === "argmax" || kind === "argmin") return positions(kind, expr, inputs, output, outer, inner);
    const fold = foldOf(kind, output);
    if (suitsColumns(outer, inner)) columnwise(maker, kind, fold, expr, inputs, output, outer, inner);
    else rowwise(maker, kind, fold, expr, inputs, output, outer, inner);
  };
}

// The loops over some axes of the inputs, and over all axes of an output where there is one.
function walkOver(
  views: readonly View[],
  inputs: number,
  axes: readonly number[],
  shape: readonly number[],
): Walk {
  const picked = views.map((v, k): View =>
    k >= inputs ? v : reshaped(v, axes.map((a) => shape[a]), axes.map((a) => v.strides[a]))
  );
  return walkOf(picked, axes.map((a) => shape[a]));
}

/** From how many columns on it pays to run along them. */
const COLUMNS = 16;
/** How many rows or elements are summed before they are added to the total, so that rounding does not pile up. */
const BLOCK = 128;

// Products stay in one piece: a block that overflows would make a NaN of a 0 in another.
function blockOf(fold: Fold): number {
  return fold === folds.sum ? BLOCK : Infinity;
}

// Rows are far apart and columns next to each other: run along the columns instead.
function suitsColumns(outer: Walk, inner: Walk): boolean {
  const last = outer.shape.length - 1, depth = inner.shape.length - 1;
  if (last < 0 || depth < 0 || outer.shape[last] < COLUMNS) return false;
  const across = outer.strides.slice(0, -1).map((s) => Math.abs(s[last]));
  const along = inner.strides.map((s) => Math.abs(s[depth]));
  return Math.max(...across) < Math.max(...along);
}

function rowwise(
  maker: Maker,
  kind: FoldKind,
  fold: Fold,
  expr: Expr,
  inputs: readonly View[],
  output: View,
  outer: Walk,
  inner: Walk,
): void {
  const buffers = inputs.map(elementsOf), out = elementsOf(output);
  const depth = inner.shape.length, n = depth > 0 ? inner.shape[depth - 1] : 1;
  const kernel = maker.row(kind, fold, expr, inputs, inner.strides.map((s) => stepClass(s[depth - 1] ?? 0)));
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

function columnwise(
  maker: Maker,
  kind: FoldKind,
  fold: Fold,
  expr: Expr,
  inputs: readonly View[],
  output: View,
  outer: Walk,
  inner: Walk,
): void {
  const buffers = inputs.map(elementsOf), out = elementsOf(output);
  const last = outer.shape.length - 1, n = outer.shape[last], step = outer.strides.at(-1)![last];
  const strides = outer.strides.slice(0, -1);
  const kernel = maker.columns(kind, fold, expr, inputs, strides.map((s) => stepClass(s[last])));
  const total = new Float64Array(n), block = new Float64Array(n), size = blockOf(fold);
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
  output: View,
  outer: Walk,
  inner: Walk,
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

function elementSource(
  expr: Expr,
  inputs: readonly View[],
  classes: readonly StepClass[],
  helpers: Helpers,
): {
  setup: string;
  body: string;
  value: string;
} {
  const operands = classes.map((c, k) => operandSource(c, k));
  const names = inputs.map((_, i) => `x${i}`);
  const { statements, result } = emit(expr, dtypesOf(inputs), names, helpers);
  const loads = operands.map((o, i) => `const x${i} = ${o.element};`);
  return {
    setup: operands.map((o) => o.setup).join("\n"),
    body: [...loads, ...statements, `const v = ${result};`].join("\n"),
    value: "v",
  };
}

function columnsSource(
  fold: Fold,
  expr: Expr,
  inputs: readonly View[],
  classes: readonly StepClass[],
): ColumnsKernel {
  const helpers: Helpers = new Map();
  const { setup, body, value } = elementSource(expr, inputs, classes, helpers);
  const source = `${setup}
    for (let j = 0; j < n; j++) {
      ${body}
      ${fold.step("acc[j]", value)}
    }`;
  return compileFunction(["buffers", "at", "strides", "n", "acc"], source, helpers);
}

function rowSource(
  fold: Fold,
  expr: Expr,
  inputs: readonly View[],
  classes: readonly StepClass[],
): RowKernel {
  const helpers: Helpers = new Map();
  const { setup, body, value } = elementSource(expr, inputs, classes, helpers);
  const source = fold === folds.sum ? pairwiseSource(body) : `
    let acc = start;
    for (let j = 0; j < n; j++) {
      ${body}
      ${fold.step("acc", value)}
    }
    return acc;`;
  return compileFunction(["buffers", "at", "strides", "n", "start"], `${setup}\n${source}`, helpers);
}

// Blocks of 512 in four interleaved sums; block sums are added in pairs of equal size, like carries in a binary counter.
function pairwiseSource(body: string): string {
  const part = (k: number) => `{ const j = b + ${k}; ${body} sum${k} += v; }`;
  return `
    const pending = [];
    let blocks = 0;
    for (let from = 0; from < n; from += 512) {
      const to = Math.min(n, from + 512);
      let sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0, b = from;
      for (; b + 4 <= to; b += 4) { ${[0, 1, 2, 3].map(part).join("\n")} }
      for (; b < to; b++) ${part(0)}
      let sum = (sum0 + sum1) + (sum2 + sum3);
      for (let k = ++blocks; (k & 1) === 0; k >>= 1) sum += pending.pop();
      pending.push(sum);
    }
    let total = 0;
    while (pending.length > 0) total += pending.pop();
    return start + total;`;
}
