/** Whole numbers near an element. */
import { checkInteger } from "../base/settings.ts";
import { defineElementwise, elementwise, type UnaryOp } from "../define/elementwise.ts";
import type { TensorLike } from "../define/operands.ts";
import { e } from "../expr/e.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * Rounds down, elementwise, in the dtype of x. The gradient is 0.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { floor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await floor(tensor([1.5, -1.5, Infinity])).array(), [1, -2, Infinity]);
 * ```
 */
export const floor: UnaryOp = defineElementwise("floor", (x) => e.floor(x));

/**
 * Rounds up, elementwise, in the dtype of x. The gradient is 0.
 *
 * @category Elementwise
 */
export const ceil: UnaryOp = defineElementwise("ceil", (x) => e.ceil(x));

/**
 * Rounds towards zero, elementwise, in the dtype of x. The gradient is 0.
 *
 * @category Elementwise
 */
export const trunc: UnaryOp = defineElementwise("trunc", (x) => e.trunc(x));

/**
 * What {@link round} may be told.
 *
 * @category Elementwise
 */
export interface RoundOptions {
  /** How many digits behind the point are left, or before it if negative; 0 unless said. */
  readonly decimals?: number;
}

const finer = elementwise("round", (x, by) => e.div(e.round(e.mul(x, by)), by));
const coarser = elementwise("round", (x, by) => e.mul(e.round(e.div(x, by)), by));

function roundTo({ decimals = 0 }: RoundOptions, x: TensorLike): Tensor {
  checkInteger("round", "decimals", decimals, -400, 400);
  return decimals === 0 ? round(x) : (decimals < 0 ? coarser : finer)(x, 10 ** Math.abs(decimals));
}

/**
 * Rounds to the nearest integer, halves to the even one, or to `decimals` digits, elementwise, in the dtype of x:
 * `torch.round`. The gradient is 0.
 * It is `torch.special.round`.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { round, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await round(tensor([0.5, 1.5, 2.5, -2.5])).array(), [0, 2, 2, -2]);
 * assertEquals(await round(tensor([1234]), { decimals: -2 }).array(), [1200]);
 * const x = variable(1.7);
 * round(x).backward();
 * assertEquals(await x.grad!.item(), 0);
 * ```
 */
export const round: (x: TensorLike, options?: RoundOptions) => Tensor = defineElementwise(
  "round",
  (x) => e.round(x),
  { choices: { known: { decimals: 0 }, of: roundTo } },
);

/**
 * x - trunc(x), elementwise, in the dtype of x: the part behind the point, with the sign of x.
 *
 * @category Elementwise
 */
export const frac: UnaryOp = defineElementwise("frac", (x) => e.sub(x, e.trunc(x)));
