/**
 * One row for each elementwise op of core: where it is sampled, how far off it may be, and what PyTorch calls it. The
 * suites of this package and those of `tests` read these; an op without a row fails.
 */
import * as core from "@tapegrad/core";
import { activations } from "./activations.ts";
import { arithmetic, choice, truths } from "./arithmetic.ts";
import { mathematics } from "./mathematics.ts";
import type { Rows } from "./row.ts";
import { specials } from "./specials.ts";

/** A function of core by its name, as `special.i0` where it is in a namespace. */
export function exportOf(name: string): unknown {
  return name.split(".").reduce<unknown>((from, part) => (from as Record<string, unknown>)?.[part], core);
}

/** Every elementwise op of core. */
export const elementwise: Rows = {
  ...arithmetic,
  ...truths,
  ...choice,
  ...mathematics,
  ...activations,
  ...specials,
};

/** PyTorch's operators that a row names. */
export function torchNames(op: string): readonly string[] {
  return elementwise[op]?.torch?.split(" ") ?? [];
}
