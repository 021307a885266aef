/** Elements by distances in memory, as PyTorch's views are made of. */
import { dtypes } from "../base/dtype.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger } from "../base/settings.ts";
import { checkShape, sameShape, type Shape, sizeOf } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { add, mul } from "./arithmetic.ts";
import { gather, type Range, scatter, slice } from "./indexing.ts";
import { arange } from "./ranges.ts";
import { expand, reshape } from "./shape.ts";

/** Where the elements of a view lie among those of x, one after another. */
function placesOf(op: string, x: Tensor, shape: Shape, strides: readonly number[], offset: number): Tensor {
  checkTensor(op, x);
  const extents = checkShape(op, shape);
  if (strides.length !== extents.length) {
    throw new ShapeError(
      `Cannot ${op} ${showShape(extents)} with ${strides.length} strides: ${extents.length} are needed`,
      { op, shapes: [x.shape] },
    );
  }
  const last = sizeOf(extents) === 0 ? 0 : extents.reduce((sum, n, i) => sum + (n - 1) * strides[i], offset);
  for (const stride of strides) checkInteger(op, "stride", stride, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(op, "offset", offset, 0, Number.MAX_SAFE_INTEGER);
  if (last >= x.size && sizeOf(extents) > 0) {
    throw new ShapeError(
      `Cannot ${op} ${showShape(extents)} with strides ${showShape(strides)} from ${offset}: ` +
        `its last element is ${last} of ${x.size}`,
      { op, shapes: [x.shape, extents] },
    );
  }
  const options = { dtype: "i32", backend: x.backend } as const;
  const places = extents.reduce((sum, n, i) => {
    const steps = mul(arange(n, undefined, options), strides[i]);
    return add(sum, reshape(steps, extents.map((_, k) => k === i ? n : 1)));
  }, filled(offset, extents.map(() => 1), options));
  return reshape(expand(places, extents), [-1]);
}

/**
 * The elements of x, one after another in memory, that are `strides` apart along each axis of a shape, from an offset
 * on; some more than once, if so: `torch.as_strided`. It is a copy.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { arange, asStrided, asStridedScatter, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await asStrided(arange(5), [3, 2], [1, 2]).array(), [[0, 2], [1, 3], [2, 4]]);
 * const diagonal = asStridedScatter(arange(4).reshape([2, 2]), tensor([7, 8]), [2], [3]);
 * assertEquals(await diagonal.array(), [[7, 1], [2, 8]]);
 * ```
 */
export function asStrided(x: Tensor, shape: Shape, strides: readonly number[], offset = 0): Tensor {
  const places = placesOf("asStrided", x, shape, strides, offset);
  return reshape(gather(reshape(x, [-1]), 0, places), shape);
}

/**
 * A copy of x with `source` where {@link asStrided} finds its elements; of places named twice the last stays:
 * `torch.as_strided_scatter`.
 *
 * @category Indexing
 */
export function asStridedScatter(
  x: Tensor,
  source: Tensor,
  shape: Shape,
  strides: readonly number[],
  offset = 0,
): Tensor {
  checkTensor("asStridedScatter", source);
  const places = placesOf("asStridedScatter", x, shape, strides, offset);
  const values = reshape(expand(source, shape), [-1]);
  return reshape(scatter(reshape(x, [-1]), 0, places, values), x.shape);
}

/**
 * A copy of x with `source` in place of what {@link slice} takes by the same ranges: `torch.slice_scatter`. A source of
 * another shape than that is a {@link ShapeError}.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { sliceScatter, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = sliceScatter(zeros([2, 4]), tensor([[5, 6], [7, 8]]), null, [0, null, 2]);
 * assertEquals(await x.array(), [[5, 0, 6, 0], [7, 0, 8, 0]]);
 * ```
 */
export function sliceScatter(x: Tensor, source: Tensor, ...ranges: readonly Range[]): Tensor {
  checkTensor("sliceScatter", x);
  checkTensor("sliceScatter", source);
  const counted = arange(x.size, undefined, { dtype: "i32", backend: x.backend });
  const places = slice(reshape(counted, x.shape), ...ranges);
  if (!sameShape(places.shape, source.shape)) {
    throw new ShapeError(
      `Cannot sliceScatter ${showShape(source.shape)} into ${showShape(x.shape)}: ${
        showShape(places.shape)
      } is needed`,
      { op: "sliceScatter", shapes: [x.shape, source.shape] },
    );
  }
  const placed = scatter(reshape(x, [-1]), 0, reshape(places, [-1]), reshape(source, [-1]));
  return reshape(placed, x.shape);
}

registerFunctions({ asStrided: 1, asStridedScatter: 2, sliceScatter: 2 }, { dtypes });
