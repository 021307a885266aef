/** Products of tensors that are no plain matrix product, and what is added to one. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger, checkOptions } from "../base/settings.ts";
import { normalizeAxis } from "../base/shape.ts";
import { defineOp } from "../define/composite.ts";
import { elementwise } from "../define/elementwise.ts";
import { e } from "../expr/e.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul, sub } from "./arithmetic.ts";
import { contracted } from "./contraction.ts";
import { roll } from "./joining.ts";
import { matmul, outer } from "./linear_algebra.ts";
import { eye } from "./ranges.ts";
import { sum } from "./reductions.ts";
import { broadcastTensors, expand, reshape } from "./shape.ts";

/**
 * Factors of {@link addmm} and its kin.
 *
 * @category Linear algebra
 */
export interface AddedProductOptions {
  /** What the tensor is multiplied by, which at 0 is left out, NaN and all; 1 unless said. */
  readonly beta?: number;
  /** What the product is multiplied by; 1 unless said. */
  readonly alpha?: number;
}

/**
 * beta·x + alpha times a product of a and b, x broadcasting to its shape.
 *
 * @category Linear algebra
 */
export type AddedProductOp = (x: Tensor, a: Tensor, b: Tensor, options?: AddedProductOptions) => Tensor;

/**
 * A product of two tensors.
 *
 * @category Linear algebra
 */
export type ProductOp = (a: Tensor, b: Tensor) => Tensor;

const weighted = elementwise("addmm", (x, y, beta, alpha) => e.add(e.mul(beta, x), e.mul(alpha, y)));

function added(name: string, ranks: readonly [number, number], product: ProductOp): AddedProductOp {
  return defineOp(name, (x, a, b, options) => {
    checkOptions(name, options, { beta: 1, alpha: 1 });
    if (a.rank !== ranks[0] || b.rank !== ranks[1]) {
      throw new ShapeError(
        `Cannot ${name} ${showShape(a.shape)} and ${showShape(b.shape)}: ranks ${
          ranks.join(" and ")
        } are needed`,
        { op: name, shapes: [a.shape, b.shape] },
      );
    }
    const { beta = 1, alpha = 1 } = options ?? {}, y = product(a, b), wide = expand(x, y.shape);
    return beta === 0 ? mul(y, alpha) : weighted(wide, y, beta, alpha);
  }, { arity: 3 });
}

/**
 * beta·x + alpha·a b of matrices: `torch.addmm`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { addmm, addr, eye, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([[1, 2], [3, 4]]);
 * assertEquals(await addmm(tensor([10, 20]), a, eye(2), { alpha: 2 }).array(), [[12, 24], [16, 28]]);
 * assertEquals(await addr(a, tensor([1, 0]), tensor([5, 6])).array(), [[6, 8], [3, 4]]);
 * ```
 */
export const addmm: AddedProductOp = added("addmm", [2, 2], matmul);

/**
 * beta·x + alpha·a b of a matrix and a vector: `torch.addmv`.
 *
 * @category Linear algebra
 */
export const addmv: AddedProductOp = added("addmv", [2, 1], matmul);

/**
 * beta·x + alpha times the outer product of two vectors: `torch.addr`.
 *
 * @category Linear algebra
 */
export const addr: AddedProductOp = added("addr", [1, 1], outer);

/**
 * beta·x + alpha·a b of batches of matrices: `torch.baddbmm`.
 *
 * @category Linear algebra
 */
export const baddbmm: AddedProductOp = added("baddbmm", [3, 3], matmul);

/**
 * beta·x + alpha times the sum of the products of batches of matrices: `torch.addbmm`.
 *
 * @category Linear algebra
 */
export const addbmm: AddedProductOp = added("addbmm", [3, 3], (a, b) => sum(matmul(a, b), 0));

/**
 * Sums of products along the last axes of both, for each of the other places: `torch.inner`. With a scalar it is the
 * product.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { inner, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await inner(tensor([1, 2]), tensor([[3, 4], [5, 6]])).array(), [11, 17]);
 * ```
 */
export const inner: ProductOp = defineOp("inner", (a, b) => {
  return a.rank === 0 || b.rank === 0 ? mul(a, b) : contracted("inner", a, b, [-1], [-1]);
}, { arity: 2 });

/**
 * The Kronecker product: each element of a times b, as blocks: `torch.kron`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { kron, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await kron(tensor([1, 10]), tensor([[1, 2]])).array(), [[1, 2, 10, 20]]);
 * ```
 */
export const kron: ProductOp = defineOp("kron", (a, b) => {
  const rank = Math.max(a.rank, b.rank);
  const [p, q] = [a, b].map((x) => [...new Array<number>(rank - x.rank).fill(1), ...x.shape]);
  const wide = mul(reshape(a, p.flatMap((n) => [n, 1])), reshape(b, q.flatMap((n) => [1, n])));
  return reshape(wide, p.map((n, i) => n * q[i]));
}, { arity: 2 });

/**
 * The cross product of vectors of three along an axis, the first of extent 3 unless said, the others broadcasting:
 * `torch.cross`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { cross, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await cross(tensor([1, 0, 0]), tensor([0, 1, 0])).array(), [0, 0, 1]);
 * ```
 */
export const cross: (a: Tensor, b: Tensor, axis?: number) => Tensor = defineOp("cross", (a, b, axis) => {
  const [x, y] = broadcastTensors([a, b]), at = normalizeAxis("cross", axis ?? x.shape.indexOf(3), x.rank);
  if (x.shape[at] !== 3) {
    throw new ShapeError(
      `Cannot cross ${showShape(a.shape)} and ${showShape(b.shape)}: an extent of 3 is needed`,
      {
        op: "cross",
        shapes: [a.shape, b.shape],
      },
    );
  }
  const turned = (v: Tensor): Tensor => roll(v, -1, at);
  return turned(sub(mul(x, turned(y)), mul(turned(x), y)));
}, { arity: 2 });

/**
 * The n-th power of square matrices `[…, m, m]`, n from 0; `linalg.matrixPower` takes others too.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { matrixPower, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const fibonacci = tensor([[1, 1], [1, 0]]);
 * assertEquals(await matrixPower(fibonacci, 10).array(), [[89, 55], [55, 34]]);
 * ```
 */
export const matrixPower: (x: Tensor, n: number) => Tensor = defineOp("matrixPower", (x, n) => {
  checkInteger("matrixPower", "n", n, 0);
  const [rows, columns] = x.shape.slice(-2);
  if (x.rank < 2 || rows !== columns) {
    throw new ShapeError(`Cannot matrixPower ${showShape(x.shape)}: square matrices are needed`, {
      op: "matrixPower",
      shapes: [x.shape],
    });
  }
  let result: Tensor | undefined;
  for (let left = n, power = x; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result ? matmul(result, power) : power;
    if (left > 1) power = matmul(power, power);
  }
  return result ?? expand(eye(rows, undefined, { dtype: x.dtype, backend: x.backend }), x.shape);
});
