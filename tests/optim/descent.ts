/** A small loss, which `reference/gd.py` and `reference/optimizers.py` descend with PyTorch, and how steps on it are compared. */
import { type NestedArray, read, scope, sin, type Tensor, tensor, variable } from "@tapegrad/core";
import { assert } from "@std/assert";
import type { Float } from "../backend_traits.ts";

/** Where it begins. */
export interface Start {
  readonly curvature: NestedArray;
  readonly x: NestedArray;
  readonly y: NestedArray;
}

/** Parameters, and a loss of them. */
export interface Problem {
  readonly parameters: readonly Tensor[];
  readonly loss: () => Tensor;
}

/** The loss sum(curvature·x²)/2 + sum(sin x) + sum(y²)/2 + sum(y)·sum(x), also of matrices. */
export function problem(start: Start, dtype: Float): Problem {
  const x = variable(start.x, { dtype }), y = variable(start.y, { dtype });
  const curvature = tensor(start.curvature, { dtype });
  const loss = () =>
    curvature.mul(x).mul(x).sum().div(2)
      .add(sin(x).sum()).add(y.mul(y).sum().div(2)).add(y.sum().mul(x.sum()));
  return { parameters: [x, y], loss };
}

/** What steps. */
export interface Stepping {
  learningRate: number;
  zeroGrad(): void;
  step(): unknown;
}

/** One step down. */
export function descend({ loss }: Problem, optimizer: Stepping): void {
  optimizer.zeroGrad();
  scope(() => loss().backward());
  optimizer.step();
}

/** All elements after each step; the learning rate is halved before the step `halvedAt`. */
export async function trace(
  p: Problem,
  optimizer: Stepping,
  steps: number,
  halvedAt = Infinity,
): Promise<number[][]> {
  const seen = Array.from({ length: steps }, (_, i) => {
    if (i === halvedAt) optimizer.learningRate /= 2;
    descend(p, optimizer);
    return p.parameters.map((x) => x.detach().add(0));
  });
  const values = await read(seen.flat()), { length } = p.parameters;
  return seen.map((_, i) => values.slice(length * i, length * (i + 1)).flatMap((x) => [...x]));
}

/** Throws unless each number is within `tolerance` of the expected one, relative to that or to 1. */
export function assertClose(
  found: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  tolerance: number,
): void {
  assert(found.length === expected.length, `${found.length} steps, expected ${expected.length}`);
  found.forEach((row, step) =>
    row.forEach((value, i) => {
      const apart = Math.abs(value - expected[step][i]) / Math.max(1, Math.abs(expected[step][i]));
      assert(apart <= tolerance, `step ${step}, element ${i}: ${value}, PyTorch ${expected[step][i]}`);
    })
  );
}
