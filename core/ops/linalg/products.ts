/** Products as `torch.linalg` has them, whose defaults are other than those of `torch`. */
import { checkInteger } from "../../base/settings.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { cross as crossOf, matrixPower as powerOf } from "../products.ts";
import { vander as vanderOf } from "../tensor_products.ts";
import { inv } from "./solve.ts";

/**
 * The cross product of vectors of three along an axis, the last unless said, the others broadcasting:
 * `torch.linalg.cross`.
 *
 * @category Linear algebra
 */
export const cross: (a: Tensor, b: Tensor, axis?: number) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.cross",
  (a, b, axis = -1) => crossOf(a, b, axis),
  { arity: 2 },
);

/**
 * Powers of each element from the 0-th on along a new last axis, as many as there are elements unless `n` says:
 * `torch.linalg.vander`.
 *
 * @category Linear algebra
 */
export const vander: (x: Tensor, n?: number) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.vander",
  (x, n) => vanderOf(x, { increasing: true, ...n !== undefined && { n } }),
);

/**
 * The n-th power of square matrices `[…, m, m]`, for n below 0 that of their inverse: `torch.linalg.matrix_power`,
 * `torch.matrix_power`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await linalg.matrixPower(tensor([[2, 0], [0, 4]]), -2).array(), [[0.25, 0], [0, 0.0625]]);
 * ```
 */
export const matrixPower: (x: Tensor, n: number) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.matrixPower",
  (x, n) => {
    checkInteger("linalg.matrixPower", "n", n);
    return n < 0 ? powerOf(inv(x), -n) : powerOf(x, n);
  },
);
