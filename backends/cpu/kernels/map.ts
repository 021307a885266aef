/** Elementwise kernels: one generated function per expression, dtypes and layout class. */
import { dtypeCode, type Expr, sizeOf, type View } from "@tapegrad/core/backend";
import { emit, type Helpers } from "../expr/codegen.ts";
import { evaluators } from "../expr/closures.ts";
import { KernelCache } from "../../common/kernel_cache.ts";
import { dtypesOf } from "../../common/views.ts";
import { eachOuter, type Walk, walkOf } from "../../common/walk.ts";
import {
  type Buffers,
  elementsOf,
  type Positions,
  type StepClass,
  stepClass,
  type Strides,
} from "../loops.ts";

/** Runs a map over views of one shape: an expression for each output, all of which are computed before one is stored. */
export type MapKernel = (
  exprs: readonly Expr[],
  inputs: readonly View[],
  outputs: readonly View[],
) => void;

/** Buffers, positions and strides of the outputs and then the inputs; `m` rows of `n` elements. */
type RowsKernel = (buffers: Buffers, at: Positions, strides: Strides, m: number, n: number) => void;

type OneKernel = (inputs: readonly View[], outputs: readonly View[]) => void;

// V8 keeps the source and code of all it evaluated for good, but not where a template has a tag: 1.3 kB a kernel.
const NOT_KEPT = "if (false) String.raw``;";

/** Makes a function of generated source, with helpers in its scope. */
export function compileFunction<F>(parameters: readonly string[], body: string, helpers: Helpers): F {
  const make = new Function(
    ...helpers.keys(),
    `"use strict"; ${NOT_KEPT} return (${parameters.join(", ")}) => {\n${body}\n};`,
  );
  return make(...helpers.values()) as F;
}

/** How many dtypes a number can hold as a key. */
const MOST_KEYED = 16;

/** Map kernels that are generated as source text. */
export function generatedMap(): MapKernel {
  const single = new KernelCache<number, OneKernel>(), rows = new KernelCache<number | string, RowsKernel>();

  function runOne(exprs: readonly Expr[], inputs: readonly View[], outputs: readonly View[]): void {
    let key = dtypeCode(outputs[0].dtype);
    for (let i = 0; i < inputs.length; i++) key = key * 8 + dtypeCode(inputs[i].dtype);
    const kernels = single.of(exprs);
    let kernel = kernels.get(key);
    if (!kernel) kernels.set(key, kernel = oneSource(exprs, inputs));
    kernel(inputs, outputs);
  }

  function runMany(exprs: readonly Expr[], inputs: readonly View[], outputs: readonly View[]): void {
    const views = [...outputs, ...inputs], walk = walkOf(views, views[0].shape);
    const kernels = rows.of(exprs), key = keyOf(views, walk);
    let kernel = kernels.get(key);
    if (!kernel) kernels.set(key, kernel = rowsSource(exprs, inputs, classesOf(walk)));
    runRows(kernel, views, walk);
  }

  return (exprs, inputs, outputs) => {
    if (sizeOf(outputs[0].shape) === 1 && inputs.length <= MOST_KEYED) runOne(exprs, inputs, outputs);
    else runMany(exprs, inputs, outputs);
  };
}

/** Map kernels without generated code. */
export function interpretedMap(): MapKernel {
  return (exprs, inputs, outputs) => {
    const evaluate = evaluators(exprs, dtypesOf(inputs)), first = outputs.length;
    const values = new Float64Array(inputs.length), results = new Float64Array(first);
    const kernel: RowsKernel = (buffers, at, strides, m, n) => {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          const place = (k: number) => at[k] + i * outerStride(strides[k]) + j * innerStride(strides[k]);
          for (let k = 0; k < values.length; k++) values[k] = buffers[first + k][place(first + k)];
          evaluate(values, results);
          for (let k = 0; k < first; k++) buffers[k][place(k)] = results[k];
        }
      }
    };
    const views = [...outputs, ...inputs];
    runRows(kernel, views, walkOf(views, views[0].shape));
  };
}

function innerStride(strides: readonly number[]): number {
  return strides.at(-1) ?? 0;
}

function outerStride(strides: readonly number[]): number {
  return strides.at(-2) ?? 0;
}

function classesOf({ strides }: Walk): StepClass[] {
  return strides.map((s) => stepClass(innerStride(s)));
}

// Dtypes and classes, in a number where one holds those of so many views.
function keyOf(views: readonly View[], walk: Walk): number | string {
  if (views.length > 10) return `${classesOf(walk).join("")}:${dtypesOf(views).join()}`;
  let key = 0;
  for (let k = 0; k < views.length; k++) {
    const stride = innerStride(walk.strides[k]), step = stride === 1 ? 1 : stride === 0 ? 0 : 2;
    key = key * 32 + step * 8 + dtypeCode(views[k].dtype);
  }
  return key;
}

function runRows(kernel: RowsKernel, views: readonly View[], walk: Walk): void {
  const buffers = views.map(elementsOf), rank = walk.shape.length;
  const m = rank > 1 ? walk.shape[rank - 2] : 1, n = rank > 0 ? walk.shape[rank - 1] : 1;
  eachOuter(walk, 2, (at) => kernel(buffers, at, walk.strides, m, n));
}

function oneSource(exprs: readonly Expr[], inputs: readonly View[]): OneKernel {
  const helpers: Helpers = new Map();
  const names = inputs.map((_, i) => `x${i}`);
  const loads = names.map((x, i) => `const ${x} = inputs[${i}].buffer[inputs[${i}].offset];`);
  const { statements, results } = emit(exprs, dtypesOf(inputs), names, helpers);
  const stores = results.map((result, k) => `outputs[${k}].buffer[outputs[${k}].offset] = ${result};`);
  return compileFunction(["inputs", "outputs"], [...loads, ...statements, ...stores].join("\n"), helpers);
}

function rowsSource(
  exprs: readonly Expr[],
  inputs: readonly View[],
  classes: readonly StepClass[],
): RowsKernel {
  const helpers: Helpers = new Map();
  const operands = classes.map((c, k) => operandSource(c, k));
  const names = inputs.map((_, i) => `x${i}`);
  const { statements, results } = emit(exprs, dtypesOf(inputs), names, helpers);
  const outs = operands.slice(0, exprs.length), ins = operands.slice(exprs.length);
  const body = `
    ${operands.map((o) => o.setup).join("\n")}
    for (let i = 0; i < m; i++) {
      ${ins.map((o, i) => o.fixed ? `const x${i} = ${o.element};` : "").join("\n")}
      for (let j = 0; j < n; j++) {
        ${ins.map((o, i) => o.fixed ? "" : `const x${i} = ${o.element};`).join("\n")}
        ${statements.join("\n")}
        ${outs.map((o, k) => `${o.element} = ${results[k]};`).join("\n")}
      }
      ${operands.map((o) => o.advance).join("\n")}
    }`;
  return compileFunction(["buffers", "at", "strides", "m", "n"], body, helpers);
}

/** The source around one operand of a loop nest. */
export interface OperandSource {
  /** Declarations before the loops. */
  readonly setup: string;
  /** The element in the inner loop over `j`. */
  readonly element: string;
  /** What ends a turn of the outer loop. */
  readonly advance: string;
  /** Whether the element does not change in the inner loop. */
  readonly fixed: boolean;
}

/** The source around operand `k`, whose inner stride is of class `c`. */
export function operandSource(c: StepClass, k: number): OperandSource {
  const index = c === "1" ? `p${k} + j` : c === "0" ? `p${k}` : `p${k} + j * s${k}`;
  return {
    setup: `const a${k} = buffers[${k}]; let p${k} = at[${k}];
      const s${k} = strides[${k}].at(-1) ?? 0, r${k} = strides[${k}].at(-2) ?? 0;`,
    element: `a${k}[${index}]`,
    advance: `p${k} += r${k};`,
    fixed: c === "0",
  };
}
