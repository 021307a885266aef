/** Tensors taken apart along an axis. */
import { isCount, listOf, normalizeAxis } from "../base/shape.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { dtypes } from "../base/dtype.ts";
import { described, listed } from "../base/text.ts";
import { applyAll } from "../call/apply.ts";
import { registerFunctions } from "../call/catalog.ts";
import { type Composite, nothing, type Parts } from "../call/op.ts";
import { defineComposite } from "../define/composite.ts";
import { concat } from "../primitives/functions.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { squeeze } from "./shape.ts";
import { narrow } from "./windows.ts";

interface PiecesAttributes {
  readonly axis: number;
  readonly sizes: readonly number[];
}

// One op on the tape: the gradient is its pieces put together, not a sum of as many padded ones.
const pieces: Composite<PiecesAttributes> = defineComposite({
  name: "split",
  infer: ([{ shape, dtype, backend }], { axis, sizes }) =>
    sizes.map((n) => ({ shape: shape.with(axis, n), dtype, backend })),
  decompose([x], { axis, sizes }): readonly Tensor[] {
    let start = 0;
    return sizes.map((n) => narrow(x, axis, (start += n) - n, n));
  },
  vjp(cts, { inputs: [{ shape }], attributes: { axis, sizes } }): Parts {
    const given = cts.find((ct) => ct !== null);
    if (!given) return [null];
    return [concat(cts.map((ct, i) => ct ?? filled(0, shape.with(axis, sizes[i]), given)), axis)];
  },
  saves: () => nothing,
}, { dtypes });

/**
 * Pieces along an axis, as views: of one size (the last may be smaller), or of given sizes, which must add
 * up to the extent, else a {@link ShapeError}.
 *
 * @category Shape
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
  checkTensor("split", x);
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
  return list.length > 1 ? [...applyAll(pieces, [x], { axis: at, sizes: list })] : list.map(() => x);
}

function evenSizes(extent: number, size: number): number[] {
  if (!(Number.isInteger(size) && size > 0)) {
    throw new ShapeError(`Cannot split into pieces of ${described(size)}: a size is an integer from 1`, {
      op: "split",
    });
  }
  const pieces = Math.max(1, Math.ceil(extent / size));
  return Array.from({ length: pieces }, (_, i) => Math.min(size, extent - i * size));
}

/**
 * At most `count` pieces of equal size along an axis, the last one perhaps smaller, as views. A count that
 * is no integer from 1 is a {@link ShapeError}.
 *
 * @category Shape
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
  checkTensor("chunk", x);
  const at = normalizeAxis("chunk", axis, x.rank);
  if (!(Number.isInteger(count) && count > 0)) {
    throw new ShapeError(`Cannot chunk into ${described(count)} pieces: a count is an integer from 1`, {
      op: "chunk",
    });
  }
  return split(x, Math.max(1, Math.ceil((x.shape[at] ?? 0) / count)), at);
}

/**
 * The slices along an axis, the first unless said, as views without that axis; a scalar has none, which is a {@link
 * ShapeError}. It is PyTorch's `torch.unbind`.
 *
 * @category Shape
 * @example
 * ```ts
 * import { tensor, unbind } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(await Promise.all(unbind(x).map((row) => row.array())), [[1, 2, 3], [4, 5, 6]]);
 * assertEquals(unbind(x, -1).map((column) => column.shape), [[2], [2], [2]]);
 * ```
 */
export function unbind(x: Tensor, axis = 0): Tensor[] {
  checkTensor("unbind", x);
  const at = normalizeAxis("unbind", axis, x.rank);
  if (x.rank === 0) {
    throw new ShapeError("Cannot unbind a scalar: there is no axis to take apart", { op: "unbind" });
  }
  return x.shape[at] === 0 ? [] : split(x, 1, at).map((slice) => squeeze(slice, at));
}

registerFunctions({ chunk: 1, unbind: 1 });
