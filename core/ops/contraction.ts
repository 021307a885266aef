/** Sums of products over pairs of axes. */
import { ShapeError, showShape } from "../base/errors.ts";
import { normalizeAxis, sizeOf } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { matmul } from "./linear_algebra.ts";
import { permute } from "./axis_order.ts";
import { reshape } from "./shape.ts";

/** The axes of a, then those of b, without those that meet in pairs, over which products are summed. */
export function contracted(
  op: string,
  a: Tensor,
  b: Tensor,
  left: readonly number[],
  right: readonly number[],
): Tensor {
  const gone = left.map((axis) => normalizeAxis(op, axis, a.rank)),
    met = right.map((axis) => normalizeAxis(op, axis, b.rank));
  if (gone.length !== met.length || gone.some((axis, i) => a.shape[axis] !== b.shape[met[i]])) {
    throw new ShapeError(
      `Cannot ${op} ${showShape(a.shape)} and ${showShape(b.shape)} along ${showShape(gone)} and ${
        showShape(met)
      }: ` +
        "the extents must agree",
      { op, shapes: [a.shape, b.shape] },
    );
  }
  const others = (x: Tensor, axes: readonly number[]) =>
    x.shape.flatMap((_, i) => axes.includes(i) ? [] : [i]);
  const rows = others(a, gone), columns = others(b, met);
  const m = rows.map((i) => a.shape[i]),
    n = columns.map((i) => b.shape[i]),
    k = sizeOf(gone.map((i) => a.shape[i]));
  const x = reshape(permute(a, [...rows, ...gone]), [sizeOf(m), k]);
  const y = reshape(permute(b, [...met, ...columns]), [k, sizeOf(n)]);
  return reshape(matmul(x, y), [...m, ...n]);
}
