/** Activations that are more than a function of each element. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { normalizeAxis } from "../../base/shape.ts";
import { defineOp } from "../../define/composite.ts";
import { defineElementwise } from "../../define/elementwise.ts";
import { checkFloating, type TensorLike } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { sigmoid } from "../activation.ts";
import { add, div, mul, neg } from "../arithmetic.ts";
import { to } from "../convert.ts";
import { oneHot } from "../one_hot.ts";
import type { Key } from "../keys.ts";
import { log } from "../math.ts";
import { chunk } from "../pieces.ts";
import { uniform } from "../random.ts";
import { leakyRelu } from "../rectifiers.ts";
import { argmax } from "../reductions.ts";
import { moveAxis } from "../axis_order.ts";
import { reshape } from "../shape.ts";
import { wide, widened } from "../widen.ts";
import { softmax } from "./softmax.ts";
import { straightThrough } from "./straight_through.ts";

/**
 * x above a threshold, a value at and below it, elementwise: `torch.nn.functional.threshold`; NaN stays.
 *
 * @category Network functions
 */
export const threshold: (x: TensorLike, threshold: TensorLike, value: TensorLike) => Tensor =
  /* @__PURE__ */ defineElementwise("threshold", (x, least, value) => e.select(e.le(x, least), value, x));

/**
 * x above 0, weight·x at and below it: `torch.nn.functional.prelu`. The weight is one number, or `[channels]`, one for
 * each along axis 1 of x; others are a {@link ShapeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { glu, gumbelSoftmax, key, prelu, softmin, tensor, threshold } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[-2, -4], [1, 2]]);
 * assertEquals(await prelu(x, tensor([0.5, 0.25])).array(), [[-1, -1], [1, 2]]);
 * assertEquals(await threshold(x, 1, 7).array(), [[7, 7], [7, 2]]);
 * assertEquals(await glu(tensor([3, 5, 0, 0])).array(), [1.5, 2.5]);
 * assertEquals(await softmin(tensor([1, 1])).array(), [0.5, 0.5]);
 * const drawn = gumbelSoftmax(x, { hard: true, key: key(1) });
 * assertEquals(await drawn.sum(1).array(), [1, 1]);
 * ```
 */
export const prelu: (x: Tensor, weight: Tensor) => Tensor = /* @__PURE__ */ defineOp("prelu", (x, weight) => {
  checkTensor("prelu by a weight of", weight);
  const channels = x.rank > 1 ? x.shape[1] : 1;
  if (weight.rank > 1 || (weight.size !== 1 && weight.size !== channels)) {
    throw new ShapeError(
      `Cannot prelu ${showShape(x.shape)} by ${
        showShape(weight.shape)
      }: a weight of one number or [${channels}] is needed`,
      { op: "prelu", shapes: [x.shape, weight.shape] },
    );
  }
  const trailing = weight.size === 1 ? [] : x.shape.slice(2).map(() => 1);
  return leakyRelu(x, reshape(weight, weight.size === 1 ? [] : [channels, ...trailing]));
});

/**
 * The first half along an axis, the last unless given, times the sigmoid of the second: `torch.nn.functional.glu`. An odd
 * extent is a {@link ShapeError}. Dauphin et al. (2017).
 *
 * @category Network functions
 */
export const glu: (x: Tensor, axis?: number) => Tensor = /* @__PURE__ */ defineOp("glu", (x, axis = -1) => {
  const extent = x.shape[normalizeAxis("glu", axis, x.rank)];
  if (extent === undefined || extent % 2 === 1) {
    throw new ShapeError(`Cannot glu ${showShape(x.shape)} along axis ${axis}: an even extent is needed`, {
      op: "glu",
      shapes: [x.shape],
    });
  }
  return widened(x, (values) => {
    const [value, gate] = chunk(values, 2, axis);
    return mul(value, sigmoid(gate));
  });
});

/**
 * e⁻ˣ/Σe⁻ˣ along an axis, the last unless given: `torch.nn.functional.softmin`.
 *
 * @category Network functions
 */
export const softmin: (x: Tensor, axis?: number) => Tensor = /* @__PURE__ */ defineOp(
  "softmin",
  (x, axis = -1) => softmax(neg(x), axis),
);

/**
 * What {@link gumbelSoftmax} may be told.
 *
 * @category Network functions
 */
export interface GumbelSoftmaxOptions {
  /** The temperature: 1 unless said. The lower, the nearer to one of the classes. */
  readonly tau?: number;
  /** Whether it gives 1 for the largest and 0 for the others, with the gradient as if it did not; it does not unless said. */
  readonly hard?: boolean;
  /** Where the classes are: the last axis unless said. */
  readonly axis?: number;
  /** Where the noise comes from; the global sequence unless said. */
  readonly key?: Key;
}

/**
 * A sample of classes by their logits, relaxed so that gradients pass: the softmax of (logits + g)/τ, with noise g of
 * Gumbel's distribution. `torch.nn.functional.gumbel_softmax`. Jang et al. (2017).
 *
 * @category Network functions
 */
export const gumbelSoftmax: (logits: Tensor, options?: GumbelSoftmaxOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "gumbelSoftmax",
    (logits, options = {}) => {
      checkOptions("gumbelSoftmax", options, { tau: 1, hard: true, axis: 0, key: null });
      const { tau = 1, hard = false, axis = -1, key } = options;
      checkSetting("gumbelSoftmax", "tau", tau, 0);
      checkFloating("gumbelSoftmax", logits);
      normalizeAxis("gumbelSoftmax", axis, logits.rank);
      const x = wide(logits), { dtype, backend, shape } = x;
      // Drawn in f32, and so the same in every dtype.
      const drawn = to(uniform(shape, { dtype: "f32", backend, ...(key && { key }) }), dtype);
      const noise = neg(log(neg(log(drawn))));
      const soft = to(softmax(div(add(x, noise), tau), axis), logits.dtype);
      return hard ? straightThrough(largest(soft, axis), soft) : soft;
    },
  );

function largest(x: Tensor, axis: number): Tensor {
  if (x.rank === 0) return x.onesLike();
  const classes = x.shape.at(axis)!;
  return moveAxis(oneHot(argmax(x.detach(), axis), classes, { dtype: x.dtype }), -1, axis);
}
