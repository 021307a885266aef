/** Other shapes of the same elements, by their axes: turned, taken apart, and summed to a smaller one. */
import { dtypes } from "../base/dtype.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger } from "../base/settings.ts";
import {
  checkShape,
  isCount,
  listOf,
  normalizeAxis,
  sameShape,
  type Shape,
  sizeOf,
  tryBroadcast,
} from "../base/shape.ts";
import { listed } from "../base/text.ts";
import { defineOp } from "../define/composite.ts";
import { sumTo } from "../primitives/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { slice } from "./indexing.ts";
import { reshape } from "./shape.ts";
import { transpose } from "./axis_order.ts";
import { flip } from "./windows.ts";

/**
 * The transpose of a matrix; vectors and scalars as they are. More axes are a {@link ShapeError}. It is `torch.t`.
 *
 * @category Shape
 */
export const t: (x: Tensor) => Tensor = defineOp("t", (x) => {
  if (x.rank < 2) return x;
  if (x.rank === 2) return transpose(x);
  throw new ShapeError(
    `Cannot t ${showShape(x.shape)}: it has more than two axes, use transpose() or permute()`,
    {
      op: "t",
      shapes: [x.shape],
    },
  );
}, { dtypes });

/**
 * One axis as several of given extents, one of which may be -1, as a view: `torch.unflatten`. Extents that do not make
 * up that of the axis are a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { unflatten, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(unflatten(zeros([8, 75]), 1, [3, 5, -1]).shape, [8, 3, 5, 5]);
 * ```
 */
export const unflatten: (x: Tensor, axis: number, sizes: Shape) => Tensor = defineOp(
  "unflatten",
  (x, axis, sizes) => {
    const at = normalizeAxis("unflatten", axis, x.rank), extent = x.shape[at] ?? 1;
    const given = listOf("unflatten", "to sizes", sizes), known = sizeOf(given.filter((n) => n !== -1));
    const extents = given.map((n) => n === -1 ? extent / known : n);
    if (extents.every(isCount) && sizeOf(extents) === extent) {
      return reshape(x, x.shape.toSpliced(at, 1, ...extents));
    }
    throw new ShapeError(
      `Cannot unflatten axis ${at} of ${showShape(x.shape)} to ${listed(sizes)}: its extent is ${extent}`,
      { op: "unflatten", shapes: [x.shape] },
    );
  },
  { dtypes },
);

/**
 * Summed over what would be repeated, so that a shape is left which broadcasts to that of x: `torch.Tensor.sum_to_size`.
 * Another shape is a {@link ShapeError}.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { sumToSize, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await sumToSize(tensor([[1, 2], [3, 4]]), [2, 1]).array(), [[3], [7]]);
 * ```
 */
export const sumToSize: (x: Tensor, shape: Shape) => Tensor = defineOp("sumToSize", (x, shape) => {
  const target = checkShape("sum to", shape), whole = tryBroadcast([x.shape, target]);
  if (whole && sameShape(whole, x.shape)) return sumTo(x, target);
  throw new ShapeError(
    `Cannot sum ${showShape(x.shape)} to ${showShape(target)}: it does not broadcast to that`,
    {
      op: "sumToSize",
      shapes: [x.shape, target],
    },
  );
}, { dtypes });

/**
 * Turned k times, once unless said, by 90 degrees from the first of two axes, 0 and 1 unless said, to the second:
 * `torch.rot90`.
 *
 * @category Shape
 * @example
 * ```ts
 * import { rot90, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await rot90(x).array(), [[2, 4], [1, 3]]);
 * assertEquals(await rot90(x, -1).array(), [[3, 1], [4, 2]]);
 * ```
 */
export const rot90: (x: Tensor, k?: number, axes?: readonly number[]) => Tensor = defineOp(
  "rot90",
  (x, k = 1, axes = [0, 1]) => {
    checkInteger("rot90", "k", k);
    const [a, b, ...more] = listOf("rot90", "along axes", axes).map((axis) =>
      normalizeAxis("rot90", axis, x.rank)
    );
    if (b === undefined || a === b || more.length > 0) {
      throw new ShapeError(
        `Cannot rot90 ${showShape(x.shape)} along axes ${listed(axes)}: two axes are needed`,
      );
    }
    const turns = ((k % 4) + 4) % 4;
    if (turns % 2 === 0) return turns === 0 ? x : flip(x, [a, b]);
    return turns === 1 ? transpose(flip(x, b), a, b) : flip(transpose(x, a, b), b);
  },
  { dtypes },
);

/**
 * What stands at an index of an axis, without that axis, as a view: `torch.select`. An index out of range is an
 * {@link IndexError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { select, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await select(tensor([[1, 2], [3, 4]]), 1, -1).array(), [2, 4]);
 * ```
 */
export const select: (x: Tensor, axis: number, index: number) => Tensor = defineOp(
  "select",
  (x, axis, index) => {
    checkInteger("select", "index", index);
    const lead = normalizeAxis("select", axis, x.rank);
    return slice(x, ...new Array<null>(lead).fill(null), index);
  },
  { dtypes },
);
