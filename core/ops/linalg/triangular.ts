/** Systems with triangular matrices. */
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { alike } from "./batches.ts";
import { checkMatrices, checkSquare, refuseShapes } from "./checks.ts";
import { triangularSolved } from "./primitives/triangular.ts";

/**
 * What {@link solveTriangular} is told.
 *
 * @category Linear algebra
 */
export interface TriangularOptions {
  /** Whether the upper triangle counts, else the lower one; the other one is not read. */
  readonly upper: boolean;
  /** Whether the matrix stands on the left of what is solved for; it does unless said. */
  readonly left?: boolean;
  /** Whether the diagonal is taken for ones and not read; it is not unless said. */
  readonly unitriangular?: boolean;
}

/**
 * x of a·x = b, or with `left: false` of x·a = b, of triangular matrices a `[…, n, n]` and b `[…, n, k]` or
 * `[…, k, n]`, leading axes broadcasting: `torch.linalg.solve_triangular`, and with arguments in another order
 * `torch.triangular_solve`. A 0 on the diagonal gives what dividing by it gives. Transposed is
 * `solveTriangular(a.transpose(), b, { upper: !upper })`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([[2, 0], [1, 4]]), b = tensor([[2], [9]]);
 * assertEquals(await linalg.solveTriangular(a, b, { upper: false }).array(), [[1], [2]]);
 * ```
 */
export const solveTriangular: (a: Tensor, b: Tensor, options: TriangularOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "linalg.solveTriangular",
    (a, b, options) => {
      if (typeof options?.upper !== "boolean") {
        throw new TypeError(
          "Cannot linalg.solveTriangular without upper: say which triangle counts, { upper: false }",
        );
      }
      const { upper, left = true, unitriangular: unit = false } = options;
      checkSquare("linalg.solveTriangular", a);
      checkMatrices("linalg.solveTriangular", b);
      const n = a.shape.at(-1), m = b.shape.at(left ? -2 : -1);
      if (n !== m) refuseShapes("linalg.solveTriangular", a, b, `inner extents are ${n} and ${m}`);
      return triangularSolved(...alike("linalg.solveTriangular", a, b), { upper, left, unit });
    },
    { arity: 2, dtypes: ["f32", "f64"], known: { upper: true, left: true, unitriangular: true } },
  );
