/** Views and movement: other shapes of the same elements, and elements put together. */
import { defineOp } from "../define/composite.ts";
import { commonDtype } from "../define/operands.ts";
import { checkHeld, checkNumber } from "../base/integers.ts";
import { listed } from "../base/text.ts";
import { tensorsOf } from "../tensor/tree.ts";
import { apply } from "../call/apply.ts";
import { registerFunctions } from "../call/catalog.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { castNumber } from "../expr/evaluate.ts";
import { concatenate, contiguousCopy, folding, padding } from "../primitives/movement.ts";
import { expandView, permuteView, reshapeView, sliceView, unfoldView } from "../primitives/views.ts";
import {
  broadcastShapes,
  checkShape,
  isCount,
  listOf,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  type Shape,
  sizeOf,
} from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The same elements, row-major in memory; `x` itself where they are, else a copy.
 *
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
  return x.isContiguous ? x : apply(contiguousCopy, [x], null);
}

/**
 * The same elements, row-major, in another shape, as a view where memory allows; one extent may be -1, what
 * is left. A shape of another size is a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { arange, reshape, ShapeError } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
 *
 * const x = arange(6);
 * assertEquals(await reshape(x, [2, -1]).array(), [[0, 1, 2], [3, 4, 5]]);
 * assertStrictEquals(reshape(x, [3, 2]).storage, x.storage);
 * assertThrows(() => reshape(x, [4, -1]), ShapeError, "which 4 does not divide");
 * ```
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const target = resolveShape(x, shape);
  if (sameShape(x.shape, target)) return x;
  return apply(reshapeView, [x], { shape: target });
}

function resolveShape(x: Tensor, shape: Shape): Shape {
  const open = Array.isArray(shape) ? shape.indexOf(-1) : -1;
  const given = open < 0 ? shape : Array.from(shape, (n, i) => i === open ? 1 : n);
  if (open >= 0 && given.includes(-1)) {
    throw new ShapeError(
      `Cannot reshape ${showShape(x.shape)} to ${listed(shape)}: only one extent may be -1`,
    );
  }
  const known = checkShape("reshape to", given), size = sizeOf(known);
  if (open < 0 && size === x.size) return known;
  const left = size === 0 ? 0 : x.size / size;
  if (open >= 0 && Number.isInteger(left) && size > 0) return known.with(open, left);
  throw new ShapeError(
    `Cannot reshape ${showShape(x.shape)} to ${showShape(shape)}: it has ${x.size} elements` +
      (open < 0 ? `, not ${size}` : `, which ${size} does not divide`),
    { op: "reshape", shapes: [x.shape, shape] },
  );
}

/**
 * Axes `start` to `end`, both included, merged into one; all of them unless said. A scalar becomes a vector
 * of one; axes in the wrong order are a {@link ShapeError}.
 *
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
  if (axis === undefined) return reshape(x, x.shape.filter((n) => n !== 1));
  const at = normalizeAxis("squeeze", axis, x.rank);
  return reshape(x, x.shape.filter((n, i) => i !== at || n !== 1));
}

/**
 * With a new axis of extent 1 at `axis`, which may be the rank of x too; beyond is a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { unsqueeze, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = zeros([2, 3]);
 * assertEquals(unsqueeze(x, 0).shape, [1, 2, 3]);
 * assertEquals(unsqueeze(x, -1).shape, [2, 3, 1]);
 * ```
 */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("unsqueeze", axis, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/**
 * Axes in another order, as a view. Axes that are not each named once are a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { permute, ShapeError, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const images = zeros([8, 32, 48, 3]);
 * assertEquals(permute(images, [0, 3, 1, 2]).shape, [8, 3, 32, 48]);
 * assertThrows(() => permute(images, [0, 1]), ShapeError, "each of its 4 axes must be named once");
 * ```
 */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const order = listOf("permute", "to axes", axes).map((axis) => normalizeAxis("permute", axis, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new ShapeError(
      `Cannot permute ${showShape(x.shape)} to axes ${
        listed(axes)
      }: each of its ${x.rank} axes must be named once`,
      { op: "permute", shapes: [x.shape] },
    );
  }
  return order.every((axis, i) => axis === i) ? x : apply(permuteView, [x], { axes: order });
}

/**
 * Two axes swapped, the last two unless said, as a view.
 *
 * @example
 * ```ts
 * import { tensor, transpose, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await transpose(tensor([[1, 2], [3, 4]])).array(), [[1, 3], [2, 4]]);
 * assertEquals(transpose(zeros([2, 3, 4]), 0, -1).shape, [4, 3, 2]);
 * ```
 */
export function transpose(x: Tensor, a = -2, b = -1): Tensor {
  const i = normalizeAxis("transpose", a, x.rank), j = normalizeAxis("transpose", b, x.rank);
  return permute(x, x.shape.map((_, k) => k === i ? j : k === j ? i : k));
}

/**
 * One axis moved to another place, the others keeping their order, as a view.
 *
 * @example
 * ```ts
 * import { moveAxis, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(moveAxis(zeros([2, 3, 4]), 0, -1).shape, [3, 4, 2]);
 * ```
 */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const source = normalizeAxis("moveAxis", from, x.rank), target = normalizeAxis("moveAxis", to, x.rank);
  const order = x.shape.flatMap((_, i) => i === source ? [] : [i]);
  return permute(x, order.toSpliced(target, 0, source));
}

/**
 * Repeated to a shape that it broadcasts to, as a view; -1 keeps an extent. An extent other than 1 that
 * would have to change is a {@link ShapeError}.
 *
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

/**
 * `length` elements from `start` along an axis, as a view; what lies beyond the axis is a {@link
 * ShapeError}.
 *
 * @example
 * ```ts
 * import { arange, narrow, ShapeError } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(await narrow(arange(5), 0, 1, 3).array(), [1, 2, 3]);
 * assertThrows(() => narrow(arange(5), 0, 3, 3), ShapeError, "its extent is 5");
 * ```
 */
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  const at = normalizeAxis("narrow", axis, x.rank), extent = x.shape[at] ?? 0;
  if (x.rank === 0) throw new ShapeError("Cannot narrow a scalar: there is no axis to take a part of");
  if (
    !(Number.isInteger(start) && Number.isInteger(length) && start >= 0 && length >= 0 &&
      start + length <= extent)
  ) {
    throw new ShapeError(
      `Cannot narrow axis ${at} of ${showShape(x.shape)} to ${length} from ${start}: its extent is ${extent}`,
      { op: "narrow", shapes: [x.shape] },
    );
  }
  if (length === extent) return x;
  return apply(sliceView, [x], {
    starts: x.shape.map((_, i) => i === at ? start : 0),
    counts: x.shape.map((n, i) => i === at ? length : n),
    steps: x.shape.map(() => 1),
  });
}

/**
 * Reversed along axes, all unless said, as a view.
 *
 * @example
 * ```ts
 * import { flip, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await flip(x).array(), [[4, 3], [2, 1]]);
 * assertEquals(await flip(x, 1).array(), [[2, 1], [4, 3]]);
 * ```
 */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  const turned = normalizeAxes("flip", axes, x.rank);
  return apply(sliceView, [x], {
    starts: x.shape.map((n, i) => turned.includes(i) ? Math.max(n - 1, 0) : 0),
    counts: x.shape,
    steps: x.shape.map((_, i) => turned.includes(i) ? -1 : 1),
  });
}

/**
 * Windows of `size` elements every `step` (1) along an axis, as a new last axis, as a view; elements that
 * fill no window are left out. A size beyond the extent is a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { tensor, unfold } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const windows = unfold(tensor([1, 2, 4, 7]), 0, 2);
 * assertEquals(await windows.array(), [[1, 2], [2, 4], [4, 7]]);
 * assertEquals(await windows.mean(1).array(), [1.5, 3, 5.5]);
 * ```
 */
export function unfold(
  x: Tensor,
  axis: number,
  size: number,
  step: number | { readonly step?: number } = 1,
): Tensor {
  const at = normalizeAxis("unfold", axis, x.rank);
  if (x.rank === 0) throw new ShapeError("Cannot unfold a scalar: there is no axis to slide along");
  return apply(unfoldView, [x], { axis: at, size, step: typeof step === "number" ? step : step.step ?? 1 });
}

/**
 * Overlap-add of windows, which are the last axis, every `step` (1) into `extent` along `axis`: the adjoint
 * of {@link unfold}. Windows that do not fit are a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { fold, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const windows = tensor([[1, 1], [1, 1], [1, 1]]);
 * assertEquals(await fold(windows, 0, { extent: 4 }).array(), [1, 2, 2, 1]);
 * assertEquals(await fold(windows, 0, { extent: 6, step: 2 }).array(), [1, 1, 1, 1, 1, 1]);
 * ```
 */
export function fold(
  x: Tensor,
  axis: number,
  options: { readonly extent: number; readonly step?: number },
): Tensor {
  const { extent, step = 1 } = options;
  if (!(x.rank > 1 && Number.isInteger(extent) && extent >= 0 && Number.isInteger(step) && step > 0)) {
    throw new ShapeError(
      `Cannot fold ${showShape(x.shape)} into extent ${extent} every ${step}: ` +
        "an axis of windows, an extent from 0 and a step of at least 1 are needed",
      { op: "fold", shapes: [x.shape] },
    );
  }
  const at = normalizeAxis("fold", axis, x.rank - 1);
  return apply(folding, [x], { axis: at, step, extent });
}

function some(op: string, given: readonly Tensor[]): readonly Tensor[] {
  const tensors = tensorsOf(op, given);
  if (tensors.length > 0) return tensors;
  throw new ShapeError(`Cannot ${op} no tensors: pass at least one`, { op });
}

/**
 * Tensors one after another along an axis, in the dtype in which they meet. No tensors, scalars, or other
 * extents that differ are a {@link ShapeError}.
 *
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
 * Pieces along an axis, as views: of one size (the last may be smaller), or of given sizes, which must add
 * up to the extent, else a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { arange, ShapeError, split } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const even = split(arange(5), 2);
 * assertEquals(even.map((piece) => piece.size), [2, 2, 1]);
 * const [head, tail] = split(arange(5), [1, 4]);
 * assertEquals([await head.array(), await tail.array()], [[0], [1, 2, 3, 4]]);
 * assertThrows(() => split(arange(5), [1, 1]), ShapeError, "must add up to 5");
 * ```
 */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis("split", axis, x.rank), extent = x.shape[at] ?? 0;
  const list = typeof sizes === "number" ? evenSizes(extent, sizes) : listOf("split", "into", sizes);
  if (!list.every(isCount) || list.reduce((a, b) => a + b, 0) !== extent) {
    throw new ShapeError(
      `Cannot split axis ${at} of ${showShape(x.shape)} into ${
        listed(list)
      }: the sizes must add up to ${extent}, none below 0`,
      { op: "split", shapes: [x.shape] },
    );
  }
  let start = 0;
  return list.map((n) => narrow(x, at, (start += n) - n, n));
}

function evenSizes(extent: number, size: number): number[] {
  if (!(Number.isInteger(size) && size > 0)) {
    throw new ShapeError(`Cannot split into pieces of ${size}: a size is an integer from 1`, { op: "split" });
  }
  const pieces = Math.max(1, Math.ceil(extent / size));
  return Array.from({ length: pieces }, (_, i) => Math.min(size, extent - i * size));
}

/**
 * At most `count` pieces of equal size along an axis, the last one perhaps smaller, as views. A count that
 * is no integer from 1 is a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { arange, chunk } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(chunk(arange(7), 3).map((piece) => piece.size), [3, 3, 1]);
 * assertEquals(chunk(arange(2), 3).map((piece) => piece.size), [1, 1]);
 * ```
 */
export function chunk(x: Tensor, count: number, axis = 0): Tensor[] {
  const at = normalizeAxis("chunk", axis, x.rank);
  if (!(Number.isInteger(count) && count > 0)) {
    throw new ShapeError(`Cannot chunk into ${count} pieces: a count is an integer from 1`, { op: "chunk" });
  }
  return split(x, Math.max(1, Math.ceil((x.shape[at] ?? 0) / count)), at);
}

/** How many elements to put before and behind, per axis. */
export type Widths = readonly (readonly [number, number])[];

/**
 * With `value` (0) around it: `widths` gives before and behind for each axis, or for the last few. More
 * pairs than axes, or counts below 0, are a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { pad, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await pad(x, [[1, 0]]).array(), [[0, 1, 2], [0, 3, 4]]);
 * assertEquals(await pad(x, [[0, 1], [0, 0]], 9).array(), [[1, 2], [3, 4], [9, 9]]);
 * ```
 */
export function pad(x: Tensor, widths: Widths, value = 0): Tensor {
  const pairs = listOf("pad", "by", widths), missing = x.rank - pairs.length;
  if (missing < 0 || !pairs.every(isPairOfCounts)) {
    throw new ShapeError(
      `Cannot pad ${showShape(x.shape)} by ${listed(pairs)}: ` +
        `at most ${x.rank} pairs of counts from 0 are needed`,
      { op: "pad", shapes: [x.shape] },
    );
  }
  const all = [...x.shape.slice(0, missing).map(() => [0, 0]), ...pairs];
  checkShape("pad to", x.shape.map((n, i) => all[i][0] + n + all[i][1]));
  const filler = castNumber(checkHeld("pad with", checkNumber("pad with", value), x.dtype), x.dtype);
  const [low, high] = [all.map((w) => w[0]), all.map((w) => w[1])];
  return apply(padding, [x], { low, high, interior: low.map(() => 0), value: filler });
}

function isPairOfCounts(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 && isCount(pair[0]) && isCount(pair[1]);
}

/**
 * Repeated whole, `counts[i]` times along axis i; missing leading axes are added, and counts for the last
 * few are enough.
 *
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
 * Each element repeated `count` times in place along an axis, the first unless said.
 *
 * @example
 * ```ts
 * import { repeatInterleave, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await repeatInterleave(x, 2).array(), [[1, 2], [1, 2], [3, 4], [3, 4]]);
 * assertEquals(await repeatInterleave(x, 2, 1).array(), [[1, 1, 2, 2], [3, 3, 4, 4]]);
 * ```
 */
export const repeatInterleave: (x: Tensor, count: number, axis?: number) => Tensor = defineOp(
  "repeatInterleave",
  (x, count, axis = 0) => {
    const at = normalizeAxis("repeatInterleave", axis, x.rank);
    checkShape("repeatInterleave by", [count]);
    const wide = unsqueeze(x, at + 1);
    const shape = wide.shape.map((n, i) => i === at + 1 ? count : n);
    return reshape(expand(wide, shape), x.shape.map((n, i) => i === at ? n * count : n));
  },
);

/**
 * Moved around by `shifts` along `axes`, what falls off one end coming in at the other; without axes, in the
 * flattened tensor.
 *
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

registerFunctions({ flatten: 1, squeeze: 1, unsqueeze: 1, transpose: 1, moveAxis: 1, narrow: 1, flip: 1 });
registerFunctions({ split: 1, chunk: 1, stack: Infinity, broadcastTensors: Infinity });
