/** Rows that are 1 where an index names a class. */
import { checkDtype, type DType } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { checkShape } from "../base/shape.ts";
import { defineOp } from "../define/composite.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkIndexDtype } from "./index_checks.ts";
import { scatter } from "./indexing.ts";
import { unsqueeze } from "./shape.ts";

function classesIn(index: Tensor): number {
  if (index.backend.synchronous && index.size > 0) {
    return 1 + (index.dataSync() as Int32Array).reduce((a, b) => Math.max(a, b), 0);
  }
  throw new ShapeError("Cannot oneHot without a number of classes here: pass one, as in oneHot(index, 10)");
}

/**
 * 1 at the position along a new last axis of `classes` that each index names, else 0, as i32 unless said:
 * `torch.nn.functional.one_hot`. Without `classes` there are as many as the largest index needs, which is read at once: an error
 * on devices where that cannot be. An index out of range is an {@link IndexError}, one that is not i32 or u32 a {@link DtypeError}.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { oneHot, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const labels = tensor([2, 0], { dtype: "i32" });
 * const rows = oneHot(labels, 3, { dtype: "f32" });
 * assertEquals(await rows.array(), [[0, 0, 1], [1, 0, 0]]);
 * ```
 */
export const oneHot: (index: Tensor, classes?: number, options?: { readonly dtype?: DType }) => Tensor =
  defineOp(
    "oneHot",
    (index, classes, { dtype = "i32" } = {}) => {
      checkIndexDtype("oneHot", index);
      const shape = checkShape("oneHot to", [
        ...index.shape,
        classes === undefined ? classesIn(index) : classes,
      ]);
      checkDtype(dtype);
      // Placed, since an index beyond the classes is an error there.
      return scatter(filled(0, shape, { dtype, backend: index.backend }), -1, unsqueeze(index, -1), 1);
    },
    { dtypes: ["i32", "u32"], differentiable: false, known: { dtype: null } },
  );
