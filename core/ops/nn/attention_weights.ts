/** Attention with what it attended to. */
import { applyAll } from "../../call/apply.ts";
import { registerFunctions } from "../../call/catalog.ts";
import { dtypes, isFloating } from "../../base/dtype.ts";
import { cast, reshape } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { wide } from "../widen.ts";
import type { AttentionOptions } from "./attention.ts";
import { dropping, scoresOf, weightOf } from "./attention_formulas.ts";
import { attention, prepared } from "./attention_op.ts";

/**
 * {@link scaledDotProductAttention} and its weights `[…, L, S]`, those that are dropped being 0. Gradients flow through
 * both. It is PyTorch's `torch.nn.functional._scaled_dot_product_attention`.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { attentionWithWeights, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const q = tensor([[0, 0]]), k = tensor([[1, 2], [3, 4]]), v = tensor([[2], [4]]);
 * const [output, weights] = attentionWithWeights(q, k, v);
 * assertEquals(await output.array(), [[3]]);
 * assertEquals(await weights.array(), [[0.5, 0.5]]);
 * ```
 */
export function attentionWithWeights(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): [output: Tensor, weights: Tensor] {
  const { inputs, attributes } = prepared(q, k, v, options);
  const [output, log] = applyAll(attention, inputs, attributes);
  const read = inputs.map(wide), scores = scoresOf(read, attributes);
  const weights = dropping(read, scores, attributes)(weightOf(scores, reshape(log, [...log.shape, 1])));
  return [output, cast(weights, output.dtype)];
}

registerFunctions({ attentionWithWeights: 3 }, { dtypes: dtypes.filter(isFloating) });
