/** The cross-entropy of classes. */
import {
  checkTensor,
  div,
  DtypeError,
  isFloating,
  sameShape,
  ShapeError,
  showShape,
  sum,
  type Tensor,
} from "@tapegrad/core";
import { classLosses, counted, weightsOf } from "./class_losses.ts";
import { checkLossOptions, type LossOptions, reduceLoss } from "./elements.ts";

/** What {@link crossEntropy} may be told. */
export interface CrossEntropyOptions extends LossOptions {
  /** A weight for each class, `[classes]`. */
  readonly weight?: Tensor;
  /** The part of the target, 0 to 1, that is spread evenly over all classes; 0 unless said. */
  readonly labelSmoothing?: number;
  /** A class index that stands for no target; PyTorch's is -100. Without it each index must name a class. */
  readonly ignoreIndex?: number;
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
 * al. (2015).
 *
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
  for (const x of [input, target]) checkTensor("crossEntropy", x);
  check(input, target, options);
  const { weight, ignoreIndex = null, labelSmoothing = 0, reduction = "mean" } = options;
  const attributes = { axis: classAxis(input), labelSmoothing, ignoreIndex },
    weights = weight?.to(input.dtype);
  const losses = classLosses(input, target, weights, attributes);
  const isEven = isFloating(target.dtype) || !(weights || ignoreIndex !== null);
  if (reduction !== "mean" || isEven) return reduceLoss(losses, { reduction });
  const counts = weights
    ? weightsOf(weights, target, attributes)
    : counted(losses.onesLike(), target, attributes);
  return div(sum(losses), sum(counts));
}

function classAxis(input: Tensor): number {
  return input.rank === 1 ? 0 : 1;
}

function check(input: Tensor, target: Tensor, options: CrossEntropyOptions): void {
  checkLossOptions("crossEntropy", options);
  const { weight, labelSmoothing = 0 } = options;
  if (weight !== undefined) checkTensor("weigh classes by", weight);
  const axis = classAxis(input), classes = input.shape[axis];
  const shown = showShape(input.shape);
  if (input.rank === 0) {
    throw misfit(input, target, "logits have an axis of classes: [classes] or [batch, classes, …]");
  }
  if (target.dtype === "bool") {
    throw new DtypeError(
      'Cannot take the crossEntropy against bool: class indices are i32, probabilities floats, cast with to("i32")',
      { op: "crossEntropy", dtypes: [target.dtype] },
    );
  }
  const indexShape = showShape(input.shape.toSpliced(axis, 1));
  const wanted = isFloating(target.dtype) ? shown : indexShape;
  if (showShape(target.shape) !== wanted) {
    const kind = isFloating(target.dtype)
      ? `probabilities, as ${target.dtype}, have the shape ${shown}, and class indices, as i32, ${indexShape}`
      : `class indices, as ${target.dtype}, have the shape ${indexShape}, and probabilities, as floats, ${shown}`;
    throw misfit(input, target, kind);
  }
  if (weight && !sameShape(weight.shape, [classes])) {
    throw new ShapeError(
      `Cannot weigh ${classes} classes by ${
        showShape(weight.shape)
      }: one weight a class is needed, [${classes}]`,
      { op: "crossEntropy", shapes: [weight.shape] },
    );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(`Cannot smooth labels by ${labelSmoothing}: it must be 0 to 1`);
  }
}

function misfit(input: Tensor, target: Tensor, mend: string): ShapeError {
  return new ShapeError(
    `Cannot take the crossEntropy of ${showShape(input.shape)} against ${showShape(target.shape)}: ${mend}`,
    { op: "crossEntropy", shapes: [input.shape, target.shape] },
  );
}
