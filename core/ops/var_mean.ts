/** Variance and mean together. */
import { dtypes, isFloating } from "../base/dtype.ts";
import { checkOptions, checkSetting } from "../base/settings.ts";
import { normalizeAxes, reducedShape, type Shape } from "../base/shape.ts";
import { applyAll } from "../call/apply.ts";
import { inputsAt, type Parts, type Saved, type TensorType } from "../call/op.ts";
import { defineComposite } from "../define/composite.ts";
import { checkFloating } from "../define/operands.ts";
import { e } from "../expr/e.ts";
import { expand, mapping, reshape } from "../primitives/functions.ts";
import { reducedCount } from "../primitives/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { registerFunctions } from "../call/catalog.ts";
import { checkTensor } from "../tensor/tree.ts";
import { div } from "./arithmetic.ts";
import { to } from "./convert.ts";
import type { Axes } from "./reductions.ts";
import { mean, std, type VarianceOptions } from "./statistics.ts";
import { leftToDivide, squaresAround } from "./reducing.ts";
import { wide } from "./widen.ts";

interface VarMeanAttributes {
  readonly axes: readonly number[];
  readonly correction: number;
  readonly keepDims: boolean;
}

const [slope, x, center, level] = [0, 1, 2, 3].map((i) => e.input(i));
const fromVariance = e.mul(e.mul(2, slope), e.sub(x, center));
const varianceBackward = mapping("varMean backward", fromVariance);
const bothBackward = mapping("varMean backward", e.add(fromVariance, level));

function backward(cts: Parts, { inputs: [x], attributes }: Saved<VarMeanAttributes>): Parts {
  const { axes, correction } = attributes, { shape, dtype } = x, values = wide(x as Tensor);
  const [spread, level] = [leftToDivide(shape, axes, correction), reducedCount(shape, axes)].map((n, k) => {
    const ct = cts[k];
    return ct && div(reshape(wide(ct), reducedShape(shape, axes, true)), n);
  });
  if (!spread) return [level && to(expand(level, shape), dtype)];
  const middle = mean(values, axes, { keepDims: true });
  return [
    to(level ? bothBackward(spread, values, middle, level) : varianceBackward(spread, values, middle), dtype),
  ];
}

const op = defineComposite<VarMeanAttributes>({
  name: "varMean",
  infer([{ shape, dtype, backend }], { axes, keepDims }): readonly TensorType[] {
    const type = { shape: reducedShape(shape, axes, keepDims), dtype, backend };
    return [type, type];
  },
  decompose([x], { axes, correction, keepDims }): readonly Tensor[] {
    const values = wide(x), middle = mean(values, axes, { keepDims: true });
    const spread = div(squaresAround(values, middle, axes), leftToDivide(x.shape, axes, correction));
    const shape: Shape = reducedShape(x.shape, axes, keepDims);
    return [spread, middle].map((t) => to(reshape(t, shape), x.dtype));
  },
  vjp: backward,
  saves: inputsAt(0),
}, { dtypes: dtypes.filter(isFloating) });

/**
 * What {@link varMean} gives.
 *
 * @category Reductions
 */
export interface VarianceAndMean {
  /** Σ(x - mean)²/(n - correction). */
  readonly variance: Tensor;
  /** Σx/n. */
  readonly mean: Tensor;
}

/**
 * {@link variance} and {@link mean} over axes, all unless said, together: each is what it is alone, and a gradient
 * through both is one kernel. Integers are a {@link DtypeError}.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { varMean, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([[1, 3], [0, 8]]);
 * const { variance, mean } = varMean(x, 1, { correction: 0 });
 * assertEquals(await variance.array(), [1, 16]);
 * assertEquals(await mean.array(), [2, 4]);
 * variance.add(mean).sum().backward();
 * assertEquals(await x.grad!.array(), [[-0.5, 1.5], [-3.5, 4.5]]);
 * ```
 */
export function varMean(
  x: Tensor,
  axes?: Axes,
  options: VarianceOptions = {},
): VarianceAndMean {
  checkTensor("take the variance of", x);
  checkOptions("take the variance and mean", options, { correction: 1, keepDims: false });
  const { correction = 1, keepDims = false } = options;
  checkSetting("take the variance", "correction", correction);
  checkFloating("varMean", x);
  const over = normalizeAxes("varMean", axes, x.rank);
  const [variance, mean] = applyAll(op, [x], { axes: over, correction, keepDims });
  return { variance, mean };
}

/**
 * What {@link stdMean} gives.
 *
 * @category Reductions
 */
export interface DeviationAndMean {
  /** The square root of the {@link variance}. */
  readonly std: Tensor;
  /** Σx/n. */
  readonly mean: Tensor;
}

/**
 * {@link std} and {@link mean} over axes, all unless said: `torch.std_mean`.
 *
 * @category Reductions
 */
export function stdMean(x: Tensor, axes?: Axes, options: VarianceOptions = {}): DeviationAndMean {
  const deviation = std(x, axes, options);
  return { std: deviation, mean: mean(x, axes, { keepDims: options.keepDims ?? false }) };
}

registerFunctions({ stdMean: 1 }, { dtypes: dtypes.filter(isFloating) });
