/** Kernels that fold one row or several columns: generated, or interpreted. */
import { type Expr, isFloating, type ReduceKind, type View } from "@tapegrad/core/backend";
import { evaluator } from "../expr/closures.ts";
import { emit, type Helpers } from "../expr/codegen.ts";
import { KernelCache } from "../../common/kernel_cache.ts";
import { dtypesOf } from "../../common/views.ts";
import type { Buffers, Positions, StepClass, Strides } from "../loops.ts";
import { compileFunction, operandSource } from "./map.ts";

/** Folds `n` elements of one row into `start`. */
export type RowKernel = (
  buffers: Buffers,
  at: Positions,
  strides: Strides,
  n: number,
  start: number,
) => number;

/** Folds a row of `n` elements into as many accumulators, element by element. */
export type ColumnsKernel = (
  buffers: Buffers,
  at: Positions,
  strides: Strides,
  n: number,
  accumulators: Float64Array,
) => void;

/** How a reduction combines elements. */
export interface Fold {
  /** Tells kernels apart. */
  readonly name: string;
  /** The value of nothing. */
  readonly start: number;
  /** The source that folds `v` into `acc`. */
  readonly step: (acc: string, v: string) => string;
  /** What that source does. */
  readonly combine: (acc: number, v: number) => number;
}

const folds: Readonly<Record<Exclude<ReduceKind, "argmax" | "argmin">, Fold>> = {
  sum: { name: "sum", start: 0, step: (acc, v) => `${acc} += ${v};`, combine: (acc, v) => acc + v },
  prod: { name: "prod", start: 1, step: (acc, v) => `${acc} *= ${v};`, combine: (acc, v) => acc * v },
  // The second test lets a NaN in; nothing compares larger than it afterwards.
  max: {
    name: "max",
    start: -Infinity,
    step: (acc, v) => `if (${v} > ${acc} || ${v} !== ${v}) ${acc} = ${v};`,
    combine: (acc, v) => v > acc || v !== v ? v : acc,
  },
  min: {
    name: "min",
    start: Infinity,
    step: (acc, v) => `if (${v} < ${acc} || ${v} !== ${v}) ${acc} = ${v};`,
    combine: (acc, v) => v < acc || v !== v ? v : acc,
  },
  any: {
    name: "any",
    start: 0,
    step: (acc, v) => `if (${v} !== 0) ${acc} = 1;`,
    combine: (acc, v) => v !== 0 ? 1 : acc,
  },
  all: {
    name: "all",
    start: 1,
    step: (acc, v) => `if (${v} === 0) ${acc} = 0;`,
    combine: (acc, v) => v === 0 ? 0 : acc,
  },
};

// Beyond 2^53 a double would drop the low bits that wrapping keeps.
const integerFolds: Readonly<Record<"sum" | "prod", Fold>> = {
  sum: {
    name: "wrapping sum",
    start: 0,
    step: (acc, v) => `${acc} = (${acc} + ${v}) | 0;`,
    combine: (acc, v) => (acc + v) | 0,
  },
  prod: {
    name: "wrapping prod",
    start: 1,
    step: (acc, v) => `${acc} = Math.imul(${acc}, ${v});`,
    combine: Math.imul,
  },
};

/** The reductions that fold. */
export type FoldKind = keyof typeof folds;

/** How a reduction to a dtype combines. */
export function foldOf(kind: FoldKind, output: View): Fold {
  const wraps = (kind === "sum" || kind === "prod") && !isFloating(output.dtype);
  return wraps ? integerFolds[kind] : folds[kind];
}

/** What a reduction folds, and how. */
export interface Folding {
  /** How elements are combined. */
  readonly fold: Fold;
  /** Applied to each element first. */
  readonly expr: Expr;
  /** What it is applied to. */
  readonly inputs: readonly View[];
}

/** A way of making kernels for steps of given classes. */
export interface KernelMaker {
  /** A kernel for rows. */
  row(folding: Folding, classes: readonly StepClass[]): RowKernel;
  /** A kernel for columns. */
  columns(folding: Folding, classes: readonly StepClass[]): ColumnsKernel;
}

/** Kernels generated as source text. */
export function generatedKernels(): KernelMaker {
  const rows = new KernelCache<string, RowKernel>(), columns = new KernelCache<string, ColumnsKernel>();
  const key = ({ fold, inputs }: Folding, classes: readonly StepClass[]) =>
    `${fold.name}${classes.join("")}:${dtypesOf(inputs).join()}`;
  return {
    row: (folding, classes) =>
      rows.get([folding.expr], key(folding, classes), () => rowSource(folding, classes)),
    columns: (folding, classes) =>
      columns.get([folding.expr], key(folding, classes), () => columnsSource(folding, classes)),
  };
}

/** Kernels without generated code. */
export const interpretedKernels: KernelMaker = {
  row({ fold, expr, inputs }): RowKernel {
    const value = reader(expr, inputs), size = blockOf(fold);
    return (buffers, at, strides, n, start) => {
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
  columns({ fold, expr, inputs }): ColumnsKernel {
    const value = reader(expr, inputs);
    return (buffers, at, strides, n, acc) => {
      for (let j = 0; j < n; j++) acc[j] = fold.combine(acc[j], value(buffers, at, strides, j));
    };
  },
};

/** The mapped element at place `j` of a row. */
export type Reader = (buffers: Buffers, at: Positions, strides: Strides, j: number) => number;

/** Reads mapped elements one by one. */
export function reader(expr: Expr, inputs: readonly View[]): Reader {
  if (expr.kind === "input") {
    const k = expr.value;
    return (buffers, at, strides, j) => buffers[k][at[k] + j * (strides[k].at(-1) ?? 0)];
  }
  const evaluate = evaluator(expr, dtypesOf(inputs)), values = new Float64Array(inputs.length);
  return (buffers, at, strides, j) => {
    for (let k = 0; k < values.length; k++) values[k] = buffers[k][at[k] + j * (strides[k].at(-1) ?? 0)];
    return evaluate(values);
  };
}

/** How many rows or elements are summed before they are added to the total, so that rounding does not pile up. */
const BLOCK = 128;

/**
 * How many elements or rows are combined before they join the total. Products stay in one piece: a block
 * that overflows would make a NaN of a 0 in another.
 */
export function blockOf(fold: Fold): number {
  return fold === folds.sum ? BLOCK : Infinity;
}

/** The source that puts the mapped element at place `j` into `v`. */
interface ElementSource {
  readonly setup: string;
  readonly body: string;
  readonly helpers: Helpers;
}

function elementSource({ expr, inputs }: Folding, classes: readonly StepClass[]): ElementSource {
  const helpers: Helpers = new Map();
  const operands = classes.map((c, k) => operandSource(c, k));
  const names = inputs.map((_, i) => `x${i}`);
  const { statements, results: [result] } = emit([expr], dtypesOf(inputs), names, helpers);
  const loads = operands.map((o, i) => `const x${i} = ${o.element};`);
  return {
    setup: operands.map((o) => o.setup).join("\n"),
    body: [...loads, ...statements, `const v = ${result};`].join("\n"),
    helpers,
  };
}

function columnsSource(folding: Folding, classes: readonly StepClass[]): ColumnsKernel {
  const { setup, body, helpers } = elementSource(folding, classes);
  const source = `${setup}
    for (let j = 0; j < n; j++) {
      ${body}
      ${folding.fold.step("acc[j]", "v")}
    }`;
  return compileFunction(["buffers", "at", "strides", "n", "acc"], source, helpers);
}

function rowSource(folding: Folding, classes: readonly StepClass[]): RowKernel {
  const { setup, body, helpers } = elementSource(folding, classes), { fold } = folding;
  const source = fold === folds.sum ? pairwiseSource(body) : `
    let acc = start;
    for (let j = 0; j < n; j++) {
      ${body}
      ${fold.step("acc", "v")}
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
