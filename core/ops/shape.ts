/** Views: other shapes of the same elements. */
import { registerFunctions } from "../call/catalog.ts";
import { listed } from "../base/text.ts";
import { checkTensor, tensorsOf } from "../tensor/tree.ts";
import { apply } from "../call/apply.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { contiguousCopy } from "../primitives/movement.ts";
import { expandView, reshapeView } from "../primitives/views.ts";
import {
  broadcastShapes,
  checkShape,
  listOf,
  MOST_AXES,
  normalizeAxis,
  sameShape,
  type Shape,
  sizeOf,
} from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The same elements, row-major in memory; `x` itself where they are, else a copy.
 *
 * @category Shape
 * @example
 * ```ts
 * import { contiguous, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]).transpose();
 * assertEquals(x.strides, [1, 3]);
 * assertEquals(contiguous(x).strides, [2, 1]);
 * assertEquals(await contiguous(x).array(), [[1, 4], [2, 5], [3, 6]]);
 * ```
 */
export function contiguous(x: Tensor): Tensor {
  checkTensor("contiguous", x);
  return x.isContiguous ? x : apply(contiguousCopy, [x], null);
}

/**
 * The same elements, row-major, in another shape, as a view where memory allows; one extent may be -1, what
 * is left. A shape of another size is a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { arange, memoryOf, reshape, ShapeError } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
 *
 * const x = arange(6);
 * assertEquals(await reshape(x, [2, -1]).array(), [[0, 1, 2], [3, 4, 5]]);
 * assertStrictEquals(memoryOf(reshape(x, [3, 2])), memoryOf(x));
 * assertThrows(() => reshape(x, [4, -1]), ShapeError, "which 4 does not divide");
 * ```
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkTensor("reshape", x);
  const target = resolveShape(x, shape);
  if (sameShape(x.shape, target)) return x;
  return apply(reshapeView, [x], { shape: target });
}

function resolveShape(x: Tensor, shape: Shape): Shape {
  const open = Array.isArray(shape) && shape.length <= MOST_AXES ? shape.indexOf(-1) : -1;
  if (open >= 0) return completed(x, shape, open);
  const known = checkShape("reshape to", shape), size = sizeOf(known);
  if (size === x.size) return known;
  throw misfit(x, shape, `not ${size}`);
}

function completed(x: Tensor, shape: Shape, open: number): Shape {
  const given = Array.from(shape).with(open, 1);
  if (given.includes(-1)) {
    throw new ShapeError(
      `Cannot reshape ${showShape(x.shape)} to ${listed(shape)}: only one extent may be -1`,
    );
  }
  const known = checkShape("reshape to", given), size = sizeOf(known), left = x.size / size;
  if (Number.isInteger(left)) return known.with(open, left);
  throw misfit(x, shape, `which ${size} does not divide`);
}

function misfit(x: Tensor, shape: Shape, why: string): ShapeError {
  return new ShapeError(
    `Cannot reshape ${showShape(x.shape)} to ${showShape(shape)}: it has ${x.size} elements, ${why}`,
    { op: "reshape", shapes: [x.shape, shape] },
  );
}

/**
 * Axes `start` to `end`, both included, merged into one; all of them unless said. A scalar becomes a vector
 * of one; axes in the wrong order are a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { flatten, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const images = zeros([8, 3, 5, 5]);
 * assertEquals(flatten(images).shape, [600]);
 * assertEquals(flatten(images, 1).shape, [8, 75]);
 * ```
 */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  checkTensor("flatten", x);
  if (x.rank === 0) return reshape(x, [1]);
  const from = normalizeAxis("flatten", start, x.rank), to = normalizeAxis("flatten", end, x.rank);
  if (to < from) {
    throw new ShapeError(
      `Cannot flatten ${showShape(x.shape)} from axis ${from} to ${to}: the first comes after the last`,
    );
  }
  return reshape(x, [
    ...x.shape.slice(0, from),
    sizeOf(x.shape.slice(from, to + 1)),
    ...x.shape.slice(to + 1),
  ]);
}

/**
 * Without an axis of extent 1, or without all of them; an axis of another extent stays, as in PyTorch.
 *
 * @category Shape
 * @example
 * ```ts
 * import { squeeze, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = zeros([1, 3, 1]);
 * assertEquals(squeeze(x).shape, [3]);
 * assertEquals(squeeze(x, -1).shape, [1, 3]);
 * assertEquals(squeeze(x, 1).shape, [1, 3, 1]);
 * ```
 */
export function squeeze(x: Tensor, axis?: number): Tensor {
  checkTensor("squeeze", x);
  if (axis === undefined) return reshape(x, x.shape.filter((n) => n !== 1));
  const at = normalizeAxis("squeeze", axis, x.rank);
  return reshape(x, x.shape.filter((n, i) => i !== at || n !== 1));
}

/**
 * With a new axis of extent 1 at `axis`, which may be the rank of x too; beyond is a {@link ShapeError}.
 *
 * @category Shape
 */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  checkTensor("unsqueeze", x);
  const at = normalizeAxis("unsqueeze", axis, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/**
 * Repeated to a shape that it broadcasts to, as a view; -1 keeps an extent. An extent other than 1 that
 * would have to change is a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { expand, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([[1], [2]]);
 * const wide = expand(x, [-1, 3]);
 * wide.sum().backward();
 * assertEquals(await wide.array(), [[1, 1, 1], [2, 2, 2]]);
 * assertEquals(wide.strides, [1, 0]); // no copy: a stride of 0 repeats
 * assertEquals(await x.grad!.array(), [[3], [3]]);
 * ```
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  checkTensor("expand", x);
  const extents = listOf("expand to", "shape", shape), lead = extents.length - x.rank;
  const target = checkShape(
    "expand to",
    extents.map((n, i) => n === -1 && i >= lead ? x.shape[i - lead] : n),
  );
  if (sameShape(x.shape, target)) return x;
  if (lead < 0 || !x.shape.every((n, i) => n === 1 || n === target[i + lead])) {
    throw new ShapeError(
      `Cannot expand ${showShape(x.shape)} to ${showShape(shape)}: only extents of 1 can be repeated`,
      { op: "expand", shapes: [x.shape, shape] },
    );
  }
  return apply(expandView, [x], { shape: target });
}

/**
 * Several tensors repeated to the shape they broadcast to, as views. Extents that neither match nor are 1
 * are a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { broadcastTensors, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = broadcastTensors([tensor([[1], [2]]), tensor([10, 20, 30])]);
 * assertEquals(await a.array(), [[1, 1, 1], [2, 2, 2]]);
 * assertEquals(await b.array(), [[10, 20, 30], [10, 20, 30]]);
 * ```
 */
export function broadcastTensors(given: readonly Tensor[]): Tensor[] {
  const tensors = tensorsOf("broadcast", given);
  const shape = broadcastShapes("broadcast", tensors.map((t) => t.shape));
  return tensors.map((t) => expand(t, shape));
}

registerFunctions({
  flatten: 1,
  squeeze: 1,
  unsqueeze: 1,
  broadcastTensors: Infinity,
});
