/** What matrices are refused for. */
import { DtypeError, ShapeError, showShape } from "../../base/errors.ts";
import type { TensorType } from "../../call/op.ts";
import { checkFloating } from "../../define/operands.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Refuses what is no matrix of f32 or f64. */
export function checkMatrices(op: string, x: Tensor): void {
  checkFloating(op, x);
  if (x.dtype === "f16") {
    throw new DtypeError(`Cannot take ${op} of f16: f32 or f64 is needed, cast with to("f32")`, {
      op,
      dtypes: [x.dtype],
    });
  }
  if (x.rank < 2) refuseShape(op, x, "matrices are needed");
}

/** Refuses what is no square matrix of f32 or f64. */
export function checkSquare(op: string, x: Tensor): void {
  checkMatrices(op, x);
  if (x.shape.at(-1) !== x.shape.at(-2)) refuseShape(op, x, "square matrices are needed");
}

/** Refuses a shape. */
export function refuseShape(op: string, { shape }: Pick<TensorType, "shape">, why: string): never {
  throw new ShapeError(`Cannot ${op} ${showShape(shape)}: ${why}`, { op, shapes: [shape] });
}

/** Refuses two shapes that do not go together. */
export function refuseShapes(
  op: string,
  a: Pick<TensorType, "shape">,
  b: Pick<TensorType, "shape">,
  why: string,
): never {
  throw new ShapeError(`Cannot ${op} ${showShape(a.shape)} and ${showShape(b.shape)}: ${why}`, {
    op,
    shapes: [a.shape, b.shape],
  });
}
