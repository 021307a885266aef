/** What reads or writes at computed positions. */
import {
  type AxisAttributes,
  bytesPerElement,
  sameShape,
  type ScatterAttributes,
} from "@tapegrad/core/backend";
import { outOfRange } from "../../common/index_range.ts";
import { eachOuter } from "../../common/walk.ts";
import type { Heap } from "../memory/heap.ts";
import type { Run } from "../modules.ts";
import { bitsOf, cellOf, isPlain, type Plain } from "./cells.ts";
import { copyElements } from "./copy.ts";
import { elementwise, INDEX, met, metRuns, moving, runs, setting } from "./indexing_code.ts";
import type { Operand, WasmKernel } from "./kernel.ts";
import { made } from "./made.ts";
import { repeatedAt, sweepOf } from "./sweep.ts";

/** What is addressed along an axis, by which index, and what stands beside it. */
interface Indexing {
  readonly op: string;
  readonly axis: number;
  readonly target: Operand;
  readonly index: Operand;
  readonly beside: Operand;
}

/** `output[…, i, …] = x[…, index[…, i, …], …]`. */
export const gather: WasmKernel<AxisAttributes> = ([x, index], [output], { axis }, heap) => {
  const bytes = bytesPerElement(x.dtype);
  visit(
    heap,
    { op: "gather", axis, target: x, index, beside: output },
    (areRuns) =>
      areRuns
        ? made(heap, `gather runs of ${bytes}`, (module) => runs(module, bytes))
        : made(heap, `gather ${bytes}`, (module) => elementwise(module, moving(bitsOf(x.dtype)))),
  );
  return true;
};

/** A copy of x with source added, set, multiplied … at index, in the order of the elements of source. */
export const scatter: WasmKernel<ScatterAttributes> = (
  [x, index, source],
  [output],
  { kind, axis },
  heap,
) => {
  const { dtype } = output, bytes = bytesPerElement(dtype);
  if (kind !== "set" && !isPlain(dtype)) return false;
  if (!isSame(x, output)) copyElements(heap, x, output);
  visit(
    heap,
    { op: "scatter", axis, target: output, index, beside: source },
    (areRuns) =>
      kind !== "set" && isPlain(dtype)
        ? meetingFor(heap, kind, dtype, areRuns)
        : made(heap, `scatter ${bytes}`, (module) => elementwise(module, setting(bitsOf(dtype)))),
  );
  return true;
};

// Rows of one index, as those of an embedding, meet as vectors, one after the other.
function meetingFor(
  heap: Heap,
  kind: Exclude<ScatterAttributes["kind"], "set">,
  dtype: Plain,
  areRuns: boolean,
): Run {
  const name = `scatter ${kind} ${dtype}`;
  if (areRuns && dtype !== "bool") {
    return made(heap, `${name} in runs`, (module) => metRuns(module, heap.simd, kind, dtype));
  }
  return made(heap, name, (module) => elementwise(module, met(kind, dtype, cellOf(dtype))));
}

/** From so many bytes on a run is copied by one instruction. */
const RUN = 64;

function visit(
  heap: Heap,
  { op, axis, target, index, beside }: Indexing,
  choose: (areRuns: boolean) => Run,
): void {
  const walk = sweepOf([repeatedAt(target, axis), index, beside], index.shape);
  if (walk.size === 0) return;
  const bytes = bytesPerElement(target.dtype), [rows, n] = walk.shape.slice(-2);
  const [[row, step], [indexRow, indexStep], [besideRow, besideStep]] = walk.strides.map((s) => s.slice(-2));
  const areRuns = indexStep === 0 && step === bytes && besideStep === bytes && n * bytes >= RUN;
  const run = choose(areRuns), extent = target.shape[axis], along = target.strides[axis] * bytes;
  eachOuter(walk, 2, ([p, i, q]) => {
    const args = [p, i, q, n, step, indexStep, besideStep, rows, row, indexRow, besideRow, extent, along];
    heap.check(run, args, (bad) => {
      throw outOfRange(op, heap.array(index.dtype)[(bad >>> 0) / INDEX], axis, extent);
    });
  });
}

function isSame(a: Operand, b: Operand): boolean {
  return a.pointer === b.pointer && sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides);
}
