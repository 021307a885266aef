/** Distributions of whole numbers and of orders, and orthogonal matrices. */
import { checkInteger } from "../../base/settings.ts";
import type { TensorLike } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import type { Expr } from "../../expr/expr.ts";
import { mapped } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add, mul } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { less } from "../comparison.ts";
import { full } from "../creation.ts";
import { argsort } from "../cumulative.ts";
import { diagonal } from "../matrices.ts";
import { qr } from "../linalg/qr.ts";
import { log } from "../math.ts";
import { argmax } from "../reductions.ts";
import { unsqueeze } from "../shape.ts";
import { narrow } from "../windows.ts";
import { between, standardGumbel, standardNormal } from "./continuous.ts";
import { type DistributionOptions, drawingOf, drawnAs, keysOf } from "./drawing.ts";

/** Below it by adding up chances, above by transformed rejection, by so many candidates. */
const SMALL = 10, ROUNDS = 10, MOST = 48;

const counted = /* @__PURE__ */ mapped("random.poisson", (rate, u) => {
  let chance: Expr = e.exp(e.neg(rate)), below = chance, count: Expr = e.select(e.gt(u, below), 1, 0);
  for (let k = 1; k < MOST; k++) {
    chance = e.mul(chance, e.div(rate, k));
    below = e.add(below, chance);
    count = e.add(count, e.select(e.gt(u, below), 1, 0));
  }
  return count;
});

// Hörmann (1993), PTRS: a candidate, unless one was taken; -1 is none.
const next = /* @__PURE__ */ mapped("random.poisson", (found, rate, u, v) => {
  const b = e.add(0.931, e.mul(2.53, e.sqrt(rate))), a = e.add(-0.059, e.mul(0.02483, b));
  const inverse = e.add(1.1239, e.div(1.1328, e.sub(b, 3.4))),
    least = e.sub(0.9277, e.div(3.6224, e.sub(b, 2)));
  const centred = e.sub(u, 0.5), us = e.sub(0.5, e.abs(centred));
  const k = e.floor(e.add(e.add(e.mul(e.add(e.div(e.mul(2, a), us), b), centred), rate), 0.43));
  const isInside = e.and(e.ge(us, 0.07), e.le(v, least));
  const isOutside = e.or(e.lt(k, 0), e.and(e.lt(us, 0.013), e.gt(v, us)));
  const left = e.log(e.div(e.mul(v, inverse), e.add(e.div(a, e.mul(us, us)), b)));
  const right = e.sub(e.sub(e.mul(k, e.log(rate)), rate), e.lgamma(e.add(k, 1)));
  const isTaken = e.or(isInside, e.and(e.not(isOutside), e.le(left, right)));
  return e.select(e.ge(found, 0), found, e.select(isTaken, k, -1));
});

/**
 * Numbers of Poisson's distribution of rates, as floats, like PyTorch's, without a gradient: `torch.poisson`. From a rate of
 * 10 on by at most 10 candidates each (Hörmann 1993), of which all are refused once in 10⁹: then it is the rate, rounded
 * down.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, random } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = random.poisson(4, { shape: [10_000], key: key(0) });
 * assertAlmostEquals(await x.mean().item(), 4, 0.1);
 * assertAlmostEquals(await x.variance().item(), 4, 0.2);
 * ```
 */
export function poisson(rate: TensorLike, options: DistributionOptions = {}): Tensor {
  const drawing = drawingOf("poisson", [rate], options), { shape, dtype, backend } = drawing;
  const keys = keysOf(options, drawing, 2 * ROUNDS + 1),
    drawn = (k: number) => drawnAs(drawing, { key: keys[k] });
  const rates = add(full(shape, 0, { dtype, backend }), rate).detach();
  const few = counted(rates, between(shape, drawn(2 * ROUNDS))),
    many = where(less(rates, SMALL), SMALL, rates);
  let found = full(shape, -1, { dtype, backend });
  for (let round = 0; round < ROUNDS; round++) {
    found = next(found, many, between(shape, drawn(2 * round)), between(shape, drawn(2 * round + 1)));
  }
  return where(less(rates, SMALL), few, where(less(found, 0), rates.floor(), found));
}

/**
 * Classes of log chances along the last axis, which need not be normalised, as i32: the largest of them after numbers of
 * Gumbel's distribution were added. With `shape`, so many in front of the other axes.
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
 * `count` classes for each row of chances, which need not be normalised, as i32: `torch.multinomial`.
 *
 * @category Random
 */
export function multinomial(chances: Tensor, count: number, options: MultinomialOptions = {}): Tensor {
  const { replacement = false, ...others } = options, logits = log(unsqueeze(chances.detach(), -2));
  checkInteger(
    "draw by random.multinomial",
    "count",
    count,
    0,
    replacement ? 2 ** 31 : chances.shape.at(-1) ?? 0,
  );
  const rows = replacement ? [...chances.shape.slice(0, -1), count, chances.shape.at(-1)!] : logits.shape;
  const drawing = drawingOf("multinomial", [logits], { ...others, shape: rows });
  const noisy = add(standardGumbel(drawing.shape, drawnAs(drawing, options)), logits);
  if (replacement) return argmax(noisy, -1);
  const order = argsort(noisy, -1, { descending: true });
  return narrow(order, -1, 0, count).squeeze(-2);
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
