/** Attention. */
import { applyAll } from "../../call/apply.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Key } from "../keys.ts";
import { attention, prepared } from "./attention_op.ts";

/**
 * What {@link scaledDotProductAttention} may be told.
 *
 * @category Network functions
 */
export interface AttentionOptions {
  /** Bools, of which true takes part, or numbers that are added to the scores; it broadcasts to `[…, L, S]`. */
  readonly mask?: Tensor | undefined;
  /** Whether position i of q attends to positions up to i of k alone; not together with a mask. */
  readonly isCausal?: boolean;
  /** What products of q and k are multiplied with: 1/√E unless said. */
  readonly scale?: number;
  /** The probability of a weight to be dropped, 0 unless said; those that stay grow to 1/(1 - p). */
  readonly dropoutP?: number;
  /** What weights are dropped by; the next key of the global sequence unless said. */
  readonly key?: Key;
}

/**
 * softmax(q·kᵀ·scale)·v of `[…, L, E]`, `[…, S, E]` and `[…, S, F]`, as `torch.nn.functional.scaled_dot_product_attention`: leading axes broadcast, operands
 * meet in one dtype, f16 is computed in f32. A position that may attend to none gives zeros, and so does its
 * gradient. Shapes that do not fit are a {@link ShapeError}, integers a {@link DtypeError}.
 *
 * For the gradient it keeps its operands and the logarithm of the sum of each row, not the weights.
 * `torch.nn.functional.scaled_dot_product_attention`.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { scaledDotProductAttention, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const q = tensor([[0, 0], [0, 0]]), k = tensor([[1, 2], [3, 4]]), v = tensor([[2], [4]]);
 * assertEquals(await scaledDotProductAttention(q, k, v).array(), [[3], [3]]);
 * assertEquals(await scaledDotProductAttention(q, k, v, { isCausal: true }).array(), [[2], [3]]);
 * const mask = tensor([[false, true], [false, false]]);
 * assertEquals(await q.scaledDotProductAttention(k, v, { mask }).array(), [[4], [0]]);
 * ```
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const { inputs, attributes } = prepared(q, k, v, options);
  return applyAll(attention, inputs, attributes)[0];
}
