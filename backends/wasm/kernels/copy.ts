/** Copies of strided elements as they are. */
import { bytesPerElement, type DType } from "@tapegrad/core/backend";
import { eachOuter, type Walk } from "../../common/walk.ts";
import type { Callable } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import { i32, op, plus, times, type Value } from "../assembler/values.ts";
import type { Heap } from "../memory/heap.ts";
import type { Job } from "../threads/job.ts";
import { bitsOf, type Cell } from "./cells.ts";
import type { Operand } from "./kernel.ts";
import { made } from "./made.ts";
import { sweepOf } from "./sweep.ts";

/** Copies elements into a view of the same shape and dtype that they do not overlap. */
export function copyElements(heap: Heap, from: Operand, to: Operand): void {
  const walk = sweepOf([from, to], to.shape);
  if (walk.size === 0) return;
  copyAlong(heap, heap.job, walk, to.dtype, 0);
}

/** Which of both operands of a copy are in the room of a job. */
export const FROM_ROOM = 1, TO_ROOM = 2;

/** Tells a job to copy elements into a view of the same shape and dtype; `moved` says which are in its room. */
export function tellCopy(heap: Heap, job: Job, from: Operand, to: Operand, moved: number): void {
  const walk = sweepOf([from, to], to.shape);
  if (walk.size > 0) copyAlong(heap, job, walk, to.dtype, moved);
}

/** Tells a job to make bytes of its room 0. */
export function tellClear(heap: Heap, job: Job, pointer: number, bytes: number, moved: number): void {
  const clear = made(
    heap,
    "clear",
    (module) => module.define(["i32", "i32"], null, (body, [to, count]) => body.fill(to, 0, count)),
  );
  job.call(clear, [pointer, bytes], moved);
}

function copyAlong(heap: Heap, job: Job, walk: Walk, dtype: DType, moved: number): void {
  const [rows, n] = walk.shape.slice(-2), bytes = bytesPerElement(dtype);
  const [[fromRow, step], [toRow, move]] = walk.strides.map((s) => s.slice(-2));
  const [name, build] = waysOf(bytes, step, move, bitsOf(dtype)), run = made(heap, name, build);
  eachOuter(walk, 2, ([p, q]) => job.call(run, [p, q, n, step, move, rows, fromRow, toRow], moved));
}

function waysOf(
  bytes: number,
  step: number,
  move: number,
  cell: Cell,
): readonly [name: string, build: (module: Module) => Callable] {
  if (move === bytes && step === bytes) return [`copy runs of ${bytes}`, (module) => runs(module, bytes)];
  if (move === bytes && step === 0) return [`repeat ${bytes}`, (module) => repeats(module, cell)];
  return [`copy ${bytes}`, (module) => elements(module, cell)];
}

/** Makes all elements of a view 0. */
export function clearElements(heap: Heap, to: Operand): void {
  const walk = sweepOf([to], to.shape), bytes = bytesPerElement(to.dtype);
  if (walk.size === 0) return;
  const [rows, n] = walk.shape.slice(-2),
    [row, step] = walk.strides[0].slice(-2);
  if (step === bytes) return eachOuter(walk, 2, ([start]) => clearRows(heap, start, rows, row, n * bytes));
  heap.scratch(bytes, (pointer) => {
    heap.clear(pointer, bytes);
    copyElements(heap, { ...to, pointer, strides: to.strides.map(() => 0) }, to);
  });
}

function clearRows(heap: Heap, start: number, rows: number, row: number, bytes: number): void {
  for (let k = 0; k < rows; k++) heap.clear(start + k * row, bytes);
}

const PARAMETERS = Array.from({ length: 8 }, () => "i32" as const);

function elements(module: Module, cell: Cell): Callable {
  return module.define(PARAMETERS, null, (body, [from, to, n, step, move, rows, fromRow, toRow]) => {
    const k = body.local("i32");
    body.upTo(body.local("i32"), rows, 1, () => {
      const p = body.keep(from), q = body.keep(to);
      body.set(k, i32(0));
      body.upTo(k, n, 1, () => {
        cell.store(body, q, cell.load(p));
        body.advance(p, step);
        body.advance(q, move);
      });
      body.advance(from, fromRow);
      body.advance(to, toRow);
    });
  });
}

function runs(module: Module, bytes: number): Callable {
  return module.define(PARAMETERS, null, (body, [from, to, n, , , rows, fromRow, toRow]) => {
    body.upTo(body.local("i32"), rows, 1, () => {
      body.copy(to, from, times(n, bytes));
      body.advance(from, fromRow);
      body.advance(to, toRow);
    });
  });
}

// Rows of one element each: most often a 0, with which the engine fills memory fastest.
function repeats(module: Module, cell: Cell): Callable {
  return module.define(PARAMETERS, null, (body, [from, to, n, , , rows, fromRow, toRow]) => {
    const { bytes } = cell, end = body.local("i32"), q = body.local("i32");
    body.upTo(body.local("i32"), rows, 1, () => {
      const value = body.keep(cell.load(from));
      body.set(end, plus(to, times(n, bytes)));
      body.set(q, to);
      const isNone = value.type === "i64"
        ? op("i64.eqz", value as Value<"i64">)
        : op("i32.eqz", value as Value<"i32">);
      body.if(
        isNone,
        () => body.fill(to, 0, times(n, bytes)),
        () => body.upTo(q, end, bytes, () => cell.store(body, q, value)),
      );
      body.advance(from, fromRow);
      body.advance(to, toRow);
    });
  });
}
