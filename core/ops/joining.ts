/** Tensors put together along an axis, with repetitions. */
import { defineOp } from "../define/composite.ts";
import { commonDtype } from "../define/operands.ts";
import { listed } from "../base/text.ts";
import { tensorsOf } from "../tensor/tree.ts";
import { apply } from "../call/apply.ts";
import { registerFunctions } from "../call/catalog.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { concatenate } from "../primitives/movement.ts";
import { checkShape, listOf, normalizeAxis, sameShape } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { expand, flatten, reshape, unsqueeze } from "./shape.ts";
import { narrow } from "./windows.ts";

function some(op: string, given: readonly Tensor[]): readonly Tensor[] {
  const tensors = tensorsOf(op, given);
  if (tensors.length > 0) return tensors;
  throw new ShapeError(`Cannot ${op} no tensors: pass at least one`, { op });
}

/**
 * Tensors one after another along an axis, in the dtype in which they meet. No tensors, scalars, or other
 * extents that differ are a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { concat, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = variable([1, 2]), b = variable([3]);
 * const joined = concat([a, b]);
 * joined.mul(tensor([10, 20, 30])).sum().backward();
 * assertEquals(await joined.array(), [1, 2, 3]);
 * assertEquals(await a.grad!.array(), [10, 20]);
 * assertEquals(await b.grad!.array(), [30]);
 * ```
 */
export function concat(given: readonly Tensor[], axis = 0): Tensor {
  const tensors = some("concat", given), [first] = tensors, at = normalizeAxis("concat", axis, first.rank);
  const fits = (t: Tensor) =>
    t.rank === first.rank && t.shape.every((n, i) => i === at || n === first.shape[i]);
  if (first.rank === 0 || !tensors.every(fits)) {
    throw new ShapeError(
      `Cannot concat ${tensors.map((t) => showShape(t.shape)).join(" and ")} along axis ${axis}: ` +
        (first.rank === 0 ? "scalars have no axis, use stack()" : "extents along the other axes must agree"),
      { op: "concat", shapes: tensors.map((t) => t.shape) },
    );
  }
  if (tensors.length === 1) return first;
  const dtype = commonDtype(tensors);
  return apply(concatenate, tensors.map((t) => t.to(dtype)), { axis: at });
}

/**
 * Tensors of one shape side by side along a new axis. No tensors, or other shapes, are a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { stack, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([1, 2]), b = tensor([3, 4]);
 * assertEquals(await stack([a, b]).array(), [[1, 2], [3, 4]]);
 * assertEquals(await stack([a, b], -1).array(), [[1, 3], [2, 4]]);
 * ```
 */
export function stack(given: readonly Tensor[], axis = 0): Tensor {
  const tensors = some("stack", given), { shape } = tensors[0];
  if (!tensors.every((t) => sameShape(t.shape, shape))) {
    throw new ShapeError(
      `Cannot stack ${tensors.map((t) => showShape(t.shape)).join(" and ")}: the shapes must be the same`,
      { op: "stack", shapes: tensors.map((t) => t.shape) },
    );
  }
  return concat(tensors.map((t) => unsqueeze(t, axis)), axis);
}

/**
 * Repeated whole, `counts[i]` times along axis i; missing leading axes are added, and counts for the last
 * few are enough.
 *
 * @category Shape
 * @example
 * ```ts
 * import { tensor, tile } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2]]);
 * assertEquals(await tile(x, [2]).array(), [[1, 2, 1, 2]]);
 * assertEquals(await tile(x, [2, 1]).array(), [[1, 2], [1, 2]]);
 * ```
 */
export const tile: (x: Tensor, counts: readonly number[]) => Tensor = defineOp("tile", (x, given) => {
  const counts = checkShape("tile by", given);
  const rank = Math.max(x.rank, counts.length);
  const shape = [...new Array(rank - x.rank).fill(1), ...x.shape];
  const times = [...new Array(rank - counts.length).fill(1), ...counts];
  const paired = shape.flatMap((n, i) => [times[i], n]);
  return reshape(expand(reshape(x, shape.flatMap((n) => [1, n])), paired), shape.map((n, i) => n * times[i]));
});

/**
 * Each element repeated in place along an axis, or in the flattened tensor: `torch.repeat_interleave`. A list of counts
 * has one for each.
 *
 * @category Shape
 * @example
 * ```ts
 * import { repeatInterleave, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await repeatInterleave(x, 2).array(), [1, 1, 2, 2, 3, 3, 4, 4]);
 * assertEquals(await repeatInterleave(x, 2, 1).array(), [[1, 1, 2, 2], [3, 3, 4, 4]]);
 * assertEquals(await repeatInterleave(x, [0, 2], 0).array(), [[3, 4], [3, 4]]);
 * ```
 */
export const repeatInterleave: (x: Tensor, count: number | readonly number[], axis?: number) => Tensor =
  defineOp("repeatInterleave", (given, count, axis) => {
    const x = axis === undefined ? flatten(given) : given;
    const at = normalizeAxis("repeatInterleave", axis ?? 0, x.rank), extent = x.shape[at];
    const counts = checkShape("repeatInterleave by", typeof count === "number" ? [count] : count);
    if (counts.length === 1) return repeatedAlong(x, at, counts[0]);
    if (counts.length !== extent) {
      throw new ShapeError(
        `Cannot repeatInterleave ${showShape(x.shape)} along axis ${at} by ${listed(count)}: ` +
          `${extent} counts are needed`,
        { op: "repeatInterleave", shapes: [x.shape] },
      );
    }
    const places = counts.flatMap((n, i) => n > 0 ? [repeatedAlong(narrow(x, at, i, 1), at, n)] : []);
    return places.length > 0 ? concat(places, at) : narrow(x, at, 0, 0);
  });

function repeatedAlong(x: Tensor, at: number, count: number): Tensor {
  const wide = unsqueeze(x, at + 1);
  const shape = wide.shape.map((n, i) => i === at + 1 ? count : n);
  return reshape(expand(wide, shape), x.shape.map((n, i) => i === at ? n * count : n));
}

/**
 * Moved around by `shifts` along `axes`, what falls off one end coming in at the other; without axes, in the
 * flattened tensor.
 *
 * @category Shape
 * @example
 * ```ts
 * import { roll, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(await roll(x, 1, -1).array(), [[3, 1, 2], [6, 4, 5]]);
 * assertEquals(await roll(x, -1).array(), [[2, 3, 4], [5, 6, 1]]);
 * ```
 */
export const roll: (
  x: Tensor,
  shifts: number | readonly number[],
  axes?: number | readonly number[],
) => Tensor = defineOp("roll", (x, shifts, axes) => {
  const all = typeof shifts === "number" ? [shifts] : listOf("roll", "by", shifts);
  if (!all.every(Number.isSafeInteger)) {
    throw new RangeError(`Cannot roll by ${listed(shifts)}: shifts are integers`);
  }
  if (axes === undefined && all.length === 1) return reshape(rollAlong(flatten(x), all[0], 0), x.shape);
  const along = typeof axes === "number" ? [axes] : listOf("roll", "along axes", axes ?? []);
  const by = typeof shifts === "number" ? along.map(() => shifts) : all;
  if (by.length !== along.length) {
    throw new ShapeError(
      `Cannot roll by ${listed(by)} along axes ${listed(along)}: one shift for each axis is needed`,
    );
  }
  const places = along.map((axis) => normalizeAxis("roll", axis, x.rank));
  return places.reduce((t, axis, i) => rollAlong(t, by[i], axis), x);
});

function rollAlong(x: Tensor, shift: number, axis: number): Tensor {
  if (x.size === 0 || x.rank === 0) return x;
  const n = x.shape[axis];
  const start = ((shift % n) + n) % n;
  if (start === 0) return x;
  return concat([narrow(x, axis, n - start, start), narrow(x, axis, 0, n - start)], axis);
}

registerFunctions({ stack: Infinity });
