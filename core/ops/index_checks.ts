/** What indices must be. */
import { DtypeError, ShapeError, showShape } from "../base/errors.ts";
import { normalizeAxis } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";

/** Refuses indices that are no integers. */
export function checkIndexDtype(op: string, index: Tensor): void {
  checkTensor(op, index);
  if (index.dtype === "i32" || index.dtype === "u32") return;
  throw new DtypeError(
    `Cannot ${op} at indices of ${index.dtype}: i32 or u32 is needed, cast with to("i32")`,
    { op, dtypes: [index.dtype] },
  );
}

/** Refuses indices that do not fit a tensor along an axis, which it counts from the front. */
export function checkIndex(op: string, x: Tensor, axis: number, index: Tensor): number {
  checkTensor(op, x);
  checkIndexDtype(op, index);
  const at = normalizeAxis(op, axis, x.rank);
  const fits = index.rank === x.rank && index.shape.every((n, i) => i === at || n <= x.shape[i]);
  if (fits) return at;
  throw new ShapeError(
    `Cannot ${op} from ${showShape(x.shape)} at indices of ${showShape(index.shape)} along axis ${axis}: ` +
      "the ranks must be equal and no other extent larger",
    { op, shapes: [x.shape, index.shape] },
  );
}
