/** Attention. */
import { attentionWithWeights, type Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";
import { NotCovered } from "../sample.ts";

// PyTorch 1.13 gives the weights as well.
function attention(c: Call): readonly Tensor[] {
  if (c.number(4, "dropout_p", 0) > 0) throw new NotCovered("random numbers of PyTorch's own");
  return attentionWithWeights(c.tensor(0), c.tensor(1), c.tensor(2), {
    mask: c.maybe(3, "attn_mask"),
    isCausal: c.flag(NAMED, "is_causal", false),
  });
}

/** PyTorch's names of attention. */
export const attentions: Readonly<Record<string, Operator>> = {
  "nn.functional._scaled_dot_product_attention": attention,
};
