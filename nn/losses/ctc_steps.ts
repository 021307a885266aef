/** What alignments are counted with, in logarithms. */
import { defineElementwise, defineScalar, e, type Expr, type TensorLike } from "@tapegrad/core";

// How much of a sum a term is: nothing of a sum that is nothing, where ∞ - ∞ would be NaN.
function share(total: Expr, term: Expr): Expr {
  return e.exp(e.select(e.eq(total, -Infinity), -Infinity, e.sub(term, total)));
}

/** log(e^a + e^b + e^c), without a gradient where all three are -∞. */
const logSum = /* @__PURE__ */ defineScalar({
  name: "logSumOfThree",
  arity: 3,
  result: "float",
  evaluate(a, b, c): number {
    const most = Math.max(a, b, c);
    if (most === -Infinity) return most;
    return most + Math.log(Math.exp(a - most) + Math.exp(b - most) + Math.exp(c - most));
  },
  expand(a, b, c): Expr {
    const most = e.maximum(a, e.maximum(b, c)), base = e.select(e.eq(most, -Infinity), 0, most);
    const [x, y, z] = [a, b, c].map((term) => e.exp(e.sub(term, base)));
    return e.add(base, e.log(e.add(x, e.add(y, z))));
  },
  vjp: [
    (ct, y, a) => e.mul(ct, share(y, a)),
    (ct, y, _a, b) => e.mul(ct, share(y, b)),
    (ct, y, _a, _b, c) => e.mul(ct, share(y, c)),
  ],
});

/** 0, with the gradient of e^x. */
const nothing = /* @__PURE__ */ defineScalar({
  name: "nothingOf",
  arity: 1,
  result: "float",
  evaluate: () => 0,
  expand: (x) => e.select(e.eq(x, 0), e.mul(0, x), 0),
  vjp: [(ct, _y, x) => e.mul(ct, e.exp(x))],
});

/** An elementwise op, of numbers where it may be. */
export type Step = (...operands: readonly TensorLike[]) => ReturnType<ReturnType<typeof defineElementwise>>;

/**
 * A frame further: a state is reached from itself, from the one before, and from the label before the blank between
 * them, if that is another.
 */
export const advance: Step = /* @__PURE__ */ defineElementwise(
  "ctcStep",
  (stay, next, skip, maySkip, emission) =>
    e.add(emission, logSum(stay, next, e.select(maySkip, skip, -Infinity))),
  { conditions: [3] },
);

/** The loss: alignments end at the last label, if there are any, or at the blank after it. */
export const ending: Step = /* @__PURE__ */ defineElementwise(
  "ctcEnd",
  (blank, label, hasLabels) => e.neg(logSum(blank, e.select(hasLabels, label, -Infinity), -Infinity)),
  { conditions: [2] },
);

/**
 * 0, with e^x as its gradient where a frame counts, and NaN where there is no alignment: what PyTorch adds to the
 * gradient, which takes its input for a log softmax. Through one it makes no difference.
 */
export const normalizer: Step = /* @__PURE__ */ defineElementwise(
  "ctcNormalizer",
  (x, counts, isLost) => e.select(counts, nothing(e.add(x, e.select(isLost, NaN, 0))), 0),
  { conditions: [1, 2] },
);
