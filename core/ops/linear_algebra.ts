/** Products of vectors and matrices. */
import { defineOp } from "../define/composite.ts";
import { commonDtype } from "../define/operands.ts";
import { checkTensor } from "../tensor/tree.ts";
import { apply } from "../call/apply.ts";
import type { DType } from "../base/dtype.ts";
import { DtypeError, ShapeError, showShape } from "../base/errors.ts";
import { matrixProduct } from "../primitives/matmul.ts";
import { broadcastShapes, sameShape, type Shape } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./arithmetic.ts";
import { diagonal } from "./matrices.ts";
import { sum } from "./reductions.ts";
import { expand, reshape, unsqueeze } from "./shape.ts";

function innerError(op: string, a: Tensor, b: Tensor, why: string): ShapeError {
  return new ShapeError(`Cannot ${op} ${showShape(a.shape)} and ${showShape(b.shape)}: ${why}`, {
    op,
    shapes: [a.shape, b.shape],
  });
}

/**
 * Matrix product `[…, m, k] × […, k, n] → […, m, n]`, leading axes broadcasting; a vector is a row on the
 * left, a column on the right: `torch.matmul`, `torch.linalg.matmul`. Scalars and inner extents that differ are a {@link ShapeError}.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { matmul, ShapeError, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const a = tensor([[1, 2], [3, 4]]);
 * assertEquals(await matmul(a, tensor([1, 10])).array(), [21, 43]);
 * assertEquals(matmul(zeros([5, 2, 3]), zeros([3, 4])).shape, [5, 2, 4]);
 * assertThrows(() => matmul(a, zeros([3, 2])), ShapeError, "inner extents are 2 and 3");
 * ```
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkTensor("matmul", a);
  checkTensor("matmul", b);
  if (a.rank === 0 || b.rank === 0) {
    throw innerError("matmul", a, b, "scalars have no inner extent, use mul()");
  }
  if (a.rank === 1 || b.rank === 1) return vectorProduct(a, b);
  const [k, l] = [a.shape[a.rank - 1], b.shape[b.rank - 2]];
  if (k !== l) throw innerError("matmul", a, b, `inner extents are ${k} and ${l}`);
  const dtype = productDtype("matmul", a, b);
  const [x, y] = a.rank === 2 && b.rank === 2 ? [a, b] : broadcastBatches(a, b);
  return apply(matrixProduct, [x.to(dtype), y.to(dtype)], null);
}

function productDtype(op: string, a: Tensor, b: Tensor): DType {
  const dtype = a.dtype === b.dtype ? a.dtype : commonDtype([a, b]);
  if (dtype !== "bool") return dtype;
  throw new DtypeError(`Cannot ${op} bool and bool: sums of bools are counts, cast with to("i32")`, {
    op,
    dtypes: [a.dtype, b.dtype],
  });
}

function vectorProduct(a: Tensor, b: Tensor): Tensor {
  const [k, l] = [a.shape[a.rank - 1], b.shape[Math.max(0, b.rank - 2)]];
  if (k !== l) throw innerError("matmul", a, b, `inner extents are ${k} and ${l}`);
  if (a.rank === 1 && b.rank === 1) return dot(a, b);
  const product = matmul(a.rank === 1 ? unsqueeze(a, 0) : a, b.rank === 1 ? unsqueeze(b, 1) : b);
  return reshape(product, a.rank === 1 ? dropAxis(product.shape, -2) : dropAxis(product.shape, -1));
}

function dropAxis(shape: Shape, axis: number): Shape {
  return shape.toSpliced(axis, 1);
}

function broadcastBatches(a: Tensor, b: Tensor): [Tensor, Tensor] {
  const [left, right] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (sameShape(left, right)) return [a, b];
  const batch = broadcastShapes("matmul batches", [left, right]);
  return [expand(a, [...batch, ...a.shape.slice(-2)]), expand(b, [...batch, ...b.shape.slice(-2)])];
}

/**
 * Inner product of two vectors of one length, a scalar. Anything else is a {@link ShapeError}.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { dot, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = variable([1, 2, 3]), b = tensor([4, 5, 6]);
 * const product = dot(a, b);
 * product.backward();
 * assertEquals(await product.item(), 32);
 * assertEquals(await a.grad!.array(), [4, 5, 6]);
 * ```
 */
export const dot: (a: Tensor, b: Tensor) => Tensor = defineOp("dot", (a, b) => {
  if (a.rank !== 1 || b.rank !== 1) throw innerError("dot", a, b, "two vectors are needed, use matmul()");
  if (a.size !== b.size) throw innerError("dot", a, b, `lengths are ${a.size} and ${b.size}`);
  const dtype = productDtype("dot", a, b);
  const product = apply(matrixProduct, [reshape(a.to(dtype), [1, -1]), reshape(b.to(dtype), [-1, 1])], null);
  return reshape(product, []);
}, { arity: 2 });

/**
 * Every product of an element of one vector with one of another: `[m]` and `[n]` give `[m, n]`. Other ranks
 * are a {@link ShapeError}.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { outer, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await outer(tensor([1, 2]), tensor([3, 4, 5])).array(), [[3, 4, 5], [6, 8, 10]]);
 * ```
 */
export const outer: (a: Tensor, b: Tensor) => Tensor = defineOp("outer", (a, b) => {
  if (a.rank !== 1 || b.rank !== 1) throw innerError("outer", a, b, "two vectors are needed");
  return mul(unsqueeze(a, 1), b);
}, { arity: 2 });

/**
 * Sum of the main diagonal of the last two axes: `[…, m, n]` gives `[…]`. A rank below 2 is a {@link
 * ShapeError}.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { trace, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([[1, 2], [3, 4]]);
 * const t = trace(x);
 * t.backward();
 * assertEquals(await t.item(), 5);
 * assertEquals(await x.grad!.array(), [[1, 0], [0, 1]]);
 * ```
 */
export const trace: (x: Tensor) => Tensor = defineOp("trace", (x) => sum(diagonal(x), -1));
