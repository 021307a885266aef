/** What is scattered meets what is there. */
import { ShapeError, showShape } from "../base/errors.ts";
import type { Shape } from "../base/shape.ts";
import { apply } from "../call/apply.ts";
import { operandLike } from "../define/numbers.ts";
import type { TensorLike } from "../define/operands.ts";
import type { ScatterKind } from "../primitives/attributes.ts";
import { narrow } from "../primitives/functions.ts";
import { scatterAt } from "../primitives/indexing.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { checkIndex } from "./index_checks.ts";
import { expand, reshape } from "./shape.ts";

/** Whether x is a scalar beside another or a vector, which stand for vectors of one. */
export function isBare(x: Tensor, index: Tensor): boolean {
  return x?.rank + index?.rank < 2 && x.rank * index.rank === 0;
}

/** A scalar as a vector of one. */
export function vector(x: Tensor): Tensor {
  return x.rank === 0 ? reshape(x, [1]) : x;
}

/** A copy of x that source meets at index along an axis. */
export function meet(
  op: string,
  kind: ScatterKind,
  x: Tensor,
  axis: number,
  index: Tensor,
  source: TensorLike,
): Tensor {
  if (isBare(x, index)) return reshape(meet(op, kind, vector(x), axis, vector(index), source), x.shape);
  const at = checkIndex(op, x, axis, index), values = operandLike(`${op} with`, source, x).to(x.dtype);
  const part = values.rank === index.rank ? firstsOf(values, index.shape) : values;
  return apply(scatterAt, [x, index, expand(part, index.shape)], { axis: at, kind });
}

// Of a source with more in it the first elements are taken.
function firstsOf(source: Tensor, shape: Shape): Tensor {
  return shape.reduce((part, n, i) => part.shape[i] > n ? narrow(part, i, 0, n) : part, source);
}

/** A vector of indices along an axis, repeated over the others. */
export function along(op: string, index: Tensor, at: number, shape: Shape): Tensor {
  checkTensor(op, index);
  if (index.rank > 1) {
    throw new ShapeError(`Cannot ${op} at indices of ${showShape(index.shape)}: a vector is needed`, {
      op,
      shapes: [index.shape],
    });
  }
  const wide = reshape(index, shape.map((_, i) => i === at ? index.size : 1));
  return expand(wide, shape.map((n, i) => i === at ? index.size : n));
}
