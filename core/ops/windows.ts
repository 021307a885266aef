/** Parts of tensors along an axis, and windows that move along it. */
import { checkOptions } from "../base/settings.ts";
import { registerFunctions } from "../call/catalog.ts";
import { apply } from "../call/apply.ts";
import { described } from "../base/text.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { folding } from "../primitives/movement.ts";
import { sliceView, unfoldView } from "../primitives/views.ts";
import { normalizeAxes, normalizeAxis } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { reshape } from "./shape.ts";

/**
 * `length` elements from `start` along an axis, as a view; what lies beyond the axis is a {@link
 * ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { arange, narrow, ShapeError } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(await narrow(arange(5), 0, 1, 3).array(), [1, 2, 3]);
 * assertThrows(() => narrow(arange(5), 0, 3, 3), ShapeError, "its extent is 5");
 * ```
 */
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  checkTensor("narrow", x);
  const at = normalizeAxis("narrow", axis, x.rank), extent = x.shape[at] ?? 0;
  if (x.rank === 0) throw new ShapeError("Cannot narrow a scalar: there is no axis to take a part of");
  if (
    !(Number.isInteger(start) && Number.isInteger(length) && start >= 0 && length >= 0 &&
      start + length <= extent)
  ) {
    throw new ShapeError(
      `Cannot narrow axis ${at} of ${showShape(x.shape)} to ${described(length)} from ${
        described(start)
      }: its extent is ${extent}`,
      { op: "narrow", shapes: [x.shape] },
    );
  }
  if (length === extent) return x;
  return apply(sliceView, [x], {
    starts: x.shape.map((_, i) => i === at ? start : 0),
    counts: x.shape.map((n, i) => i === at ? length : n),
    steps: x.shape.map(() => 1),
  });
}

/**
 * Reversed along axes, all unless said, as a view.
 *
 * @category Shape
 * @example
 * ```ts
 * import { flip, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await flip(x).array(), [[4, 3], [2, 1]]);
 * assertEquals(await flip(x, 1).array(), [[2, 1], [4, 3]]);
 * ```
 */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  checkTensor("flip", x);
  const turned = normalizeAxes("flip", axes, x.rank);
  return apply(sliceView, [x], {
    starts: x.shape.map((n, i) => turned.includes(i) ? Math.max(n - 1, 0) : 0),
    counts: x.shape,
    steps: x.shape.map((_, i) => turned.includes(i) ? -1 : 1),
  });
}

/**
 * Windows of `size` elements every `step` (1) along an axis, as a new last axis, as a view; elements that
 * fill no window are left out. A size beyond the extent is a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { tensor, unfold } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const windows = unfold(tensor([1, 2, 4, 7]), 0, 2);
 * assertEquals(await windows.array(), [[1, 2], [2, 4], [4, 7]]);
 * assertEquals(await windows.mean(1).array(), [1.5, 3, 5.5]);
 * ```
 */
export function unfold(
  x: Tensor,
  axis: number,
  size: number,
  step: number | { readonly step?: number } = 1,
): Tensor {
  checkTensor("unfold", x);
  const at = normalizeAxis("unfold", axis, x.rank);
  if (typeof step !== "number") checkOptions("unfold", step, { step: 1 });
  const by = typeof step === "number" ? step : step.step ?? 1;
  // A scalar is one window of one element, without an axis of windows.
  if (x.rank === 0) return reshape(unfold(reshape(x, [1]), 0, size, by), [size]);
  return apply(unfoldView, [x], { axis: at, size, step: by });
}

/**
 * Overlap-add of windows, which are the last axis, every `step` (1) into `extent` along `axis`: the adjoint
 * of {@link unfold}. Windows that do not fit are a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { fold, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const windows = tensor([[1, 1], [1, 1], [1, 1]]);
 * assertEquals(await fold(windows, 0, { extent: 4 }).array(), [1, 2, 2, 1]);
 * assertEquals(await fold(windows, 0, { extent: 6, step: 2 }).array(), [1, 1, 1, 1, 1, 1]);
 * ```
 */
export function fold(
  x: Tensor,
  axis: number,
  options: { readonly extent: number; readonly step?: number },
): Tensor {
  checkTensor("fold", x);
  checkOptions("fold", options, { extent: 0, step: 1 });
  const { extent, step = 1 } = options ?? {};
  if (!(x.rank > 1 && Number.isInteger(extent) && extent >= 0 && Number.isInteger(step) && step > 0)) {
    throw new ShapeError(
      `Cannot fold ${showShape(x.shape)} into extent ${described(extent)} every ${step}: ` +
        "an axis of windows, an extent from 0 and a step of at least 1 are needed",
      { op: "fold", shapes: [x.shape] },
    );
  }
  const at = normalizeAxis("fold", axis, x.rank - 1);
  return apply(folding, [x], { axis: at, step, extent });
}

registerFunctions({ narrow: 1, flip: 1 });
