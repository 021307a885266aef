/** Integrals by the trapezoidal rule. */
import { checkOptions, checkSetting } from "../base/settings.ts";
import { normalizeAxis } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { cumsum } from "./cumulative.ts";
import { sum } from "./reductions.ts";
import { reshape } from "./shape.ts";
import { narrow } from "./windows.ts";

/**
 * What {@link trapezoid} may be told.
 *
 * @category Reductions
 */
export interface TrapezoidOptions {
  /** Where the values stand: a vector along the axis, or a tensor that broadcasts with them. */
  readonly x?: Tensor;
  /** How far apart they stand, if they stand evenly; 1 unless said. */
  readonly dx?: number;
  /** Along which axis; the last unless said. */
  readonly axis?: number;
}

// Each element but the first along an axis, and each but the last.
function neighbours(x: Tensor, axis: number): [after: Tensor, before: Tensor] {
  const at = normalizeAxis("integrate", axis, x.rank),
    extent = x.shape[at] ?? 0,
    count = Math.max(0, extent - 1);
  return [narrow(x, at, Math.min(1, extent), count), narrow(x, at, 0, count)];
}

// Areas of the trapezia between neighbours.
function areas(name: string, y: Tensor, options: TrapezoidOptions = {}): [areas: Tensor, axis: number] {
  checkTensor(name, y);
  checkOptions(name, options, { x: null, dx: 1, axis: 0 });
  const { x, dx = 1, axis = -1 } = options, at = normalizeAxis(name, axis, y.rank);
  checkSetting(name, "dx", dx);
  const heights = mul(add(...neighbours(y, at)), 0.5);
  if (x === undefined) return [mul(heights, dx), at];
  checkTensor(name, x);
  const along = x.rank === 1 ? reshape(x, y.shape.map((_, i) => i === at ? x.size : 1)) : x;
  return [mul(heights, sub(...neighbours(along, at - y.rank))), at];
}

/**
 * The integral of values along an axis, the last unless said, by the trapezoidal rule: `torch.trapezoid`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { cumulativeTrapezoid, tensor, trapezoid } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const y = tensor([1, 5, 10]);
 * assertEquals(await trapezoid(y).item(), 10.5);
 * assertEquals(await trapezoid(y, { x: tensor([0, 2, 3]) }).item(), 13.5);
 * assertEquals(await cumulativeTrapezoid(y, { dx: 2 }).array(), [6, 21]);
 * ```
 */
export function trapezoid(y: Tensor, options?: TrapezoidOptions): Tensor {
  return sum(...areas("trapezoid", y, options));
}

/**
 * The integral up to each value but the first, as {@link trapezoid}: `torch.cumulative_trapezoid`.
 *
 * @category Reductions
 */
export function cumulativeTrapezoid(y: Tensor, options?: TrapezoidOptions): Tensor {
  return cumsum(...areas("cumulativeTrapezoid", y, options));
}

registerFunctions({ trapezoid: 1, cumulativeTrapezoid: 1 });
