/** Layers that change nothing, or nothing but the shape. */
import { checkSetting, flatten, type Tensor } from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * Gives back what it is given (`torch.nn.Identity`).
 *
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Identity } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const x = zeros([2]);
 * assertStrictEquals(new Identity().forward(x), x);
 * ```
 */
export class Identity extends Module {
  /** `x`. */
  override forward(x: Tensor): Tensor {
    return x;
  }
}

/**
 * `torch.nn.Flatten`: merges the axes `start` (1) to `end` (-1), both included, into one: a batch of anything becomes a
 * batch of vectors.
 *
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Flatten } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new Flatten().forward(zeros([5, 2, 3])).shape, [5, 6]);
 * ```
 */
export class Flatten extends Module {
  /** The first axis to merge. */
  readonly start: number;
  /** The last axis to merge. */
  readonly end: number;

  /** Merges `start` to `end`. */
  constructor(start = 1, end = -1) {
    super();
    for (const axis of [start, end]) checkSetting("flatten", "axis", axis);
    this.start = start;
    this.end = end;
  }

  /** `x` with the axes merged. */
  override forward(x: Tensor): Tensor {
    return flatten(x, this.start, this.end);
  }
}
