/** Losses of a prediction and a target of one shape: an elementwise op each, then a reduction. */
import {
  checkOptions,
  checkTensor,
  defineElementwise,
  defineScalar,
  described,
  e,
  type Expr,
  mean,
  meanOf,
  sameShape,
  ShapeError,
  showShape,
  sum,
  sumOf,
  type Tensor,
  type TensorLike,
} from "@tapegrad/core";

/** How the losses of all elements become one: their mean, their sum, or not at all. */
export type Reduction = "mean" | "sum" | "none";

/** What every loss may be told. */
export interface LossOptions {
  /** The mean unless said. The mean of no elements is NaN, their sum 0. */
  readonly reduction?: Reduction;
}

/** What losses may be told, each by a value of its kind. */
const lossOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  bceWithLogitsLoss: { posWeight: null },
  huberLoss: { delta: 1 },
  smoothL1Loss: { beta: 1 },
  crossEntropy: { weight: null, labelSmoothing: 0, ignoreIndex: 0 },
};

/** The options of a loss; those that it does not have are refused. */
export function checkLossOptions<Options extends LossOptions>(loss: string, options: Options): Options {
  checkOptions(`take the ${loss}`, options, { reduction: null, ...lossOptions[loss] });
  const { reduction = "mean" } = options;
  if (reduction === "mean" || reduction === "sum" || reduction === "none") return options;
  throw new TypeError(`Cannot reduce a loss by ${described(reduction)}: choose mean, sum or none`);
}

/** The losses of elements reduced as the options say, which have been checked. */
export function reduceLoss(losses: Tensor, { reduction = "mean" }: LossOptions): Tensor {
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : mean(losses);
}

// The same of an elementwise op, in one kernel where its results become one.
function reduced<A extends readonly unknown[]>(
  { reduction = "mean" }: LossOptions,
  op: (...operands: A) => Tensor,
  ...operands: A
): Tensor {
  if (reduction === "mean") return meanOf(op, ...operands);
  return reduction === "sum" ? sumOf(op, ...operands) : op(...operands);
}

function check(loss: string, input: Tensor, target: Tensor, options: LossOptions): void {
  for (const x of [input, target]) checkTensor(`take the ${loss} of`, x);
  checkLossOptions(loss, options);
  if (sameShape(input.shape, target.shape)) return;
  const [a, b] = [showShape(input.shape), showShape(target.shape)];
  const mend = input.size === target.size
    ? `they must be equal, not broadcast: reshape the target to ${a}`
    : "a target of the input's shape is needed";
  throw new ShapeError(`Cannot take the ${loss} of ${a} against ${b}: ${mend}`, {
    op: loss,
    shapes: [input.shape, target.shape],
  });
}

const squaredError = defineElementwise("squaredError", (x, y) => e.square(e.sub(x, y)));

/**
 * The squared error (x - y)² of an input and a target of one shape, which must be equal: otherwise a
 * {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { mseLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await mseLoss(tensor([1, 2]), tensor([1, 4])).item(), 2);
 * ```
 */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  check("mseLoss", input, target, options);
  return reduced(options, squaredError, input, target);
}

const absoluteError = defineElementwise("absoluteError", (x, y) => e.abs(e.sub(x, y)));

/**
 * The absolute error |x - y| of an input and a target of one shape, which must be equal: otherwise a
 * {@link ShapeError}. Its gradient at 0 is 0.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { l1Loss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await l1Loss(tensor([1, 2]), tensor([1, 4]), { reduction: "none" }).array(), [0, 2]);
 * ```
 */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  check("l1Loss", input, target, options);
  return reduced(options, absoluteError, input, target);
}

// As in PyTorch, to the digit: at p = 0 and 1 the loss and its gradient stay finite.
const LOWEST_LOG = -100, LEAST_VARIANCE = Math.fround(1e-12);

function logs(p: Expr): [Expr, Expr] {
  return [e.maximum(e.log(p), LOWEST_LOG), e.maximum(e.log1p(e.neg(p)), LOWEST_LOG)];
}

function crossEntropyOfChance(p: Expr, t: Expr): Expr {
  const [ofOne, ofZero] = logs(p);
  return e.neg(e.add(e.mul(t, ofOne), e.mul(e.sub(1, t), ofZero)));
}

const chanceEntropy = defineScalar({
  name: "binaryCrossEntropy",
  arity: 2,
  result: "float",
  evaluate: (p, t) => {
    const ofOne = Math.max(Math.log(p), LOWEST_LOG), ofZero = Math.max(Math.log1p(-p), LOWEST_LOG);
    return -(t * ofOne + (1 - t) * ofZero);
  },
  expand: crossEntropyOfChance,
  vjp: [
    (ct, _y, p, t) => e.mul(ct, e.div(e.sub(p, t), e.maximum(e.mul(p, e.sub(1, p)), LEAST_VARIANCE))),
    (ct, _y, p) => {
      const [ofOne, ofZero] = logs(p);
      return e.mul(ct, e.sub(ofZero, ofOne));
    },
  ],
});

const binaryCrossEntropy = defineElementwise("binaryCrossEntropy", (p, t) => chanceEntropy(p, t));

/**
 * The binary cross-entropy -(t·log p + (1 - t)·log(1 - p)) of probabilities p, from 0 to 1, and
 * targets t of the same shape: otherwise a {@link ShapeError}. Logarithms end at -100, as in PyTorch.
 * {@link bceWithLogitsLoss} takes what comes before the sigmoid and is more accurate.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { bceLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await bceLoss(tensor([0, 1]), tensor([1, 1]), { reduction: "none" }).array(), [100, 0]);
 * ```
 */
export function bceLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  check("bceLoss", input, target, options);
  return reduced(options, binaryCrossEntropy, input, target);
}

// Each term is exact for small and large x alike; the shorter max(x, 0) - x·t + … cancels at x = 100, t = 1.
const logitEntropy = defineElementwise(
  "binaryCrossEntropyWithLogits",
  (x, t, weight) => e.add(e.mul(e.mul(weight, t), e.softplus(e.neg(x))), e.mul(e.sub(1, t), e.softplus(x))),
  { defaults: [1] },
);

/** What {@link bceWithLogitsLoss} may be told. */
export interface BCEWithLogitsOptions extends LossOptions {
  /** Weight of the positive class, 1 unless said; one number, or one a class, broadcast to the target. */
  readonly posWeight?: TensorLike;
}

/**
 * The binary cross-entropy of logits x, the probability being sigmoid(x), and targets t of the same
 * shape: w·t·softplus(-x) + (1 - t)·softplus(x), finite for any finite x. Shapes that differ are a
 * {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { bceWithLogitsLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await bceWithLogitsLoss(tensor([-100, 1000]), tensor([1, 1])).item(), 50);
 * ```
 */
export function bceWithLogitsLoss(
  input: Tensor,
  target: Tensor,
  options: BCEWithLogitsOptions = {},
): Tensor {
  check("bceWithLogitsLoss", input, target, options);
  return reduced(options, logitEntropy, input, target, options.posWeight);
}

// With m = d limited to ±δ: m(d - m/2) is d²/2 within and δ(|d| - δ/2) beyond, with no branch whose
// gradient could be 0·∞. At ±δ it has no curvature.
function huberOf(d: Expr, delta: Expr): Expr {
  const m = e.select(e.ge(e.abs(d), delta), e.mul(e.sign(d), delta), d);
  return e.mul(m, e.sub(d, e.mul(0.5, m)));
}

const huber = defineElementwise("huber", (x, y, delta) => huberOf(e.sub(x, y), delta));

/** What {@link huberLoss} may be told. */
export interface HuberOptions extends LossOptions {
  /** Where the parabola ends, above 0; 1 unless said. */
  readonly delta?: number;
}

/**
 * The Huber loss (1964) of the difference d of an input and a target: d²/2 up to |d| = δ and
 * δ(|d| - δ/2) beyond. Shapes that differ are a {@link ShapeError}, a δ of 0 or less is a `RangeError`.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from "@tapegrad/core";
 * import { huberLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const losses = huberLoss(tensor([1, 3]), zeros([2]), { delta: 2, reduction: "none" });
 * assertEquals(await losses.array(), [0.5, 4]);
 * ```
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  check("huberLoss", input, target, options);
  const { delta = 1 } = options;
  if (!(delta > 0)) throw new RangeError(`Cannot take the huberLoss with delta ${delta}: it must be above 0`);
  return reduced(options, huber, input, target, delta);
}

const smoothL1 = defineElementwise(
  "smoothL1",
  (x, y, beta) => e.div(huberOf(e.sub(x, y), beta), beta),
);

/** What {@link smoothL1Loss} may be told. */
export interface SmoothL1Options extends LossOptions {
  /** Where the parabola ends, from 0; 1 unless said. */
  readonly beta?: number;
}

/**
 * {@link huberLoss} divided by β = δ: d²/(2β) up to |d| = β and |d| - β/2 beyond, {@link l1Loss} for
 * β = 0 (Girshick, 2015). Shapes that differ are a {@link ShapeError}, a negative β is a `RangeError`.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from "@tapegrad/core";
 * import { smoothL1Loss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const losses = smoothL1Loss(tensor([1, 3]), zeros([2]), { beta: 2, reduction: "none" });
 * assertEquals(await losses.array(), [0.25, 2]);
 * ```
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1Options = {}): Tensor {
  check("smoothL1Loss", input, target, options);
  const { beta = 1 } = options;
  if (!(beta >= 0)) throw new RangeError(`Cannot take the smoothL1Loss with beta ${beta}: it must be from 0`);
  return beta === 0
    ? l1Loss(input, target, { reduction: options.reduction })
    : reduced(options, smoothL1, input, target, beta);
}
