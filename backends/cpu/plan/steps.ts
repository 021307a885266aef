/** Steps of a plan as source: maps, reductions and small products are loops of their own. */
import {
  type Expr,
  isFloating,
  type MapAttributes,
  mapParts,
  type MapsAttributes,
  type PlanStep,
  type PlanView,
  type ReduceAttributes,
  sizeOf,
  type View,
} from "@tapegrad/core/backend";
import { along, dtypesOf, otherAxes } from "../../common/views.ts";
import { type Walk, walkOf } from "../../common/walk.ts";
import { emit, type Helpers } from "../expr/codegen.ts";
import { blockOf, type Fold, foldOf } from "../kernels/reduce_kernels.ts";
import { suitsColumns } from "../kernels/reduce.ts";
import { SMALL } from "../kernels/matmul.ts";
import { moved, type Nest, nestOf } from "./loops.ts";
import type { Names } from "./memories.ts";

/** Rows of so many elements are summed by the kernel, in pairs of blocks. */
const MOST_SUMMED = 512;
/** Products of so many terms are written out. */
const MOST_WRITTEN = 8;

/** Whether a step has source, and its kernel need not run. */
export function isWritten({ op, inputs, outputs, attributes }: PlanStep): boolean {
  const [output] = outputs;
  if (output === undefined || sizeOf(output.shape) === 0) return false;
  if (op === "map") return true;
  if (op === "maps") return outputs.every(({ shape }) => sizeOf(shape) > 0);
  if (op === "reduce") return reductionOf(inputs, output, attributes as ReduceAttributes) !== null;
  return op === "matmul" && isSmallProduct(inputs[0], output);
}

/** The source of a step that has one. */
export function sourceOf(step: PlanStep, names: Names, helpers: Helpers): string {
  if (step.op === "map") return mapSource(step, names, helpers);
  if (step.op === "maps") return severalSource(step, names, helpers);
  return step.op === "reduce" ? reduceSource(step, names, helpers) : productSource(step, names);
}

function mapSource({ inputs, outputs, attributes }: PlanStep, names: Names, helpers: Helpers): string {
  const { exprs } = attributes as MapAttributes, first = outputs.length;
  const nest = nestOf(walkOf([...outputs, ...inputs] as unknown as readonly View[], outputs[0].shape), "i");
  const { before, within, results } = elementSource(exprs, inputs, nest, first, names, helpers, outputs);
  const stores = outputs.map((view, k) => names.write(view, nest.places[k], results[k]));
  return [nest.open, before, nest.inner, within, ...stores, ...nest.close].join("\n");
}

function severalSource(step: PlanStep, names: Names, helpers: Helpers): string {
  const all = mapParts(step.attributes as MapsAttributes, step.inputs, step.outputs);
  return all.map(({ part: attributes, inputs, outputs }) =>
    `{\n${mapSource({ ...step, attributes, inputs, outputs }, names, helpers)}\n}`
  ).join("\n");
}

/** What computes expressions of an element: before the innermost loop and in it. */
interface ElementSource {
  readonly before: string;
  readonly within: string;
  readonly results: readonly string[];
}

function elementSource(
  exprs: readonly Expr[],
  inputs: readonly PlanView[],
  { places, fixed }: Nest,
  first: number,
  names: Names,
  helpers: Helpers,
  written: readonly PlanView[],
): ElementSource {
  const isWritten = ({ memory }: PlanView): boolean => written.some((view) => view.memory === memory);
  const loads = inputs.map((view, k) => `const x${k} = ${names.read(view, places[first + k])};`);
  const isBefore = inputs.map((view, k) => fixed[first + k] && !isWritten(view));
  const { statements, results } = emit(exprs, dtypesOf(inputs), inputs.map((_, k) => `x${k}`), helpers);
  return {
    before: loads.filter((_, k) => isBefore[k]).join("\n"),
    within: [...loads.filter((_, k) => !isBefore[k]), ...statements].join("\n"),
    results,
  };
}

/** A reduction whose lanes are folded one after the other, as its kernel would. */
interface Reduction {
  readonly fold: Fold;
  /** Over what stays, the output last. */
  readonly outer: Walk;
  /** Over what goes. */
  readonly inner: Walk;
}

function reductionOf(
  inputs: readonly PlanView[],
  output: PlanView,
  { kind, axes }: ReduceAttributes,
): Reduction | null {
  if (kind === "argmax" || kind === "argmin" || inputs.length === 0) return null;
  const { shape } = inputs[0],
    kept = otherAxes(shape.length, axes),
    views = inputs as unknown as readonly View[];
  const outer = walkOf([...views.map((view) => along(view, kept)), output as unknown as View], output.shape);
  const inner = walkOf(views.map((view) => along(view, axes)), axes.map((axis) => shape[axis]));
  const fold = foldOf(kind, output as unknown as View);
  const isLong = blockOf(fold) < Infinity && inner.size > MOST_SUMMED;
  return isLong || inner.shape.length > 1 || suitsColumns({ outer, inner }) ? null : { fold, outer, inner };
}

function reduceSource(
  { inputs, outputs: [output], attributes }: PlanStep,
  names: Names,
  helpers: Helpers,
): string {
  const { expr } = attributes as ReduceAttributes;
  const { fold, outer, inner } = reductionOf(inputs, output, attributes as ReduceAttributes)!;
  const around = nestOf(outer, "o"), nest = nestOf(inner, "i", around.places);
  const body = elementSource([expr], inputs, nest, 0, names, helpers, [output]);
  const write = names.write(output, around.places[inputs.length], "acc");
  return [
    around.open,
    around.inner,
    body.before,
    foldSource(fold, inner.size, nest, body),
    write,
    ...around.close,
  ]
    .join("\n");
}

// Sums are four that are interleaved, as those of the kernel.
function foldSource(
  fold: Fold,
  size: number,
  nest: Nest,
  { within, results: [result] }: ElementSource,
): string {
  const isSum = blockOf(fold) < Infinity;
  if (!isSum || size < 4) {
    const start = isSum ? "0" : String(fold.start);
    return `let acc = ${start};\n${nest.inner}${within}\nconst v = ${result};\n${fold.step("acc", "v")}\n${
      nest.close[0]
    }`;
  }
  const part = (k: number, i: string) => `{ const i0 = ${i}; ${within}\n s${k} += ${result}; }`,
    whole = size - size % 4;
  const four = [0, 1, 2, 3].map((k) => part(k, `j + ${k}`)).join("\n");
  const rest = Array.from({ length: size % 4 }, (_, k) => part(0, String(whole + k))).join("\n");
  return `let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (let j = 0; j < ${whole}; j += 4) {\n${four}\n}\n${rest}
    const acc = (s0 + s1) + (s2 + s3);`;
}

function isSmallProduct(a: PlanView, { shape, dtype }: PlanView): boolean {
  const k = a.shape[a.shape.length - 1];
  return shape.length === 2 && isFloating(dtype) && k > 0 && sizeOf(shape) * k <= SMALL;
}

function productSource({ inputs: [a, b], outputs: [output] }: PlanStep, names: Names): string {
  const [m, n] = output.shape, k = a.shape[1];
  const at = ({ strides, offset }: PlanView, i: string, j: string): string =>
    moved(moved(String(offset), i, strides[0]), j, strides[1]);
  const term = (l: string): string => `${names.read(a, at(a, "i", l))} * ${names.read(b, at(b, l, "j"))}`;
  const write = names.write(output, at(output, "i", "j"), "sum");
  const sum = k <= MOST_WRITTEN
    ? `const sum = 0 + ${Array.from({ length: k }, (_, l) => term(String(l))).join(" + ")};`
    : `let sum = 0;\nfor (let l = 0; l < ${k}; l++) sum += ${term("l")};`;
  return `for (let i = 0; i < ${m}; i++) {\nfor (let j = 0; j < ${n}; j++) {\n${sum}\n${write}\n}\n}`;
}
