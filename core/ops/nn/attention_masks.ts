/** What may not be attended to. */
import { isFloating } from "../../base/dtype.ts";
import { DtypeError, ShapeError, showShape } from "../../base/errors.ts";
import { sameShape, type Shape } from "../../base/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { add } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { greater } from "../comparison.ts";
import { pad } from "../padding.ts";
import { logicalNot, logicalOr } from "../logic.ts";
import { arange } from "../ranges.ts";
import { reshape } from "../shape.ts";

/**
 * Masks of PyTorch's layers: in bools true may NOT be attended to, floats are added to the scores.
 *
 * @category Network functions
 */
export interface AttentionMasks {
  /** Of keys, `[N, S]`, or `[S]` without a batch. */
  readonly keyPaddingMask?: Tensor | null | undefined;
  /** Of pairs, `[L, S]`, or `[N·heads, L, S]` one for each head. */
  readonly attnMask?: Tensor | null | undefined;
  /** Whether position i attends to keys up to i alone, with or without masks; not so unless said. */
  readonly isCausal?: boolean | undefined;
}

/** What of {@link scaledDotProductAttention} says the same. */
export interface Allowed {
  /** Bools, of which true takes part, or numbers to add. */
  readonly mask?: Tensor;
  /** Whether positions attend to what is not later. */
  readonly isCausal: boolean;
}

/** The masks as one, for scores `[N, heads, L, S]` behind which `extra` keys stand that all may attend to. */
export function allowedOf(
  { keyPaddingMask, attnMask, isCausal = false }: AttentionMasks,
  scores: Shape,
  query: Tensor,
  extra: number,
): Allowed {
  const masks = [
    ...attnMask ? [pairMask(attnMask, scores)] : [],
    ...keyPaddingMask ? [keyMask(keyPaddingMask, scores, query.rank === 2)] : [],
  ];
  if (isCausal && masks.length + extra === 0) return { isCausal };
  if (isCausal) masks.push(later(scores, query));
  if (masks.length === 0) return { isCausal: false };
  const whole = masks.reduce(both), mask = extra > 0 ? pad(whole, [[0, extra]]) : whole;
  return { mask: mask.dtype === "bool" ? logicalNot(mask) : mask, isCausal: false };
}

function both(a: Tensor, b: Tensor): Tensor {
  return a.dtype === "bool" && b.dtype === "bool" ? logicalOr(a, b) : add(added(a), added(b));
}

function added(mask: Tensor): Tensor {
  return mask.dtype === "bool" ? where(mask, -Infinity, 0) : mask;
}

function later(scores: Shape, { backend }: Tensor): Tensor {
  const [rows, columns] = scores.slice(-2), options = { dtype: "i32", backend } as const;
  return greater(arange(columns, undefined, options), reshape(arange(rows, undefined, options), [rows, 1]));
}

function pairMask(mask: Tensor, scores: Shape): Tensor {
  const [batch, heads, ...pair] = scores;
  check("attnMask", mask, [pair, [batch * heads, ...pair]]);
  return mask.rank === 2 ? mask : reshape(mask, scores);
}

function keyMask(mask: Tensor, [batch, , , keys]: Shape, isLone: boolean): Tensor {
  check("keyPaddingMask", mask, [isLone ? [keys] : [batch, keys]]);
  return reshape(mask, [batch, 1, 1, keys]);
}

function check(name: string, mask: Tensor, shapes: readonly Shape[]): void {
  checkTensor(`attend with a ${name} of`, mask);
  if (mask.dtype !== "bool" && !isFloating(mask.dtype)) {
    throw new DtypeError(
      `Cannot attend with a ${name} of ${mask.dtype}: give bools, of which true may not be attended to, or floats, which are added`,
      { op: "multiHeadAttentionForward", dtypes: [mask.dtype] },
    );
  }
  if (shapes.some((shape) => sameShape(mask.shape, shape))) return;
  throw new ShapeError(
    `Cannot attend with a ${name} of ${showShape(mask.shape)}: it must be ${
      shapes.map(showShape).join(" or ")
    }`,
    { op: "multiHeadAttentionForward", shapes: [mask.shape] },
  );
}
