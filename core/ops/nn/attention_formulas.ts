/** What attention is made of: scores, weights, and what drops them. */
import { e } from "../../expr/e.ts";
import type { AttentionAttributes } from "../../primitives/attention_kernels.ts";
import { mapping, product, reshape, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add, mul } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { greaterEqual, lessEqual } from "../comparison.ts";
import { uniform } from "../random.ts";
import { arange } from "../ranges.ts";

/** q·kᵀ, scaled and masked, in at least f32. */
export function scoresOf([q, k, , mask]: readonly Tensor[], attributes: AttentionAttributes): Tensor {
  const scores = product(mul(q, attributes.scale), transpose(k));
  if (attributes.isCausal) return where(notLater(scores), scores, -Infinity);
  if (!attributes.isMasked) return scores;
  return mask.dtype === "bool" ? where(mask, scores, -Infinity) : add(scores, mask);
}

function notLater({ shape, backend }: Tensor): Tensor {
  const [rows, columns] = shape.slice(-2), options = { dtype: "i32", backend } as const;
  return lessEqual(arange(columns, undefined, options), reshape(arange(rows, undefined, options), [rows, 1]));
}

/** What drops weights, the same ones whenever it is made of the same key. */
export function dropping(
  inputs: readonly Tensor[],
  { shape, backend }: Tensor,
  { dropoutP }: AttentionAttributes,
): (x: Tensor) => Tensor {
  if (dropoutP === 0) return (x) => x;
  const key = inputs[inputs.length - 1], growth = dropoutP < 1 ? 1 / (1 - dropoutP) : 0;
  const isKept = greaterEqual(uniform(shape, { key, dtype: "f32", backend }), dropoutP);
  return (x) => where(isKept, mul(x, growth), 0);
}

const total = e.input(1);

/** What is weighed over the sum of weights, 0 where there are none. */
export const overTotal: (...inputs: Tensor[]) => Tensor = mapping(
  "attention",
  e.div(e.input(0), e.select(e.eq(total, 0), 1, total)),
);

/** The weights, of scores and their log-sum-exp. */
export const weightOf: (...inputs: Tensor[]) => Tensor = mapping(
  "attention weights",
  e.exp(e.sub(e.input(0), e.input(1))),
);
