/** Random orders and choices. */
import { ShapeError } from "../base/errors.ts";
import { checkOptions } from "../base/settings.ts";
import { checkShape } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { argsort } from "./cumulative.ts";
import { indexSelect } from "./indexing.ts";
import type { Key } from "./keys.ts";
import { type DrawOptions, randint, randomBits } from "./random.ts";
import { narrow } from "./windows.ts";

/**
 * 0 … n - 1 in random order, as i32.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, permutation, sort } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const order = permutation(5, { key: key(0) });
 * assertEquals(await sort(order).values.array(), [0, 1, 2, 3, 4]);
 * ```
 */
export function permutation(n: number, options: DrawOptions = {}): Tensor {
  checkOptions("draw a permutation", options, { key: null, backend: null });
  return argsort(randomBits([n], options));
}

/**
 * How {@link choice} draws.
 *
 * @category Random
 */
export interface ChoiceOptions {
  /** Where the numbers come from. */
  readonly key?: Key;
  /** Whether an element can be drawn again; it can unless said. */
  readonly replace?: boolean;
}

/**
 * `count` slices of x along its first axis, drawn at random, with replacement unless `replace` is false.
 * Drawing from nothing, or more than there are without replacement, is a {@link ShapeError}.
 *
 * @category Random
 * @example
 * ```ts
 * import { arange, choice, key, ShapeError } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const hand = choice(arange(52), 5, { replace: false, key: key(0) });
 * assertEquals(new Set(await hand.data()).size, 5);
 * assertThrows(() => choice(arange(3), 5, { replace: false }), ShapeError, "with replacement");
 * ```
 */
export function choice(x: Tensor, count: number, options: ChoiceOptions = {}): Tensor {
  checkTensor("choose from", x);
  checkOptions("choose", options, { replace: true, key: null });
  checkShape("choose", [count]);
  const { replace = true, key } = options;
  const n = x.shape[0] ?? 0;
  if (n === 0 || (!replace && count > n)) {
    throw new ShapeError(
      `Cannot choose ${count} of ${n}: ${n === 0 ? "there are none" : "draw fewer, or with replacement"}`,
      {
        op: "choice",
        shapes: [x.shape],
      },
    );
  }
  const there = { key, backend: x.backend };
  const index = replace
    ? randint(0, n, { shape: [count], ...there })
    : narrow(permutation(n, there), 0, 0, count);
  return indexSelect(x, 0, index);
}

registerFunctions({ permutation: 0 }, { dtypes: ["i32"], differentiable: false });
registerFunctions({ choice: 1 });
