/** The cross-entropy of classes, of logits and of logarithms of probabilities. */
import { DtypeError, isFloating, showShape, type Tensor } from "@tapegrad/core";
import { atTargets, classLosses, counted } from "./class_losses.ts";
import { checkClasses, checkClassWeight, classAxis, IGNORED, reduceClasses } from "./class_targets.ts";
import { checkLossOptions, checkTensors, type LossOptions, misfit } from "./options.ts";

/**
 * What {@link nllLoss} may be told.
 *
 * @category Losses
 */
export interface NLLOptions extends LossOptions {
  /** A weight for each class, `[classes]`. */
  readonly weight?: Tensor;
  /** A class index that stands for no target; -100 unless said. Each other index must name a class. */
  readonly ignoreIndex?: number;
}

/**
 * What {@link crossEntropy} may be told.
 *
 * @category Losses
 */
export interface CrossEntropyOptions extends NLLOptions {
  /** The part of the target, 0 to 1, that is spread evenly over all classes; 0 unless said. */
  readonly labelSmoothing?: number;
}

/**
 * The cross-entropy -Σ p·log softmax(x) of logits x with classes along axis 1, `[batch, classes, …]`,
 * or `[classes]` alone, finite for any finite x. The target is either
 *
 * - class indices, i32 or u32, in the shape of x without its classes; the mean is then weighted by the
 *   weights of the targets' classes, and an index that names no class is an {@link IndexError}; or
 * - probabilities p, floating, in the shape of x; the mean is then over all axes but the classes.
 *
 * Other shapes are a {@link ShapeError}, bool targets a {@link DtypeError}. Label smoothing: Szegedy et
 * al. (2015). `torch.nn.functional.cross_entropy`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { crossEntropy } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const logits = tensor([[1000, 0], [0, 100]]);
 * assertEquals(await crossEntropy(logits, tensor([1, 1], { dtype: "i32" })).item(), 500);
 * assertEquals(await crossEntropy(logits, tensor([[0, 1], [0, 1]])).item(), 500);
 * ```
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkTensors("crossEntropy", [input, target]);
  check(input, target, options);
  const { weight, ignoreIndex = IGNORED, labelSmoothing = 0 } = options;
  const attributes = { axis: classAxis(input), labelSmoothing, ignoreIndex },
    weights = weight?.to(input.dtype);
  const losses = classLosses(input, target, weights, attributes);
  return reduceClasses(losses, target, weights, attributes, options);
}

/**
 * The negative of what an input, logarithms of probabilities with classes along axis 1 as in {@link crossEntropy}, has
 * at class indices, i32 or u32, in its shape without the classes. The mean is weighted by the weights of the targets'
 * classes. Other shapes are a {@link ShapeError}, other targets a {@link DtypeError}, an index that names no class is
 * an {@link IndexError}. `torch.nn.functional.nll_loss`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { logSoftmax, tensor } from "@tapegrad/core";
 * import { nllLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const logs = logSoftmax(tensor([[1000, 0], [0, 100]])), target = tensor([1, -100], { dtype: "i32" });
 * assertEquals(await nllLoss(logs, target).item(), 1000); // -100 stands for no target
 * ```
 */
export function nllLoss(input: Tensor, target: Tensor, options: NLLOptions = {}): Tensor {
  checkTensors("nllLoss", [input, target]);
  checkLossOptions("nllLoss", options);
  checkClasses("nllLoss", input, target);
  const { weight, ignoreIndex = IGNORED } = options, axis = classAxis(input);
  checkClassWeight("nllLoss", weight, input.shape[axis]);
  const attributes = { axis, labelSmoothing: 0, ignoreIndex }, weights = weight?.to(input.dtype);
  const losses = counted(atTargets(input, target, weights, attributes), target, attributes);
  return reduceClasses(losses, target, weights, attributes, options);
}

function check(input: Tensor, target: Tensor, options: CrossEntropyOptions): void {
  checkLossOptions("crossEntropy", options);
  const { weight, labelSmoothing = 0 } = options, axis = classAxis(input);
  if (input.rank === 0) {
    const mend = "logits have an axis of classes: [classes] or [batch, classes, …]";
    throw misfit("crossEntropy", [input, target], mend);
  }
  if (target.dtype === "bool") {
    throw new DtypeError(
      'Cannot take the crossEntropy against bool: class indices are i32, probabilities floats, cast with to("i32")',
      { op: "crossEntropy", dtypes: [target.dtype] },
    );
  }
  const shown = showShape(input.shape), indexShape = showShape(input.shape.toSpliced(axis, 1));
  const wanted = isFloating(target.dtype) ? shown : indexShape;
  if (showShape(target.shape) !== wanted) {
    const kind = isFloating(target.dtype)
      ? `probabilities, as ${target.dtype}, have the shape ${shown}, and class indices, as i32, ${indexShape}`
      : `class indices, as ${target.dtype}, have the shape ${indexShape}, and probabilities, as floats, ${shown}`;
    throw misfit("crossEntropy", [input, target], kind);
  }
  checkClassWeight("crossEntropy", weight, input.shape[axis]);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(`Cannot smooth labels by ${labelSmoothing}: it must be 0 to 1`);
  }
}
