/** Determinants. */
import { apply, applyAll } from "../../call/apply.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mul, sub } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { less, notEqual } from "../comparison.ts";
import { to } from "../convert.ts";
import { abs, sign } from "../magnitude.ts";
import { log } from "../math.ts";
import { diagonal } from "../matrices.ts";
import { arange } from "../ranges.ts";
import { prod, sum } from "../reductions.ts";
import { remainder } from "../arithmetic.ts";
import { checkSquare } from "./checks.ts";
import { determinant } from "./primitives/determinant.ts";
import { luFactors } from "./primitives/lu.ts";

const dtypes = ["f32", "f64"] as const;

/**
 * The determinant of square matrices `[…, n, n]`: `torch.linalg.det`, `torch.det`. Its gradient, the cofactors, and that
 * of second order are right for singular matrices too. It is computed on the host in double precision; WebGPU has those
 * of up to 32 rows itself, by pairs of f32, from where others move to the host and back.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([[1, 2], [2, 4]]), det = linalg.det(x);
 * det.backward();
 * assertEquals(await det.item(), 0);
 * assertEquals(await x.grad!.array(), [[4, -2], [-2, 1]]);
 * ```
 */
export const det: (x: Tensor) => Tensor = /* @__PURE__ */ defineOp("linalg.det", (x) => {
  checkSquare("linalg.det", x);
  return apply(determinant, [x], null);
}, { dtypes });

/**
 * A determinant by its sign and its size.
 *
 * @category Linear algebra
 */
export interface SignAndLog {
  /** 1, -1, or 0 of a singular matrix. */
  readonly sign: Tensor;
  /** The logarithm of the absolute value, -Infinity of 0. */
  readonly logabsdet: Tensor;
}

function signAndLog(x: Tensor): SignAndLog {
  const [factors, pivots] = applyAll(luFactors, [x], { refuses: "" }), pivot = diagonal(factors);
  const own = arange(1, x.shape.at(-1)! + 1, { dtype: "i32", backend: x.backend });
  const odd = remainder(sum(to(notEqual(pivots, own), "i32"), -1), 2);
  const parity = sub(1, mul(to(odd, x.dtype), 2));
  return { sign: mul(parity, prod(sign(pivot.detach()), -1)), logabsdet: sum(log(abs(pivot)), -1) };
}

/**
 * The sign of the determinant of square matrices `[…, n, n]`, and the logarithm of its absolute value, which neither
 * overflows nor underflows: `torch.linalg.slogdet`, `torch.slogdet`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const { sign, logabsdet } = linalg.slogdet(tensor([[0, 2], [1, 0]]));
 * assertEquals([await sign.item(), await logabsdet.item()], [-1, Math.fround(Math.log(2))]);
 * ```
 */
export const slogdet: (x: Tensor) => SignAndLog = /* @__PURE__ */ defineOp("linalg.slogdet", (x) => {
  checkSquare("linalg.slogdet", x);
  return signAndLog(x);
}, { dtypes });

/**
 * The logarithm of the determinant of square matrices `[…, n, n]`, -Infinity of 0 and NaN where it is negative:
 * `torch.logdet`.
 *
 * @category Linear algebra
 */
export const logdet: (x: Tensor) => Tensor = /* @__PURE__ */ defineOp("linalg.logdet", (x) => {
  checkSquare("linalg.logdet", x);
  const { sign, logabsdet } = signAndLog(x);
  return where(less(sign, 0), NaN, logabsdet);
}, { dtypes });
