/** Elementwise kernels: one generated function per expressions, dtypes and layout class. */
import {
  bytesPerElement,
  dtypeCode,
  type Expr,
  input,
  isContiguous,
  type MapAttributes,
  sizeOf,
} from "@tapegrad/core/backend";
import { KernelCache } from "../../common/kernel_cache.ts";
import { legalized } from "../../common/legal.ts";
import { isRepeated } from "../../common/views.ts";
import type { Walk } from "../../common/walk.ts";
import type { Callable } from "../assembler/body.ts";
import { helpersOf } from "../expr/helpers.ts";
import { wasmKnows } from "../expr/knows.ts";
import { fuses, type Simd } from "../features.ts";
import type { Heap } from "../memory/heap.ts";
import { KernelModule, perHeap, type Run } from "../modules.ts";
import type { Operand, WasmKernel } from "./kernel.ts";
import { defineMap, definePlanes, type MapForm, type StepClass } from "./map_code.ts";
import { defineTiles, TILE } from "./map_tiles_code.ts";
import { pieceOf } from "./pieces.ts";
import { type Calls, directlyOn, inPieces, runAlong, runPlanes, SQUARE, walkAlong } from "./map_walk.ts";

/** A kernel, and about how many nanoseconds an element takes. */
interface Made {
  readonly run: Run;
  readonly cost: number;
}

const kernelsOf = perHeap(() => new KernelCache<number | string, Made | null>());

/** `map`. */
export const map: WasmKernel<MapAttributes> = (inputs, outputs, { exprs }, heap) => {
  const n = sizeOf(outputs[0].shape);
  if (n === 0) return true;
  const key = flatKey(inputs, outputs);
  if (key === 0) return runStrided(exprs, inputs, outputs, heap);
  if (isCopy(exprs, inputs, outputs)) return copyRun(inputs[0], outputs[0], n, heap);
  const kernels = kernelsOf(heap).of(exprs);
  let made = kernels.get(key);
  if (made === undefined) {
    const operands = [...outputs, ...inputs];
    const classes = operands.map((operand): StepClass => isContiguous(operand) ? "1" : "0");
    kernels.set(key, made = compiled(exprs, operands, classes, heap));
  }
  if (made === null) return false;
  if (heap.isShared(n * made.cost) && !isInPlace(inputs, outputs)) shareRow(made, n, outputs, inputs, heap);
  else runRow(heap.calls(made.run), n, outputs, inputs);
  return true;
};

/** How many operands a number can hold as a key. */
const MOST_KEYED = 10;

/**
 * Operands whose elements lie one after another, or are the same for all, told by a number, or where there are many, as
 * of an optimizer's update, by numbers in a text; 0 where there are others.
 */
export function flatKey(inputs: readonly Operand[], outputs: readonly Operand[]): number | string {
  const first = outputs.length, count = first + inputs.length;
  let key = 1, full = "";
  for (let k = 0; k < count; k++) {
    const operand = k < first ? outputs[k] : inputs[k - first], isFlat = isContiguous(operand);
    if (!isFlat && !isRepeated(operand)) return 0;
    if (k > 0 && k % MOST_KEYED === 0) {
      full += `${key},`;
      key = 1;
    }
    key = key * 16 + dtypeCode(operand.dtype) * 2 + Number(isFlat);
  }
  return full === "" ? key : full + key;
}

const itself = input(0);

function isCopy([expr]: readonly Expr[], [from]: readonly Operand[], outputs: readonly Operand[]): boolean {
  return expr === itself && outputs.length === 1 && from.dtype === outputs[0].dtype && isContiguous(from);
}

function copyRun(from: Operand, to: Operand, n: number, heap: Heap): true {
  const bytes = n * bytesPerElement(to.dtype);
  heap.copy(to.pointer, from.pointer, bytes);
  return true;
}

// Without a list of arguments where there are few.
function runRow(run: Run, n: number, outputs: readonly Operand[], inputs: readonly Operand[]): void {
  const [{ pointer }] = outputs;
  if (outputs.length === 1 && inputs.length === 1) run(1, n, pointer, 0, inputs[0].pointer, 0);
  else if (outputs.length === 1 && inputs.length === 2) {
    run(1, n, pointer, 0, inputs[0].pointer, 0, inputs[1].pointer, 0);
  } else {
    const places: number[] = [];
    for (const { pointer } of outputs) places.push(pointer, 0);
    for (const { pointer } of inputs) places.push(pointer, 0);
    run(1, n, ...places);
  }
}

// What is read and written at once cannot be computed again, where a thread dies that had begun.
function isInPlace(inputs: readonly Operand[], outputs: readonly Operand[]): boolean {
  return inputs.some((input) => outputs.some((output) => input.pointer === output.pointer));
}

function shareRow(
  { run, cost }: Made,
  n: number,
  outputs: readonly Operand[],
  inputs: readonly Operand[],
  heap: Heap,
): void {
  const operands = [...outputs, ...inputs], count = pieceOf(n, n * cost);
  const steps = operands.map((operand) => isContiguous(operand) ? bytesPerElement(operand.dtype) : 0);
  heap.parallel(n * cost, 0, (job) => {
    for (let i = 0; i < n; i += count) {
      const places = operands.flatMap(({ pointer }, k) => [pointer + i * steps[k], 0]);
      job.call(run, [1, Math.min(count, n - i), ...places]);
      job.next();
    }
  });
}

/** Nanoseconds to read or write an element. */
export const MOVED = 0.25;
/** Nanoseconds to compute a node of an expression. */
const COMPUTED = 0.03;

/** Code of expressions of more nodes would take seconds to compile. */
export const MOST_NODES = 8000;

type Define = (kernel: KernelModule, form: MapForm, simd: Simd) => Callable;

function compiled(
  exprs: readonly Expr[],
  operands: readonly Operand[],
  classes: readonly StepClass[],
  { simd, memory }: Heap,
  define: Define = defineMap,
): Made | null {
  const dtypes = operands.map(({ dtype }) => dtype), outputs = exprs.length, kernel = new KernelModule();
  const legal = legalized(exprs, dtypes.slice(outputs), wasmKnows);
  if (legal.order.length > MOST_NODES) return null;
  const helpers = kernel.import(helpersOf(legal, fuses(simd)));
  const run = kernel.only(define(kernel, { legal, dtypes, classes, outputs, helpers }, simd), memory);
  return { run, cost: operands.length * MOVED + legal.order.length * COMPUTED };
}

function runStrided(
  exprs: readonly Expr[],
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  heap: Heap,
): boolean {
  const operands = [...outputs, ...inputs], walk = walkAlong(operands), first = outputs.length;
  const classes = operands.map(({ dtype }, k): StepClass => {
    const step = walk.strides[k].at(-1);
    return step === bytesPerElement(dtype) ? "1" : step === 0 && k >= first ? "0" : "s";
  });
  const key = `${classes.join("")}:${operands.map(({ dtype }) => dtype).join()}`,
    kernels = kernelsOf(heap).of(exprs);
  const find = (key: string, define: Define) => {
    let made = kernels.get(key);
    if (made === undefined) kernels.set(key, made = compiled(exprs, operands, classes, heap, define));
    return made;
  };
  const hasStep = classes.map((kind) => kind === "s");
  const isTiled = heap.simd !== "scalar" && canTile(operands, walk, classes, first);
  if (!isTiled && walk.shape.length > 2) {
    const planes = find(`planes ${key}`, definePlanes);
    if (planes === null) return false;
    cut(heap, planes.cost, inputs, outputs, (calls) => runPlanes(walk, hasStep, planes.run, calls));
    return true;
  }
  const rows = find(key, defineMap), tiles = isTiled ? find(`tiles ${key}`, defineTiles) : null;
  if (rows === null) return false;
  const runs = { rows: rows.run, tiles: tiles && tiles.run };
  cut(heap, rows.cost, inputs, outputs, (calls) => runAlong(walk, hasStep, runs, calls));
  return true;
}

/** How many times as long elements take that lie apart, and of how many a piece has at least, so that tiles stay whole. */
const APART = 2, WHOLE = SQUARE * SQUARE;

// Calls at once, or where it is worth it in pieces that threads share.
function cut(
  heap: Heap,
  cost: number,
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  run: (calls: Calls) => void,
): void {
  const n = sizeOf(outputs[0].shape), nanoseconds = n * cost * APART;
  if (!heap.isShared(nanoseconds) || isInPlace(inputs, outputs)) return run(directlyOn(heap));
  const most = Math.max(pieceOf(n, nanoseconds), WHOLE);
  heap.parallel(nanoseconds, 0, (job) => run(inPieces(job, most)));
}

// Whether outputs lie along rows and what does not lies across them, in elements of four bytes.
function canTile(
  operands: readonly Operand[],
  walk: Walk,
  classes: readonly StepClass[],
  first: number,
): boolean {
  const [rows, n] = walk.shape.slice(-2);
  if (rows < TILE || n < TILE || !classes.includes("s")) return false;
  return operands.every(({ dtype }, k) => {
    if (bytesPerElement(dtype) !== 4) return false;
    return classes[k] === "s" ? k >= first && walk.strides[k].at(-2) === 4 : true;
  });
}
