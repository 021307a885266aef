/** Channels as pixels, and back. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { isCount } from "../../base/shape.ts";
import { described } from "../../base/text.ts";
import { defineOp } from "../../define/composite.ts";
import { dtypes } from "../../base/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { permute } from "../axis_order.ts";
import { reshape } from "../shape.ts";

/** Refuses a count that does not divide extents, or a tensor of too few axes. */
function checkDivides(op: string, x: Tensor, count: number, axes: readonly number[], divisor = count): void {
  if (isCount(count) && count > 0 && x.rank >= 3 && axes.every((a) => x.shape.at(a)! % divisor === 0)) return;
  throw new ShapeError(
    `Cannot ${op} ${showShape(x.shape)} by ${
      described(count)
    }: three axes at least are needed, and a number ` +
      `${divisor === count ? "that" : "whose square"} divides the extent${axes.length > 1 ? "s" : ""} along ${
        axes.join(" and ")
      }`,
    { op, shapes: [x.shape] },
  );
}

/** Axes from the end brought into an order, those in front of them staying where they are. */
function reordered(x: Tensor, order: readonly number[]): Tensor {
  const lead = x.rank - order.length;
  return permute(x, [...Array.from({ length: lead }, (_, i) => i), ...order.map((i) => lead + i)]);
}

/**
 * `[…, channels·r², rows, columns]` as `[…, channels, rows·r, columns·r]`, each r² channels as a square of pixels:
 * `torch.nn.functional.pixel_shuffle`, as Shi et al. (2016). Channels that r² does not divide are a {@link ShapeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { channelShuffle, pixelShuffle, pixelUnshuffle, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[[1]], [[2]], [[3]], [[4]]]), image = pixelShuffle(x, 2);
 * assertEquals(await image.array(), [[[1, 2], [3, 4]]]);
 * assertEquals(await pixelUnshuffle(image, 2).array(), await x.array());
 * assertEquals(await channelShuffle(x.reshape([1, 4, 1]), 2).array(), [[[1], [3], [2], [4]]]);
 * ```
 */
export const pixelShuffle: (x: Tensor, upscaleFactor: number) => Tensor = /* @__PURE__ */ defineOp(
  "pixelShuffle",
  (x, r) => {
    checkDivides("pixelShuffle", x, r, [-3], r * r);
    const [depth, rows, columns] = x.shape.slice(-3), lead = x.shape.slice(0, -3), channels = depth / (r * r);
    const apart = reshape(x, [...lead, channels, r, r, rows, columns]);
    return reshape(reordered(apart, [0, 3, 1, 4, 2]), [...lead, channels, rows * r, columns * r]);
  },
  { dtypes },
);

/**
 * `[…, channels, rows·r, columns·r]` as `[…, channels·r², rows, columns]`, the inverse of {@link pixelShuffle}:
 * `torch.nn.functional.pixel_unshuffle`. Rows or columns that r does not divide are a {@link ShapeError}.
 *
 * @category Network functions
 */
export const pixelUnshuffle: (x: Tensor, downscaleFactor: number) => Tensor = /* @__PURE__ */ defineOp(
  "pixelUnshuffle",
  (x, r) => {
    checkDivides("pixelUnshuffle", x, r, [-2, -1]);
    const [channels, height, width] = x.shape.slice(-3), lead = x.shape.slice(0, -3);
    const [rows, columns] = [height / r, width / r];
    const apart = reshape(x, [...lead, channels, rows, r, columns, r]);
    return reshape(reordered(apart, [0, 2, 4, 1, 3]), [...lead, channels * r * r, rows, columns]);
  },
  { dtypes },
);

/**
 * Channels, axis 1, in another order: the first of each group, then the second of each, as Zhang et al. (2018).
 * `torch.nn.functional.channel_shuffle`. Channels that the groups do not divide are a {@link ShapeError}.
 *
 * @category Network functions
 */
export const channelShuffle: (x: Tensor, groups: number) => Tensor = /* @__PURE__ */ defineOp(
  "channelShuffle",
  (x, groups) => {
    checkDivides("channelShuffle", x, groups, [1]);
    const [batch, channels, ...rest] = x.shape,
      apart = reshape(x, [batch, groups, channels / groups, ...rest]);
    return reshape(permute(apart, [0, 2, 1, ...rest.map((_, i) => 3 + i)]), x.shape);
  },
  { dtypes },
);
