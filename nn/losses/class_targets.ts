/** Classes along an axis, and targets that name them by index. */
import {
  checkTensor,
  type CrossEntropyAttributes,
  div,
  DtypeError,
  isFloating,
  notEqual,
  sameShape,
  ShapeError,
  showShape,
  sum,
  sumOf,
  type Tensor,
} from "@tapegrad/core";
import { weightsOf } from "./class_losses.ts";
import { type LossOptions, misfit, reduceLoss, widened } from "./options.ts";

/** The class index that stands for no target unless another is said. */
export const IGNORED = -100;

/** Where the classes of an input are. */
export function classAxis(input: Tensor): number {
  return input.rank === 1 ? 0 : 1;
}

/** Refuses targets that are no class indices. */
export function checkIndices(loss: string, { dtype }: Tensor): void {
  if (dtype === "i32" || dtype === "u32") return;
  throw new DtypeError(
    `Cannot take the ${loss} against ${dtype}: the target is class indices, cast with to("i32")`,
    { op: loss, dtypes: [dtype] },
  );
}

/** Refuses targets that are not a class index for each place of an input. */
export function checkClasses(loss: string, input: Tensor, target: Tensor): void {
  checkIndices(loss, target);
  if (input.rank === 0) throw misfit(loss, [input, target], "an axis of classes is needed");
  const shape = input.shape.toSpliced(classAxis(input), 1);
  if (!sameShape(target.shape, shape)) {
    throw misfit(loss, [input, target], `class indices have the shape ${showShape(shape)}`);
  }
}

/** Refuses what is no weight for each class. */
export function checkClassWeight(loss: string, weight: Tensor | undefined, classes: number): void {
  if (weight === undefined) return;
  checkTensor("weigh classes by", weight);
  if (sameShape(weight.shape, [classes])) return;
  throw new ShapeError(
    `Cannot weigh ${classes} classes by ${
      showShape(weight.shape)
    }: one weight a class is needed, [${classes}]`,
    { op: loss, shapes: [weight.shape] },
  );
}

/** The losses of samples reduced; a mean of classes by index is weighted, and leaves out what is ignored. */
export function reduceClasses(
  losses: Tensor,
  target: Tensor,
  weight: Tensor | undefined,
  attributes: CrossEntropyAttributes,
  options: LossOptions,
): Tensor {
  if ((options.reduction ?? "mean") !== "mean" || isFloating(target.dtype)) {
    return reduceLoss(losses, options);
  }
  const total = weight
    ? sum(widened(weightsOf(weight, target, attributes)))
    : sumOf(notEqual, target, attributes.ignoreIndex!);
  return div(sum(widened(losses)), total).to(losses.dtype);
}
