/** The places that an affine map takes the elements of an image to. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkShape, type Shape, sizeOf } from "../../base/shape.ts";
import { defineOp } from "../../define/composite.ts";
import { checkFloating } from "../../define/operands.ts";
import { reshape, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { fromArray } from "../creation.ts";
import { matmul } from "../linear_algebra.ts";
import { widened } from "../widen.ts";

/**
 * What {@link affineGrid} may be told.
 *
 * @category Network functions
 */
export interface AffineGridOptions {
  /** Whether -1 and 1 are the middles of the outermost elements, instead of their outer edges; not unless said. */
  readonly alignCorners?: boolean;
}

/** The middles of elements along an axis, from -1 to 1. */
function middles(extent: number, alignCorners: boolean): (i: number) => number {
  if (alignCorners) return (i) => extent > 1 ? 2 * i / (extent - 1) - 1 : 0;
  return (i) => (2 * i + 1) / extent - 1;
}

/** A row x, y, …, 1 for each element. */
function baseGrid(extents: Shape, alignCorners: boolean): Float64Array<ArrayBuffer> {
  const width = extents.length + 1, rows = new Float64Array(sizeOf(extents) * width).fill(1);
  let repeat = 1;
  for (const [column, extent] of [...extents].reverse().entries()) {
    const middle = middles(extent, alignCorners);
    for (let row = 0; row < rows.length / width; row++) {
      rows[row * width + column] = middle(Math.floor(row / repeat) % extent);
    }
    repeat *= extent;
  }
  return rows;
}

/**
 * The grid for {@link gridSample} that reads an image of `size`, `[batch, channels, rows, columns]`, through affine maps
 * `[batch, 2, 3]`, as `[batch, rows, columns, 2]`; of a volume, through `[batch, 3, 4]`:
 * `torch.nn.functional.affine_grid`. Other shapes are a {@link ShapeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { affineGrid, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const moved = tensor([[[1, 0, 10], [0, 1, 20]]]);
 * assertEquals(await affineGrid(moved, [1, 1, 1, 2]).array(), [[[[9.5, 20], [10.5, 20]]]]);
 * ```
 */
export const affineGrid: (theta: Tensor, size: Shape, options?: AffineGridOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "affineGrid",
    (theta, given, { alignCorners = false } = {}) => {
      const size = checkShape("make an affineGrid of", given),
        [batch, , ...extents] = size,
        axes = extents.length;
      const [n, rows, columns] = theta.shape;
      if (
        (axes !== 2 && axes !== 3) || theta.rank !== 3 || n !== batch || rows !== axes || columns !== axes + 1
      ) {
        throw new ShapeError(
          `Cannot make an affineGrid of ${showShape(size)} by ${
            showShape(theta.shape)
          }: a size [batch, channels, ` +
            "rows, columns] needs maps [batch, 2, 3], one [batch, channels, depth, rows, columns] maps [batch, 3, 4]",
          { op: "affineGrid", shapes: [theta.shape, size] },
        );
      }
      checkFloating("affineGrid", theta);
      return widened(theta, (maps) => {
        const base = baseGrid(extents, alignCorners), { dtype, backend } = maps;
        const places = fromArray(base, [sizeOf(extents), axes + 1], { dtype, backend });
        return reshape(matmul(places, transpose(maps)), [batch, ...extents, axes]);
      });
    },
    { known: { alignCorners: false } },
  );
