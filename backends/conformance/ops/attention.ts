/** Rows of attention and of its gradients. */
import { key, scaledDotProductAttention as attend, type Tensor, tensor, vjp } from "@tapegrad/core";
import type { Composites, Sample } from "./composites.ts";

function of(shapes: Sample["shapes"], call: Sample["call"]): Sample {
  return { shapes, call };
}

const few: Sample["shapes"] = [[3, 4], [5, 4], [5, 2]];

// The last row attends to nothing.
function allowed({ backend }: Tensor): Tensor {
  return tensor([[1, 0, 0, 1, 1], [0, 1, 0, 1, 0], [0, 0, 0, 0, 0]], { backend }).greater(0);
}

const calls: Readonly<Record<string, Sample>> = {
  "of 2 heads": of([[2, 3, 4], [2, 4, 4], [4, 3]], (q, k, v) => attend(q, k, v)),
  "of heads that share keys and values": of(
    [[2, 3, 5, 7], [2, 1, 6, 7], [1, 6, 3]],
    (q, k, v) => attend(q, k, v, { scale: 0.2 }),
  ),
  "of heads whose axes are in turn": of([[5, 2, 4], [6, 2, 4], [6, 2, 5]], (...all) => {
    const [q, k, v] = all.map((x) => x.permute([1, 0, 2]));
    return attend(q, k, v).permute([1, 0, 2]);
  }),
  "to what is not later": of([[4, 3], [5, 3], [5, 3]], (q, k, v) => attend(q, k, v, { isCausal: true })),
  "of more positions to what is not later": of(
    [[2, 30, 3], [2, 9, 3], [2, 9, 2]],
    (q, k, v) => attend(q, k, v, { isCausal: true }),
  ),
  "with a mask that is added": of([...few, [3, 5]], (q, k, v, mask) => attend(q, k, v, { mask })),
  "with a mask that all rows and heads share": of(
    [[2, 3, 4], [2, 4, 4], [4, 3], [4]],
    (q, k, v, mask) => attend(q, k, v, { mask, scale: 0.2 }),
  ),
  "with a mask that leaves a row nothing": of(few, (q, k, v) => attend(q, k, v, { mask: allowed(q) })),
  "with dropout": of(few, (q, k, v) => attend(q, k, v, { dropoutP: 0.4, key: key(1) })),
};

// As many operands as the call has, and the cotangent.
function backwardOf({ shapes, call }: Sample): Sample {
  const [q, , v] = shapes;
  return of([...shapes, [...q.slice(0, -1), v.at(-1)!]], (...all) => {
    const given = all.slice(0, -1),
      [, pull] = vjp((...inputs: Tensor[]) => call(...inputs) as Tensor, ...given);
    return (pull as (ct: Tensor) => Tensor[])(all.at(-1)!);
  });
}

// Those whose third derivatives do not cancel.
const smooth = [
  ...["of 2 heads", "to what is not later", "with a mask that is added"],
  ...["with a mask that leaves a row nothing", "with dropout"],
];

/** Rows by the op's name. */
export const attentions: Composites = {
  scaledDotProductAttention: { samples: calls },
  attentionBackward: {
    samples: Object.fromEntries(
      smooth.map((detail) => [detail, backwardOf(calls[detail])]),
    ),
  },
};
