/** What reads or writes at computed positions. */
import {
  type AxisAttributes,
  bytesPerElement,
  sameShape,
  type ScatterAttributes,
  sizeOf,
} from "@tapegrad/core/backend";
import { outOfRange } from "../../common/index_range.ts";
import { eachOuter } from "../../common/walk.ts";
import type { Callable } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import type { Heap } from "../memory/heap.ts";
import type { Job } from "../threads/job.ts";
import { bitsOf, cellOf, isPlain, type Plain } from "./cells.ts";
import { copyElements, tellCopy } from "./copy.ts";
import { elementwise, firstOf, INDEX, met, metRuns, moving, noting, runs, setting } from "./indexing_code.ts";
import type { Operand, WasmKernel } from "./kernel.ts";
import { made } from "./made.ts";
import { eachPart, partAlong, type Parts, partsOf } from "./parts.ts";
import { repeatedAt, sweepOf } from "./sweep.ts";

/** A function by its name, which gives the pointer of an index out of range, or 0. */
interface Code {
  readonly name: string;
  readonly build: (module: Module) => Callable;
}

/** What is addressed along an axis, by which index, and what stands beside it. */
interface Indexing {
  readonly op: string;
  readonly axis: number;
  readonly target: Operand;
  readonly index: Operand;
  readonly beside: Operand;
  /** What does it: element by element, or for runs of one index. */
  readonly code: (areRuns: boolean) => Code;
}

/** About how many nanoseconds an element takes that is addressed by an index of its own, and a byte of a run. */
const EACH = 2, BYTE = 0.1;

/** `output[…, i, …] = x[…, index[…, i, …], …]`. */
export const gather: WasmKernel<AxisAttributes> = ([x, index], [output], { axis }, heap) => {
  const bytes = bytesPerElement(x.dtype);
  const code = (areRuns: boolean): Code =>
    areRuns
      ? { name: `gather runs of ${bytes}`, build: (module) => runs(module, bytes) }
      : { name: `gather ${bytes}`, build: (module) => elementwise(module, moving(bitsOf(x.dtype))) };
  const indexing: Indexing = { op: "gather", axis, target: x, index, beside: output, code };
  const cost = costOf(indexing), axes = index.shape.map((_, i) => i);
  const parts = heap.isShared(cost) ? partsOf(index.shape, axes, cost) : null;
  if (parts) share(heap, indexing, parts, cost);
  else runAlone(heap, indexing);
  return true;
};

/** A copy of x with source added, set, multiplied … at index, in the order of the elements of source. */
export const scatter: WasmKernel<ScatterAttributes> = (
  [x, index, source],
  [output],
  { kind, axis },
  heap,
) => {
  const { dtype } = output, bytes = bytesPerElement(dtype), isInPlace = isSame(x, output);
  if (kind !== "set" && !isPlain(dtype)) return false;
  const code = (areRuns: boolean): Code =>
    kind !== "set" && isPlain(dtype)
      ? meeting(heap, kind, dtype, areRuns)
      : { name: `scatter ${bytes}`, build: (module) => elementwise(module, setting(bitsOf(dtype))) };
  const indexing: Indexing = { op: "scatter", axis, target: output, index, beside: source, code };
  const cost = costOf(indexing) + (isInPlace ? 0 : sizeOf(output.shape) * bytes * BYTE);
  const others = index.shape.map((_, i) => i).filter((i) => i !== axis);
  // What is added to what is there cannot be computed again, where a thread dies that had begun.
  const isRepeatable = !isInPlace || kind === "set";
  const parts = isRepeatable && heap.isShared(cost) ? partsOf(index.shape, others, cost) : null;
  if (parts) return share(heap, indexing, parts, cost, isInPlace ? undefined : x);
  if (!isInPlace) copyElements(heap, x, output);
  runAlone(heap, indexing);
  return true;
};

// Rows of one index, as those of an embedding, meet as vectors, one after the other.
function meeting(
  { simd }: Heap,
  kind: Exclude<ScatterAttributes["kind"], "set">,
  dtype: Plain,
  areRuns: boolean,
): Code {
  const name = `scatter ${kind} ${dtype}`;
  if (areRuns && dtype !== "bool") {
    return { name: `${name} in runs`, build: (module) => metRuns(module, simd, kind, dtype) };
  }
  return { name, build: (module) => elementwise(module, met(kind, dtype, cellOf(dtype))) };
}

/** From so many bytes on a run is copied by one instruction. */
const RUN = 64;

function costOf({ index, beside }: Indexing): number {
  const n = sizeOf(index.shape), areRuns = index.strides.at(-1) === 0 && index.shape.at(-1)! > 1;
  return n * (areRuns ? 2 * bytesPerElement(beside.dtype) * BYTE : EACH);
}

/** A call of a function. */
interface Told {
  readonly code: Code;
  readonly args: readonly number[];
}

function eachCall({ axis, target, index, beside, code }: Indexing, visit: (told: Told) => void): void {
  const walk = sweepOf([repeatedAt(target, axis), index, beside], index.shape);
  if (walk.size === 0) return;
  const bytes = bytesPerElement(target.dtype), [rows, n] = walk.shape.slice(-2);
  const [[row, step], [indexRow, indexStep], [besideRow, besideStep]] = walk.strides.map((s) => s.slice(-2));
  const areRuns = indexStep === 0 && step === bytes && besideStep === bytes && n * bytes >= RUN;
  const chosen = code(areRuns), extent = target.shape[axis], along = target.strides[axis] * bytes;
  const rest = [n, step, indexStep, besideStep, rows, row, indexRow, besideRow, extent, along];
  eachOuter(walk, 2, (at) => visit({ code: chosen, args: [...at, ...rest] }));
}

// Where an index is out of range, by its pointer.
function failing(heap: Heap, { op, axis, index, target }: Indexing): (found: number) => void {
  return (found) => {
    throw outOfRange(op, heap.array(index.dtype)[(found >>> 0) / INDEX], axis, target.shape[axis]);
  };
}

function runAlone(heap: Heap, indexing: Indexing): void {
  const fail = failing(heap, indexing);
  eachCall(indexing, ({ code, args }) => heap.check(made(heap, code.name, code.build), args, fail));
}

// In parts that write to no element of one another's, each with a word that says what it found out of range. They begin by
// a copy of what they add to, where that is elsewhere.
function share(heap: Heap, indexing: Indexing, { axis, most }: Parts, cost: number, from?: Operand): true {
  const { index, target, beside } = indexing, extent = index.shape[axis], count = Math.ceil(extent / most);
  heap.scratch(count * INDEX, (notes) => {
    heap.clear(notes, count * INDEX);
    heap.parallel(cost, 0, (job) => {
      let note = notes;
      eachPart(extent, most, (start, own) => {
        const cut = (operand: Operand, n = own) => partAlong(operand, axis, start, n),
          isAlong = axis === indexing.axis;
        // What no index names belongs to the last part.
        const behind = start + own === extent ? target.shape[axis] - start : own;
        if (from) tellCopy(heap, job, cut(from, behind), cut(target, behind), 0);
        tell(heap, job, {
          ...indexing,
          target: isAlong ? target : cut(target),
          index: cut(index),
          beside: cut(beside),
        }, note);
        job.next();
        note += INDEX;
      });
    });
    heap.check(made(heap, "first note", firstOf), [notes, count], failing(heap, indexing));
  });
  return true;
}

function tell(heap: Heap, job: Job, indexing: Indexing, note: number): void {
  eachCall(indexing, ({ code: { name, build }, args }) => {
    job.call(made(heap, `${name}, noting`, (module) => noting(module, build(module))), [...args, note]);
  });
}

function isSame(a: Operand, b: Operand): boolean {
  return a.pointer === b.pointer && sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides);
}
