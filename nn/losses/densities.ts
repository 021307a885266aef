/** Negative logarithms of densities, and the divergence of distributions. */
import {
  checkSetting,
  defineElementwise,
  defineScalar,
  div,
  e,
  type Expr,
  sameShape,
  ShapeError,
  showShape,
  sumOf,
  type Tensor,
  unsqueeze,
} from "@tapegrad/core";
import {
  checkAlike,
  checkLossOptions,
  checkShapes,
  checkTensors,
  type LossOptions,
  reduced,
} from "./options.ts";

const divergence = /* @__PURE__ */ defineElementwise(
  "divergence",
  (x, t) => e.sub(e.xlogy(t, t), e.mul(t, x)),
);
const divergenceOfLogs = /* @__PURE__ */ defineElementwise(
  "divergenceOfLogs",
  (x, t) => e.mul(e.exp(t), e.sub(t, x)),
);

/**
 * What {@link klDiv} may be told.
 *
 * @category Losses
 */
export interface KLDivOptions {
  /** The mean over all elements unless said; `"batchmean"` divides the sum by the first extent, as the definition does. */
  readonly reduction?: LossOptions["reduction"] | "batchmean";
  /** Whether the target is logarithms of probabilities too; it is not unless said. */
  readonly logTarget?: boolean;
}

/**
 * The Kullback-Leibler divergence t·(log t - x) of logarithms of probabilities x from probabilities t of the same
 * shape, otherwise a {@link ShapeError}. `torch.nn.functional.kl_div`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { klDiv } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = tensor([[0.5, 0.5]]).log(), t = tensor([[1, 0]]);
 * assertAlmostEquals(await klDiv(x, t, { reduction: "batchmean" }).item(), Math.LN2, 1e-6);
 * ```
 */
export function klDiv(input: Tensor, target: Tensor, options: KLDivOptions = {}): Tensor {
  checkTensors("klDiv", [input, target]);
  checkLossOptions("klDiv", options);
  checkShapes("klDiv", input, target);
  const { reduction, logTarget } = options, op = logTarget ? divergenceOfLogs : divergence;
  if (reduction !== "batchmean") return reduced({ reduction }, op, input, target);
  return div(sumOf(op, input, target), input.shape[0] ?? 1);
}

// Stirling's formula for log t!, of counts above 1.
function stirling(t: Expr): Expr {
  const large = e.add(e.sub(e.mul(t, e.log(t)), t), e.mul(0.5, e.log(e.mul(2 * Math.PI, t))));
  return e.select(e.le(t, 1), 0, large);
}

const ofLogRate = (x: Expr, t: Expr) => e.sub(e.exp(x), e.mul(t, x));
const ofRate = (x: Expr, t: Expr, eps: Expr) => e.sub(x, e.mul(t, e.log(e.add(x, eps))));

const poissonOfLog = /* @__PURE__ */ defineElementwise("poissonOfLog", ofLogRate);
const fullPoissonOfLog = /* @__PURE__ */ defineElementwise(
  "fullPoissonOfLog",
  (x, t) => e.add(ofLogRate(x, t), stirling(t)),
);
const poisson = /* @__PURE__ */ defineElementwise("poisson", ofRate);
const fullPoisson = /* @__PURE__ */ defineElementwise(
  "fullPoisson",
  (x, t, eps) => e.add(ofRate(x, t, eps), stirling(t)),
);

/**
 * What {@link poissonNllLoss} may be told.
 *
 * @category Losses
 */
export interface PoissonNLLOptions extends LossOptions {
  /** Whether the input is the logarithm of the rate; it is unless said. */
  readonly logInput?: boolean;
  /** Whether log t! is added, by Stirling's formula; it is not unless said. */
  readonly full?: boolean;
  /** What is added to a rate before its logarithm is taken: 1e-8 unless said. */
  readonly eps?: number;
}

/**
 * The negative logarithm of the chance of a count t at a rate e^x, e^x - t·x, or with `logInput: false` of a rate x,
 * x - t·log(x + ε); without log t! unless `full`. Shapes that differ are a {@link ShapeError}.
 * `torch.nn.functional.poisson_nll_loss`.
 *
 * @category Losses
 */
export function poissonNllLoss(input: Tensor, target: Tensor, options: PoissonNLLOptions = {}): Tensor {
  checkAlike("poissonNllLoss", [input, target], options);
  const { logInput = true, full = false, eps = 1e-8 } = options;
  checkSetting("take the poissonNllLoss", "eps", eps);
  if (logInput) return reduced(options, full ? fullPoissonOfLog : poissonOfLog, input, target);
  return reduced(options, full ? fullPoisson : poisson, input, target, eps);
}

// As in PyTorch the gradient passes where the variance is raised. One below 0 is none: NaN, where PyTorch throws.
const atLeast = /* @__PURE__ */ defineScalar({
  name: "raisedVariance",
  arity: 2,
  result: "float",
  evaluate: (v, eps) => v < 0 ? NaN : Math.max(v, eps),
  expand: (v, eps) => e.select(e.lt(v, 0), NaN, e.maximum(v, eps)),
  vjp: [(ct) => ct, (_ct, _y, _v, eps) => e.mul(0, eps)],
});

const gaussian = /* @__PURE__ */ defineElementwise("gaussian", (x, t, given, eps, constant) => {
  const variance = atLeast(given, eps);
  return e.add(e.mul(0.5, e.add(e.log(variance), e.div(e.square(e.sub(x, t)), variance))), constant);
});

/**
 * What {@link gaussianNllLoss} may be told.
 *
 * @category Losses
 */
export interface GaussianNLLOptions extends LossOptions {
  /** Whether log(2π)/2 is added; it is not unless said. */
  readonly full?: boolean;
  /** What variances are raised to: 1e-6 unless said. */
  readonly eps?: number;
}

/**
 * The negative logarithm of the density of a normal distribution with mean x and a variance v at a target t of x's
 * shape, (log v + (x - t)²/v)/2. The variance has x's shape, or its last extent is 1 or missing: one for all of the
 * last axis. Other shapes are a {@link ShapeError}, the loss of a negative variance is NaN,
 * which {@link detectAnomaly} names: to look at each, as PyTorch does, would take longer than the loss.
 * `torch.nn.functional.gaussian_nll_loss`.
 *
 * @category Losses
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  options: GaussianNLLOptions = {},
): Tensor {
  checkTensors("gaussianNllLoss", [input, target, variance]);
  checkAlike("gaussianNllLoss", [input, target], options);
  const { full = false, eps = 1e-6 } = options;
  checkSetting("take the gaussianNllLoss", "eps", eps, 0);
  const constant = full ? 0.5 * Math.log(2 * Math.PI) : 0;
  return reduced(options, gaussian, input, target, spreadFor(input, variance), eps, constant);
}

function spreadFor({ shape, rank }: Tensor, variance: Tensor): Tensor {
  const lead = shape.slice(0, -1);
  if (sameShape(variance.shape, shape)) return variance;
  if (rank > 0 && sameShape(variance.shape, lead)) return unsqueeze(variance, -1);
  if (rank > 0 && sameShape(variance.shape, [...lead, 1])) return variance;
  throw new ShapeError(
    `Cannot take the gaussianNllLoss of ${showShape(shape)} with variances of ${
      showShape(variance.shape)
    }: ` +
      `${showShape(shape)} is needed, or ${showShape([...lead, 1])} or ${showShape(lead)}`,
    { op: "gaussianNllLoss", shapes: [shape, variance.shape] },
  );
}
