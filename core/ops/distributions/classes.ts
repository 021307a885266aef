/** Distributions of classes, and orthogonal matrices. */
import { checkInteger } from "../../base/settings.ts";
import { context } from "../../device/context.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add, mul } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { less } from "../comparison.ts";
import { argsort } from "../cumulative.ts";
import { diagonal } from "../matrices.ts";
import { qr } from "../linalg/qr.ts";
import { maximum } from "../magnitude.ts";
import { log } from "../math.ts";
import { argmax } from "../reductions.ts";
import { unsqueeze } from "../shape.ts";
import { narrow } from "../windows.ts";
import { standardGumbel, standardNormal } from "./continuous.ts";
import { type DistributionOptions, drawingOf, drawnAs } from "./drawing.ts";

/**
 * Classes of log chances along the last axis, which need not be normalised, as i32: the largest of them after numbers of
 * Gumbel's distribution were added. With `shape`, so many in front of the other axes. Of one key they are the same on
 * every backend but where two are equal to the last digits.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, random, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const logits = tensor([[-Infinity, 0], [0, 0]]);
 * const x = random.categorical(logits, { shape: [1000], key: key(0) });
 * assertEquals(x.shape, [1000, 2]);
 * assertEquals(await x.slice(null, 0).min().item(), 1);
 * assertAlmostEquals(await x.slice(null, 1).to("f32").mean().item(), 0.5, 0.1);
 * ```
 */
export function categorical(logits: Tensor, options: DistributionOptions = {}): Tensor {
  const { shape: leading = [], ...others } = options;
  const drawing = drawingOf("categorical", [logits], { ...others, shape: [...leading, ...logits.shape] });
  const noise = standardGumbel(drawing.shape, drawnAs(drawing, options));
  return argmax(add(noise, logits.detach()), -1);
}

/**
 * What {@link multinomial} may be told.
 *
 * @category Random
 */
export interface MultinomialOptions extends DistributionOptions {
  /** Whether a class can be drawn again; it cannot unless said. */
  readonly replacement?: boolean;
}

/**
 * `count` classes for each row of chances, which need not be normalised, as i32: `torch.multinomial`. A row with a chance
 * that is negative, infinite or NaN, without any, or with fewer classes of one than are drawn without replacement is a
 * RangeError that names it, where chances can be read at once. Elsewhere, and in what is recorded or mapped, what is below 0
 * is no chance, and classes without one are drawn after the others.
 *
 * @category Random
 */
export function multinomial(chances: Tensor, count: number, options: MultinomialOptions = {}): Tensor {
  const { replacement = false, ...others } = options,
    logits = log(unsqueeze(maximum(chances.detach(), 0), -2));
  checkInteger(
    "draw by random.multinomial",
    "count",
    count,
    0,
    replacement ? 2 ** 31 : chances.shape.at(-1) ?? 0,
  );
  checkChances(chances, replacement ? Math.min(count, 1) : count);
  const rows = replacement ? [...chances.shape.slice(0, -1), count, chances.shape.at(-1)!] : logits.shape;
  const drawing = drawingOf("multinomial", [logits], { ...others, shape: rows });
  const noisy = add(standardGumbel(drawing.shape, drawnAs(drawing, options)), logits);
  if (replacement) return argmax(noisy, -1);
  const order = argsort(noisy, -1, { descending: true });
  return narrow(order, -1, 0, count).squeeze(-2);
}

// So many classes of each row have a chance, and no row has what is none.
function checkChances(chances: Tensor, least: number): void {
  const { backend, shape } = chances, classes = shape.at(-1)!;
  if (!backend.readSync || context.layers !== null || context.recorder) return;
  const data = chances.dataSync();
  for (let start = 0; start < data.length; start += classes) {
    const row = Array.from(data.subarray(start, start + classes)),
      about = `Cannot random.multinomial: row ${start / classes}`;
    const wrong = row.findIndex((p) => !(p >= 0 && p < Infinity)),
      some = row.filter((p) => p > 0).length;
    if (wrong >= 0) throw new RangeError(`${about} has ${row[wrong]} at ${wrong}, which is no chance`);
    if (some < least) {
      throw new RangeError(
        `${about} has ${some} classes with a chance, of which ${least} are to be drawn` +
          (some > 0 ? ", draw fewer or with replacement" : ""),
      );
    }
  }
}

/**
 * Matrices `[n, n]` that are orthogonal, each as likely as any other: the factor Q of normal numbers, with the signs of R's
 * diagonal. With `shape`, so many in front.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, random } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const q = random.orthogonal(3, { key: key(0), dtype: "f64", backend: "cpu" });
 * const lengths = q.square().sum(1), [first, second] = q.unbind(0);
 * assertAlmostEquals(await lengths.sum().item(), 3, 1e-12);
 * assertAlmostEquals(await first.mul(second).sum().item(), 0, 1e-12);
 * ```
 */
export function orthogonal(n: number, options: DistributionOptions = {}): Tensor {
  checkInteger("draw by random.orthogonal", "n", n, 0, 2 ** 16);
  const drawing = drawingOf("orthogonal", [], { ...options, shape: [...options.shape ?? [], n, n] });
  const { Q, R } = qr(standardNormal(drawing.shape, drawnAs(drawing, options)));
  return mul(Q, unsqueeze(where(less(diagonal(R), 0), -1, 1), -2));
}
