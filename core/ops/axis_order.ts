/** The same elements with their axes in another order. */
import { listed } from "../base/text.ts";
import { checkTensor } from "../tensor/tree.ts";
import { registerFunctions } from "../call/catalog.ts";
import { apply } from "../call/apply.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { permuteView } from "../primitives/views.ts";
import { listOf, normalizeAxis } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * Axes in another order, as a view. Axes that are not each named once are a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { permute, ShapeError, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const images = zeros([8, 32, 48, 3]);
 * assertEquals(permute(images, [0, 3, 1, 2]).shape, [8, 3, 32, 48]);
 * assertThrows(() => permute(images, [0, 1]), ShapeError, "each of its 4 axes must be named once");
 * ```
 */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  checkTensor("permute", x);
  const order = listOf("permute", "to axes", axes).map((axis) => normalizeAxis("permute", axis, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new ShapeError(
      `Cannot permute ${showShape(x.shape)} to axes ${
        listed(axes)
      }: each of its ${x.rank} axes must be named once`,
      { op: "permute", shapes: [x.shape] },
    );
  }
  return order.every((axis, i) => axis === i) ? x : apply(permuteView, [x], { axes: order });
}

/**
 * Two axes swapped, the last two unless said, as a view; a scalar as it is: `torch.transpose`, `torch.Tensor.mT`.
 *
 * @category Shape
 * @example
 * ```ts
 * import { tensor, transpose, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await transpose(tensor([[1, 2], [3, 4]])).array(), [[1, 3], [2, 4]]);
 * assertEquals(transpose(zeros([2, 3, 4]), 0, -1).shape, [4, 3, 2]);
 * ```
 */
export function transpose(x: Tensor, a?: number, b = -1): Tensor {
  checkTensor("transpose", x);
  if (x.rank === 0 && a === undefined) return x;
  const i = normalizeAxis("transpose", a ?? -2, x.rank), j = normalizeAxis("transpose", b, x.rank);
  return permute(x, x.shape.map((_, k) => k === i ? j : k === j ? i : k));
}

/**
 * One axis, or several, moved to other places, the others keeping their order, as a view: `torch.movedim`. Axes that
 * are not as many as places are a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { moveAxis, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(moveAxis(zeros([2, 3, 4]), 0, -1).shape, [3, 4, 2]);
 * assertEquals(moveAxis(zeros([2, 3, 4]), [0, 2], [1, 0]).shape, [4, 2, 3]);
 * ```
 */
export function moveAxis(
  x: Tensor,
  from: number | readonly number[],
  to: number | readonly number[],
): Tensor {
  checkTensor("moveAxis", x);
  const [source, target] = [from, to].map((axes) =>
    (typeof axes === "number" ? [axes] : listOf("moveAxis", "to or from axes", axes)).map((axis) =>
      normalizeAxis("moveAxis", axis, x.rank)
    )
  );
  if (source.length !== target.length) {
    throw new ShapeError(
      `Cannot moveAxis from ${listed(from)} to ${listed(to)}: one place for each axis is needed`,
      { op: "moveAxis", shapes: [x.shape] },
    );
  }
  const others = x.shape.flatMap((_, i) => source.includes(i) ? [] : [i]).values();
  const order = x.shape.map((_, i) => target.includes(i) ? source[target.indexOf(i)] : others.next().value!);
  return permute(x, order);
}

registerFunctions({ transpose: 1, moveAxis: 1 });
