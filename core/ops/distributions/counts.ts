/** Distributions of whole numbers: by adding up chances where few are likely, else by candidates that may be refused. */
import type { TensorLike } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import type { Expr } from "../../expr/expr.ts";
import { mapped } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add } from "../arithmetic.ts";
import { full } from "../creation.ts";
import { between } from "./continuous.ts";
import { type DistributionOptions, type Drawing, drawingOf, drawnAs, keysOf } from "./drawing.ts";

/** Below a mean of it by adding up so many chances, above by transformed rejection, by so many candidates. */
const SMALL = 10, ROUNDS = 10, MOST = 48;

/** How many chances, added up, are below u: each is what `next` makes of the one before. */
function countBelow(u: Expr, first: Expr, next: (chance: Expr, k: number) => Expr): Expr {
  let chance = first, below = first, count: Expr = e.select(e.gt(u, below), 1, 0);
  for (let k = 1; k < MOST; k++) {
    chance = next(chance, k);
    below = e.add(below, chance);
    count = e.add(count, e.select(e.gt(u, below), 1, 0));
  }
  return count;
}

/** Hörmann's hat (1993): a candidate of two uniform numbers, and what its chance is to be above. */
interface Candidate {
  readonly k: Expr;
  /** How far the first number is from the ends. */
  readonly aside: Expr;
  /** The logarithm of the hat there, times the second number. */
  readonly level: Expr;
}

function candidateOf(
  [u, v]: readonly [Expr, Expr],
  { a, b, centre, scale }: Readonly<Record<"a" | "b" | "centre" | "scale", Expr>>,
): Candidate {
  const centred = e.sub(u, 0.5), aside = e.sub(0.5, e.abs(centred));
  const k = e.floor(e.add(e.mul(e.add(e.div(e.mul(2, a), aside), b), centred), centre));
  return { k, aside, level: e.log(e.div(e.mul(v, scale), e.add(e.div(a, e.mul(aside, aside)), b))) };
}

// A candidate, unless one was taken; -1 is none.
function taken(
  found: Expr,
  { k, aside, level }: Candidate,
  least: Expr,
  [v, most]: readonly Expr[],
  log: Expr,
): Expr {
  const isInside = e.and(e.ge(aside, 0.07), e.le(v, least));
  const isOutside = e.or(e.or(e.lt(k, 0), e.gt(k, most)), e.and(e.lt(aside, 0.013), e.gt(v, aside)));
  const isTaken = e.or(isInside, e.and(e.not(isOutside), e.le(level, log)));
  return e.select(e.ge(found, 0), found, e.select(isTaken, k, -1));
}

/** log k! - (k + 1/2)·log(k + 1) + (k + 1) - log √2π: what Stirling's formula leaves, which a difference of lgammas loses. */
function stirlingRest(k: Expr): Expr {
  const x = e.add(k, 1), z = e.div(1, e.mul(x, x));
  return e.div(e.sub(1 / 12, e.mul(z, e.sub(1 / 360, e.mul(z, e.sub(1 / 1260, e.div(z, 1680)))))), x);
}

const fewPoisson = /* @__PURE__ */ mapped(
  "random.poisson",
  (rate, u) => countBelow(u, e.exp(e.neg(rate)), (chance, k) => e.mul(chance, e.div(rate, k))),
);

const nextPoisson = /* @__PURE__ */ mapped("random.poisson", (found, rate, u, v) => {
  const b = e.add(0.931, e.mul(2.53, e.sqrt(rate))), a = e.add(-0.059, e.mul(0.02483, b));
  const scale = e.add(1.1239, e.div(1.1328, e.sub(b, 3.4)));
  const candidate = candidateOf([u, v], { a, b, centre: e.add(rate, 0.43), scale }),
    x = e.add(candidate.k, 1);
  // The chance of k by that of the rate: k·log rate - rate - log k!, from which nothing large is left.
  const apart = e.div(e.sub(rate, x), x);
  const near = e.add(e.mul(x, e.sub(e.log1p(e.maximum(apart, -1)), apart)), e.mul(0.5, e.log(x)));
  const log = e.sub(e.sub(near, e.log(rate)), e.add(stirlingRest(candidate.k), 0.5 * Math.log(2 * Math.PI)));
  const least = e.sub(0.9277, e.div(3.6224, e.sub(b, 2)));
  return taken(found, candidate, least, [v, e.constant(Infinity)], log);
});

/** So many numbers by candidates, -1 where all are refused, by the keys from the first on. */
function byRounds(
  drawing: Drawing,
  keys: ReturnType<typeof keysOf>,
  next: (found: Tensor, u: Tensor, v: Tensor) => Tensor,
): Tensor {
  const { shape, dtype, backend } = drawing, drawn = (k: number) => drawnAs(drawing, { key: keys[k] });
  let found = full(shape, -1, { dtype, backend });
  for (let round = 0; round < ROUNDS; round++) {
    found = next(found, between(shape, drawn(2 * round)), between(shape, drawn(2 * round + 1)));
  }
  return found;
}

/** A parameter in the shape of what is drawn, without a gradient. */
function spread(parameter: TensorLike, { shape, dtype, backend }: Drawing): Tensor {
  return add(full(shape, 0, { dtype, backend }), parameter).detach();
}

const eitherPoisson = /* @__PURE__ */ mapped(
  "random.poisson",
  (rate, few, many) => {
    const found = e.select(e.lt(rate, SMALL), few, e.select(e.lt(many, 0), e.floor(rate), many));
    return e.select(e.ge(rate, 0), found, NaN);
  },
);

/**
 * Numbers of Poisson's distribution of rates, as floats, like PyTorch's, without a gradient: `torch.poisson`; NaN below
 * a rate of 0. From a rate of
 * 10 on by at most 10 candidates each (Hörmann 1993), of which all are refused once in 10⁹: then it is the rate, rounded
 * down. Of one key they are the same on every backend but for those few whose chance is within its rounding.
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
  const drawing = drawingOf("poisson", [rate], options), keys = keysOf(options, drawing, 2 * ROUNDS + 1);
  const rates = spread(rate, drawing), last = drawnAs(drawing, { key: keys[2 * ROUNDS] });
  const many = byRounds(drawing, keys, (found, u, v) => nextPoisson(found, rates.maximum(SMALL), u, v));
  return eitherPoisson(rates, fewPoisson(rates, between(drawing.shape, last)), many);
}

/** The smaller of p and 1 - p. */
function smaller(p: Expr): Expr {
  return e.minimum(p, e.sub(1, p));
}

const fewBinomial = /* @__PURE__ */ mapped("random.binomial", (count, p, u) => {
  const q = smaller(p), odds = e.div(q, e.sub(1, q)), none = e.exp(e.mul(count, e.log1p(e.neg(q))));
  const next = (chance: Expr, k: number) =>
    e.mul(chance, e.mul(e.div(e.maximum(e.sub(count, k - 1), 0), k), odds));
  return e.minimum(countBelow(u, none, next), count);
});

const nextBinomial = /* @__PURE__ */ mapped("random.binomial", (found, count, p, u, v) => {
  const q = smaller(p), n = e.maximum(count, e.div(SMALL, q)), odds = e.div(q, e.sub(1, q));
  const width = e.sqrt(e.mul(e.mul(n, q), e.sub(1, q))), b = e.add(1.15, e.mul(2.53, width));
  const a = e.add(e.add(-0.0873, e.mul(0.0248, b)), e.mul(0.01, q));
  const scale = e.mul(e.add(2.83, e.div(5.1, b)), width), middle = e.floor(e.mul(e.add(n, 1), q));
  const candidate = candidateOf([u, v], { a, b, centre: e.add(e.mul(n, q), 0.5), scale }), { k } = candidate;
  // The chance of k by that of the likeliest, by Stirling's formula.
  const rest = (x: Expr) => e.add(e.sub(n, x), 1);
  const log = e.add(
    e.add(
      e.mul(e.add(middle, 0.5), e.log(e.div(e.add(middle, 1), e.mul(odds, rest(middle))))),
      e.mul(e.add(n, 1), e.log(e.div(rest(middle), rest(k)))),
    ),
    e.mul(e.add(k, 0.5), e.log(e.div(e.mul(odds, rest(k)), e.add(k, 1)))),
  );
  const tails = [middle, e.sub(n, middle)].map(stirlingRest), others = [k, e.sub(n, k)].map(stirlingRest);
  const whole = e.add(log, e.sub(e.add(tails[0], tails[1]), e.add(others[0], others[1])));
  return taken(found, candidate, e.sub(0.92, e.div(4.2, b)), [v, n], whole);
});

const eitherBinomial = /* @__PURE__ */ mapped("random.binomial", (count, p, few, many) => {
  const mean = e.mul(count, smaller(p)), large = e.select(e.lt(many, 0), e.floor(mean), many);
  const found = e.select(e.lt(mean, SMALL), few, large),
    turned = e.select(e.gt(p, 0.5), e.sub(count, found), found);
  return e.select(e.and(e.and(e.ge(p, 0), e.le(p, 1)), e.ge(count, 0)), turned, NaN);
});

/**
 * How often chances of p come true in so many tries, as floats, like PyTorch's, without a gradient: `torch.binomial`; NaN
 * where p is no chance or the count negative. From a mean of 10 on, of p or of 1 - p, by at most 10 candidates each
 * (Hörmann 1993), of which all are refused once in 10⁹: then it is the mean, rounded down. Of one key they are the same on
 * every backend but for those few whose chance is within its rounding.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, random } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = random.binomial(100, 0.3, { shape: [10_000], key: key(0) });
 * assertAlmostEquals(await x.mean().item(), 30, 0.2);
 * assertAlmostEquals(await x.variance().item(), 21, 1);
 * assertEquals(await random.binomial(5, 1).item(), 5);
 * ```
 */
export function binomial(count: TensorLike, p: TensorLike, options: DistributionOptions = {}): Tensor {
  const drawing = drawingOf("binomial", [count, p], options), keys = keysOf(options, drawing, 2 * ROUNDS + 1);
  const [n, chance] = [count, p].map((parameter) => spread(parameter, drawing));
  const few = fewBinomial(n, chance, between(drawing.shape, drawnAs(drawing, { key: keys[2 * ROUNDS] })));
  return eitherBinomial(
    n,
    chance,
    few,
    byRounds(drawing, keys, (found, u, v) => nextBinomial(found, n, chance, u, v)),
  );
}
