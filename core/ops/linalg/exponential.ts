/** Exponentials of matrices. */
import { apply } from "../../call/apply.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkSquare } from "./checks.ts";
import { exponential } from "./primitives/exponential.ts";

/**
 * Σ xᵏ/k! of square matrices `[…, n, n]`, by scaling and squaring: `torch.linalg.matrix_exp`, `torch.matrix_exp`. It
 * is computed on the host in double precision; WebGPU has those of up to 32 rows itself, in f32, which a norm of x
 * multiplies the rounding of, from where others move to the host and back.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await linalg.matrixExp(tensor([[0, 3], [0, 0]])).array(), [[1, 3], [0, 1]]);
 * ```
 */
export const matrixExp: (x: Tensor) => Tensor = /* @__PURE__ */ defineOp("linalg.matrixExp", (x) => {
  checkSquare("linalg.matrixExp", x);
  return apply(exponential, [x], null);
}, { dtypes: ["f32", "f64"] });
