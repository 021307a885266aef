/** Reductions: rows of a fused expression folded into one value each, or columns folded side by side. */
import {
  bytesPerElement,
  type DType,
  type Expr,
  input,
  isFloating,
  type ReduceAttributes,
  type ReduceKind,
  sizeOf,
} from "@tapegrad/core/backend";
import { KernelCache } from "../../common/kernel_cache.ts";
import { legalized } from "../../common/legal.ts";
import { otherAxes } from "../../common/views.ts";
import { eachOuter, suitsAcross, type Walk } from "../../common/walk.ts";
import type { Callable } from "../assembler/body.ts";
import { wasmKnows } from "../expr/knows.ts";
import type { Heap } from "../memory/heap.ts";
import { KernelModule, perHeap, type Run } from "../modules.ts";
import type { WasmKernel } from "./kernel.ts";
import { positionsInColumns, positionsInRows } from "./positions_code.ts";
import { foldingColumns, foldingRows, type Reducing } from "./reduce_code.ts";
import { computedIn, type FoldKind, foldOf } from "./reduce_folds.ts";
import { stepClass } from "./streams.ts";
import { pieceOf } from "./pieces.ts";
import { stridedAlong, sweepOf } from "./sweep.ts";

/** Reduces a map of operands of one shape. */
export const reduce: WasmKernel<ReduceAttributes> = (inputs, [output], { kind, expr, axes }, heap) => {
  const { shape } = inputs[0], kept = otherAxes(shape.length, axes);
  const outer = sweepOf([...inputs.map((x) => stridedAlong(x, kept)), output], output.shape, 1);
  const inner = sweepOf(inputs.map((x) => stridedAlong(x, axes)), axes.map((axis) => shape[axis]), 1);
  if (outer.size === 0) return true;
  const dtypes = inputs.map(({ dtype }) => dtype), { dtype } = output;
  const task: Task = { kind, expr, dtypes, folded: dtype, stored: dtype, outer, inner };
  const height = heightOf(task);
  if (height !== null) runInPieces(heap, task, height);
  else if (inner.shape.length === 1) runTask(heap, task);
  else if (kind === "argmax" || kind === "argmin") return false;
  else runInTwo(heap, task, kind);
  return true;
};

/** One way through the operands, the output last among the outer loops', with one inner loop. */
interface Task {
  readonly kind: ReduceKind;
  readonly expr: Expr;
  readonly dtypes: readonly DType[];
  /** The dtype that decides how elements are folded. */
  readonly folded: DType;
  /** The dtype of what is stored. */
  readonly stored: DType;
  readonly outer: Walk;
  readonly inner: Walk;
}

/** From how many columns on it pays to run along them. */
const COLUMNS = 4;
/** Rows of fewer elements are taken side by side, element by element. */
const SHORT = 8;

function suitsColumns({ shape, strides }: Walk, inner: Walk): boolean {
  if (inner.size < SHORT && shape.at(-1)! > inner.size) return true;
  return suitsAcross({ shape, strides: strides.slice(0, -1) }, inner, COLUMNS);
}

/**
 * A long row is folded so many elements at a time, on one thread too, and so are few rows or columns, of which a piece
 * has so many: so the result is the same on any number.
 */
const PIECE = 2 ** 15, SEVERAL = 2 ** 16;
/** More rows or columns are pieces enough. */
const WIDE = 1024;

// How many elements of each row or column a piece has, where there are at least two of a row, or four of several. Products of floats stay in
// one, and places are counted from the first element.
function heightOf({ kind, dtypes, outer, inner, folded }: Task): number | null {
  if (outer.shape.length > 1 || inner.shape.length > 1 || outer.size > WIDE) return null;
  if (kind === "argmax" || kind === "argmin" || kind === "prod" && isFloating(folded)) return null;
  const height = outer.size === 1 ? PIECE : Math.ceil(SEVERAL / (outer.size * dtypes.length));
  return inner.size < (outer.size === 1 ? 2 : 4) * height ? null : height;
}

// Pieces of rows are rows, and what is left is one of each; then what they give is folded.
function runInPieces(heap: Heap, task: Task, height: number): void {
  const { outer, inner, folded, kind } = task,
    dtype = partialOf(kind as FoldKind, folded),
    width = outer.size;
  const bytes = bytesPerElement(dtype), count = Math.floor(inner.size / height), rest = inner.size % height;
  const total = count + Number(rest > 0), steps = inner.strides.map(([step]) => step), line = width * bytes;
  const [apart] = outer.strides.at(-1)!, over = outer.strides.slice(0, -1).map(([step]) => step);
  heap.scratch(total * line, (room) => {
    const part = (first: number, rows: number, size: number): Task => {
      const starts = inner.starts.map((start, k) => start + first * height * steps[k]);
      const strides = [...steps.map((step, k) => [step * height, over[k]]), [line, bytes]];
      return {
        ...task,
        stored: dtype,
        outer: flat({
          shape: [rows, width],
          strides,
          size: rows * width,
          starts: [...starts, room + first * line],
        }),
        inner: { ...inner, shape: [size], size, starts },
      };
    };
    runTask(heap, part(0, count, height));
    if (rest > 0) runTask(heap, part(count, 1, rest));
    const between = { shape: [total], strides: [[line]], size: total, starts: [room] };
    const to = { ...outer, strides: [[bytes], [apart]], starts: [room, outer.starts.at(-1)!] };
    const read = { expr: input(0), dtypes: [dtype], folded: dtype };
    runTask(heap, { ...task, ...read, outer: to, inner: between });
  });
}

// Without a loop of one turn.
function flat(walk: Walk): Walk {
  const [rows, width] = walk.shape;
  if (rows > 1 && width > 1) return walk;
  const at = Number(rows === 1);
  return { ...walk, shape: [walk.shape[at]], strides: walk.strides.map((steps) => [steps[at]]) };
}

// What the innermost loop gives is written down, and folded in turn.
function runInTwo(heap: Heap, task: Task, kind: Exclude<ReduceKind, "argmax" | "argmin">): void {
  const { outer, inner, folded } = task, dtype = partialOf(kind, folded), bytes = bytesPerElement(dtype);
  const depth = inner.shape.length - 1, rest = inner.shape.slice(0, depth), count = sizeOf(rest);
  const last: Walk = {
    ...{ shape: inner.shape.slice(depth), strides: inner.strides.map((steps) => steps.slice(depth)) },
    ...{ size: inner.shape[depth], starts: inner.starts },
  };
  const isAcross = suitsColumns(outer, last), join = isAcross ? <T>(a: T[], b: T[]) => [...a, ...b] : swapped;
  const shape = join(rest, [...outer.shape]), steps = rowMajor(shape, bytes);
  heap.scratch(outer.size * count * bytes, (room) => {
    const strides = inner.strides.map((own, k) => join(own.slice(0, depth), [...outer.strides[k]]));
    const starts = [...outer.starts.slice(0, -1), room], size = outer.size * count;
    const first = { shape, strides: [...strides, steps], size, starts };
    runTask(heap, { ...task, stored: dtype, outer: first, inner: last });
    const own = isAcross ? steps.slice(depth) : steps.slice(0, outer.shape.length);
    const second = { ...outer, strides: [own, outer.strides.at(-1)!], starts: [room, outer.starts.at(-1)!] };
    const between = {
      shape: [count],
      strides: [[isAcross ? outer.size * bytes : bytes]],
      size: count,
      starts: [room],
    };
    const read = { expr: input(0), dtypes: [dtype], folded: dtype };
    runTask(heap, { ...task, ...read, outer: second, inner: between });
  });
}

function swapped<T>(a: T[], b: T[]): T[] {
  return [...b, ...a];
}

function rowMajor(shape: readonly number[], bytes: number): number[] {
  const steps = new Array<number>(shape.length);
  for (let axis = shape.length - 1, step = bytes; axis >= 0; axis--) {
    steps[axis] = step;
    step *= shape[axis];
  }
  return steps;
}

// Sums and products are not rounded on the way.
function partialOf(kind: ReduceKind, dtype: DType): DType {
  if ((kind === "sum" || kind === "prod") && isFloating(dtype)) return "f64";
  return kind === "any" || kind === "all" ? "bool" : computedIn(dtype);
}

function runTask(heap: Heap, task: Task): void {
  const { outer, inner, dtypes } = task, isAcross = suitsColumns(outer, inner), last = outer.shape.length - 1;
  const along = outer.strides.map((steps) => steps[last]), move = along.pop()!;
  const down = inner.strides.map(([step]) => step),
    [steps, rowSteps] = isAcross ? [along, down] : [down, along];
  const run = kernelFor(heap, task, isAcross, steps, move);
  const counts = isAcross ? [outer.shape[last], inner.size] : [inner.size, outer.shape[last]];
  const args = [...counts, 0, move, ...dtypes.flatMap((_, k) => [0, steps[k], rowSteps[k]])];
  const cost = outer.size * inner.size * dtypes.length * EACH,
    count = outer.shape[last],
    place = Number(!isAcross);
  const isAlone = !heap.isShared(cost) || outer.starts.indexOf(outer.starts[dtypes.length]) < dtypes.length;
  const most = isAlone ? count : pieceOf(count, cost / (outer.size / count));
  heap.parallel(isAlone ? 0 : cost, 0, (job) => {
    eachOuter(outer, 1, (at) => {
      for (let j = 0; j < count; j += most) {
        args[place] = Math.min(most, count - j);
        args[2] = at[dtypes.length] + j * move;
        for (let k = 0; k < dtypes.length; k++) args[4 + 3 * k] = at[k] + j * along[k];
        job.call(run, args);
        job.next();
      }
    });
  });
}

/** About how many nanoseconds it takes to fold an element. */
const EACH = 0.3;

const kernelsOf = perHeap(() => new KernelCache<string, Run>());

function kernelFor(
  heap: Heap,
  task: Task,
  isAcross: boolean,
  steps: readonly number[],
  move: number,
): Run {
  const { kind, expr, dtypes, folded, stored } = task;
  const inputs = dtypes.map((dtype, k) => ({ dtype, class: stepClass(steps[k], dtype) }));
  const output = { dtype: stored, class: isAcross ? stepClass(move, stored) : "s" } as const;
  const key = `${kind}${isAcross ? "|" : "-"}${folded}${stored}${output.class}` +
    inputs.map((one) => one.class + one.dtype).join();
  return kernelsOf(heap).get([expr], key, () => {
    const module = new KernelModule(), legal = legalized([expr], dtypes, wasmKnows), simd = heap.simd;
    return module.only(codeOf(module, task, isAcross, { simd, legal, inputs, output }), heap.memory);
  });
}

function codeOf(
  module: KernelModule,
  { kind, folded }: Task,
  isAcross: boolean,
  reduced: Reducing,
): Callable {
  const { simd, legal } = reduced;
  if (kind === "argmax" || kind === "argmin") {
    const type = legal.types.get(legal.roots[0])!, dtype = type === "bool" ? "i32" : computedIn(type);
    const fold = foldOf(kind === "argmax" ? "max" : "min", dtype, simd !== "scalar");
    return isAcross
      ? positionsInColumns(module, reduced, kind, fold)
      : positionsInRows(module, reduced, fold);
  }
  // Products stay in one piece: one that overflows would make a NaN of a 0 in another.
  if (!isAcross && kind === "prod" && isFloating(folded)) {
    return foldingRows(module, { ...reduced, simd: "scalar" }, foldOf(kind, folded, false));
  }
  const fold = foldOf(kind, folded, simd !== "scalar");
  return isAcross ? foldingColumns(module, reduced, fold) : foldingRows(module, reduced, fold);
}
