/** How we compute a tensor of another one, of which nothing is read. */
import { fromArray, scope, type Tensor } from "@tapegrad/tapegrad";
import { timed } from "../harness/measure.ts";
import { positives } from "./inputs.ts";
import { compile } from "./program.ts";
import type { Way } from "./work.ts";

type Computes = (x: Tensor) => Tensor;

/** What does so. */
type ComputingWay = Way<"chain" | "softmax" | "layernorm">;

/** What is computed, of what, and what is shown of it. */
export interface Computing {
  /** The shape of what it is computed of, n being how many was asked for. */
  readonly shape: (n: number) => readonly number[];
  readonly fn: Computes;
  /** The elements by which answers are compared. */
  readonly shown: (elements: ArrayLike<number>) => ArrayLike<number>;
}

/** It as it is written, and compiled. */
export function computing(
  { shape, fn, shown }: Computing,
): { readonly ours: readonly ComputingWay[]; readonly compiled: ComputingWay } {
  const way = (how: string, made: (fn: Computes) => Computes): ComputingWay => ({
    how,
    prepare: ({ n }) => {
      const extents = shape(n), size = extents.reduce((a, b) => a * b, 1);
      const x = fromArray(positives(size), extents);
      const computed = made(fn), y = () => computed(x);
      return timed(() => scope(() => void y()), () => scope(() => shown(y().dataSync())));
    },
  });
  return { ours: [way("eager", (fn) => fn)], compiled: way("compiled", compile) };
}
