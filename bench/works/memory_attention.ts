import { fromArray, type Tensor } from "@tapegrad/tapegrad";
import { type Contender, weighed } from "../harness/measure.ts";
import { gradients } from "./gradients.ts";
import { positives } from "./inputs.ts";
import type { Attention, Work } from "./work.ts";

/** What attention and its gradients to queries, keys and values take of memory at most. */
export const work: Work<"memory-attention"> = {
  name: "memory-attention",
  title: "memory of attention over 4096 positions at most",
  about: "the memory that attention of 4 heads of 64 takes at most, 4096 positions, forward and backward",
  unit: "MiB",
  cases: [{
    label: "",
    dtype: "f32",
    given: { batch: 1, heads: 4, length: 4096, features: 64 },
    long: true,
  }],
  ours: [{ how: "functional", prepare }],
};

function prepare({ batch, heads, length, features }: Attention): Contender {
  const shape = [batch, heads, length, features], n = shape.reduce((a, b) => a * b);
  const [q, k, v] = [1, 2, 3].map((seed): Tensor => {
    const x = fromArray(positives(n, seed).map((p) => 2 * p - 1), shape);
    x.requiresGrad = true;
    return x;
  });
  return gradients(() => q.scaledDotProductAttention(k, v).square().mean(), [q, k, v], { by: weighed });
}
