/** Complex numbers as pairs, the real part first, along a last axis of extent 2: as `torch.view_as_real` shows them. */
import { isFloating } from "../../base/dtype.ts";
import { ShapeError, showShape } from "../../base/errors.ts";
import { defaultDtype } from "../../device/context.ts";
import { cast, narrow, pad, reshape } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";

/** Floats as they are, other numbers in the default dtype. */
export function floating(op: string, x: Tensor): Tensor {
  checkTensor(op, x);
  return isFloating(x.dtype) ? x : cast(x, defaultDtype());
}

/** Floats whose last axis is of pairs. */
export function pairsOf(op: string, z: Tensor): Tensor {
  const pairs = floating(op, z), { shape } = pairs;
  if (shape.at(-1) === 2) return pairs;
  throw new ShapeError(
    `Cannot ${op} ${showShape(shape)}: complex numbers are pairs along a last axis of extent 2, ` +
      "complex.fromReal() makes them of real ones",
    { op, shapes: [shape] },
  );
}

/** The real parts, 0, or the imaginary ones, 1, as a view. */
export function partOf(z: Tensor, at: 0 | 1): Tensor {
  return reshape(narrow(z, z.rank - 1, at, 1), z.shape.slice(0, -1));
}

/** Pairs of real parts and zeros. */
export function fromReals(x: Tensor): Tensor {
  const none = x.shape.map(() => 0);
  return pad(reshape(x, [...x.shape, 1]), {
    low: [...none, 0],
    high: [...none, 1],
    interior: [...none, 0],
    value: 0,
  });
}
