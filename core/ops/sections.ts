/** Tensors cut at places, or into as many parts as are asked for. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger } from "../base/settings.ts";
import { listOf, normalizeAxis } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { split } from "./pieces.ts";
import { narrow } from "./windows.ts";

const MOST_PARTS = 2 ** 20;

function cutAt(x: Tensor, axis: number, ends: readonly number[]): Tensor[] {
  const n = x.shape[axis];
  const bounds = [0, ...ends.map((end) => Math.min(Math.max(end < 0 ? end + n : end, 0), n)), n];
  return bounds.slice(1).map((end, i) =>
    narrow(x, axis, Math.min(bounds[i], end), Math.max(0, end - bounds[i]))
  );
}

function cut(
  op: string,
  x: Tensor,
  parts: number | readonly number[],
  axis: number,
  evenly = false,
): Tensor[] {
  checkTensor(op, x);
  const at = normalizeAxis(op, axis, x.rank);
  if (x.rank <= at) {
    throw new ShapeError(`Cannot ${op} ${showShape(x.shape)}: it has no axis ${at}`, {
      op,
      shapes: [x.shape],
    });
  }
  if (typeof parts !== "number") {
    const ends = listOf(op, "at", parts);
    for (const end of ends) checkInteger(op, "an index", end);
    return cutAt(x, at, ends);
  }
  checkInteger(op, "a count", parts, 1, MOST_PARTS);
  const n = x.shape[at], small = Math.floor(n / parts), larger = n % parts;
  if (evenly && larger > 0) {
    throw new ShapeError(
      `Cannot ${op} ${
        showShape(x.shape)
      } into ${parts}: that does not divide its extent of ${n}, use tensorSplit()`,
      { op, shapes: [x.shape] },
    );
  }
  return split(x, Array.from({ length: parts }, (_, i) => i < larger ? small + 1 : small), at);
}

/**
 * A tensor cut into so many parts, or at these places.
 *
 * @category Shape
 */
export type SplitAlongOp = (x: Tensor, parts: number | readonly number[]) => Tensor[];

/**
 * So many parts along an axis, the first unless said, whose extents differ by at most one, or what lies between places:
 * `torch.tensor_split`.
 *
 * @category Shape
 * @example
 * ```ts
 * import { arange, tensorSplit } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tensorSplit(arange(7), 3).map((part) => part.size), [3, 2, 2]);
 * assertEquals(tensorSplit(arange(7), [1, 5]).map((part) => part.size), [1, 4, 2]);
 * ```
 */
export function tensorSplit(x: Tensor, parts: number | readonly number[], axis = 0): Tensor[] {
  return cut("tensorSplit", x, parts, axis);
}

/**
 * Parts along the second axis, or along that of a vector, as `tensorSplit`; a count must divide: `torch.hsplit`.
 *
 * @category Shape
 */
export function hsplit(x: Tensor, parts: number | readonly number[]): Tensor[] {
  return cut("hsplit", x, parts, x?.rank === 1 ? 0 : 1, true);
}

/**
 * Parts along the first axis of a matrix or more, as `tensorSplit`; a count must divide: `torch.vsplit`.
 *
 * @category Shape
 */
export function vsplit(x: Tensor, parts: number | readonly number[]): Tensor[] {
  return cut("vsplit", x, parts, 0, true);
}

/**
 * Parts along the third axis, as `tensorSplit`; a count must divide: `torch.dsplit`.
 *
 * @category Shape
 */
export function dsplit(x: Tensor, parts: number | readonly number[]): Tensor[] {
  return cut("dsplit", x, parts, 2, true);
}

registerFunctions({ tensorSplit: 1, hsplit: 1, vsplit: 1, dsplit: 1 });
