/** Samples that write one place twice. */
import type { Tensor } from "@tapegrad/core";
import { madeOf, NotCovered } from "./sample.ts";

/**
 * Leaves out samples that write one place twice: what is overwritten has no gradient with us, and PyTorch
 * documents that its own "will be incorrect" there. Without an axis the places are of all elements.
 */
export function checkDistinct(index: Tensor, axis: number | null = 0): void {
  if (axis === null) return checkTargets(madeOf(index));
  const { shape } = index, at = axis < 0 ? axis + shape.length : axis;
  const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1), line = inner * (shape[at] ?? 1);
  checkTargets(madeOf(index).map((place, i) => `${Math.floor(i / line)} ${i % inner} ${place}`));
}

function checkTargets(targets: readonly unknown[]): void {
  if (new Set(targets).size < targets.length) throw new NotCovered("places written twice");
}
