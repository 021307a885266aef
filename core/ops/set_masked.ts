/** `x[key] = value` of a key with one mask in a tensor, by a choice: nothing is read. */
import { ShapeError, showShape } from "../base/errors.ts";
import { isList } from "../base/shape.ts";
import { storageOf } from "../tensor/internals.ts";
import { Tensor } from "../tensor/tensor.ts";
import { add, sub } from "./arithmetic.ts";
import { clamp, where } from "./choice.ts";
import { to } from "./convert.ts";
import { cumsum } from "./cumulative.ts";
import { getItem, type KeyPart } from "./get_item.ts";
import { indexSelect } from "./indexing.ts";
import { reshape } from "./shape.ts";

function isMask(part: KeyPart): part is Tensor {
  return part instanceof Tensor && part.dtype === "bool" && part.rank > 0;
}

/** Whether a key has one mask in a tensor that cannot be read at once, and beside it only what needs no positions. */
export function hasLoneMask(key: readonly KeyPart[]): boolean {
  const others = key.filter((part) => !isMask(part)), mask = key.find(isMask);
  if (mask?.backend.synchronous && !storageOf(mask).isBatch) return false;
  return key.length - others.length === 1 &&
    others.every((part) => !(part instanceof Tensor) && !isList(part) && typeof part !== "boolean");
}

// How many axes of the result come before those of the mask.
function axesBefore(x: Tensor, key: readonly KeyPart[], at: number, rank: number): number {
  const count = (parts: readonly KeyPart[]): number =>
    parts.filter((part) => typeof part !== "number").length;
  const before = key.slice(0, at);
  if (!before.includes("...")) return count(before);
  const named = key.filter((part, i) => i !== at && part !== "..." && part !== null).length + rank;
  return count(before) - 1 + (x.rank - named);
}

/** What stands where the mask is true: values one after another, or one for all. */
function spreadOver(mask: Tensor, value: Tensor, behind: number): Tensor {
  const at = value.rank - 1 - behind;
  if (at < 0) return value;
  const split = (extents: readonly number[]): number[] => value.shape.toSpliced(at, 1, ...extents);
  if (value.shape[at] === 1) return reshape(value, split(mask.shape.map(() => 1)));
  const ranks = sub(cumsum(to(reshape(mask, [-1]), "i32"), 0), 1);
  return reshape(indexSelect(value, at, clamp(ranks, 0, value.shape[at] - 1)), split(mask.shape));
}

/** The key without its mask, and what is to be set there. */
export function withoutMask(
  x: Tensor,
  key: readonly KeyPart[],
  value: Tensor,
  accumulate: boolean,
): readonly [key: readonly KeyPart[], value: Tensor] {
  const at = key.findIndex(isMask),
    mask = key[at] as Tensor,
    open = key.toSpliced(at, 1, ...mask.shape.map(() => ({})));
  const there = getItem(x, ...open),
    before = axesBefore(x, key, at, mask.rank),
    behind = there.rank - before - mask.rank;
  if (mask.shape.some((n, i) => n !== there.shape[before + i])) {
    throw new ShapeError(
      `Cannot setItem of ${showShape(x.shape)} at truth values of ${showShape(mask.shape)}`,
      {
        op: "setItem",
        shapes: [x.shape, mask.shape],
      },
    );
  }
  if (value.size === 0) return [open, there];
  const chosen = spreadOver(mask, value, behind);
  const isChosen = reshape(mask, [...mask.shape, ...new Array<number>(behind).fill(1)]);
  return [open, where(isChosen, accumulate ? add(there, chosen) : chosen, there)];
}
