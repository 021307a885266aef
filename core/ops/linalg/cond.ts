/** Condition numbers. */
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { div, mul } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { zeros } from "../creation.ts";
import { squeeze } from "../shape.ts";
import { narrow } from "../windows.ts";
import { checkMatrices } from "./checks.ts";
import { matrixNorm, type MatrixOrder } from "./norms.ts";
import { invEx } from "./solve.ts";
import { svdvals } from "./svd.ts";

function ofSingularValues(x: Tensor, order: 2 | -2): Tensor {
  const values = svdvals(x), k = values.shape.at(-1)!;
  const [largest, smallest] = [0, k - 1].map((i) => squeeze(narrow(values, -1, i, 1), -1));
  return order === 2 ? div(largest, smallest) : div(smallest, largest);
}

/**
 * How much errors may grow where a system with the matrices `[…, m, n]` is solved, by a norm's order, 2 unless said:
 * `torch.linalg.cond`. Of order 2 and -2 it is the largest singular value over the smallest, or under it; of other orders
 * that of square matrices, the norm times that of the inverse, Infinity of singular ones.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor([[4, 0], [0, 2]]);
 * assertAlmostEquals(await linalg.cond(x).item(), 2, 1e-6);
 * assertAlmostEquals(await linalg.cond(x, "fro").item(), 2.5, 1e-6);
 * assertEquals(await linalg.cond(tensor([[1, 1], [1, 1]]), 1).item(), Infinity);
 * ```
 */
export const cond: (x: Tensor, order?: MatrixOrder) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.cond",
  (x, order = 2) => {
    checkMatrices("linalg.cond", x);
    if (x.size === 0) return zeros(x.shape.slice(0, -2), { dtype: x.dtype, backend: x.backend });
    if (order === 2 || order === -2) return ofSingularValues(x, order);
    const { inverse, info } = invEx(x);
    return where(info.equal(0), mul(matrixNorm(x, order), matrixNorm(inverse, order)), Infinity);
  },
  { dtypes: ["f32", "f64"] },
);
