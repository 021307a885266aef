/** What drops elements, or whole channels, at random, and what draws their slopes. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { defineOp } from "../../define/composite.ts";
import { asTensor, checkFloating } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import { cast, mapped } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { greaterEqual } from "../comparison.ts";
import { add, leakyRelu, mul } from "../elementwise.ts";
import type { Key } from "../keys.ts";
import { uniform } from "../random.ts";

/**
 * What {@link dropout} and its like may be told.
 *
 * @category Network functions
 */
export interface DropoutOptions {
  /** The probability to be dropped, from 0 to 1: ½ unless said. */
  readonly p?: number;
  /** Whether anything is dropped, else x itself is given back; the functions differ in what holds unless said. */
  readonly training?: boolean;
  /** What it draws from; the next key of the global sequence unless said. */
  readonly key?: Key | undefined;
}

/**
 * Drops parts of x at random.
 *
 * @category Network functions
 */
export type DropoutOp = (x: Tensor, options?: DropoutOptions) => Tensor;

/** What elements become, kept or dropped with a probability. */
type Rule = (x: Tensor, isKept: Tensor, p: number) => Tensor;

const grown = /* @__PURE__ */ mapped("dropout", (x, isKept, scale) => e.select(isKept, e.mul(x, scale), 0));

const growing: Rule = (x, isKept, p) => grown(x, isKept, asTensor(p < 1 ? 1 / (1 - p) : 0, x));

const shifted = /* @__PURE__ */ mapped(
  "alphaDropout",
  (x, isKept, scale, summand, dropped) => e.select(isKept, e.add(e.mul(x, scale), summand), dropped),
);

/** λα of SELU, which it gives of -∞ but for the sign. */
const SATURATION = 1.7580993408473766;

// Dropped elements become SELU's least value; all are scaled and shifted then, such that mean 0 and variance 1 stay.
const saturating: Rule = (x, isKept, p) => {
  const scale = p < 1 ? 1 / Math.sqrt((SATURATION ** 2 * p + 1) * (1 - p)) : 0, least = SATURATION * scale;
  const [factor, summand, dropped] = [scale, least * p, least * p - least].map((value) => asTensor(value, x));
  return shifted(x, isKept, factor, summand, dropped);
};

// The same in every dtype; the eleven bits of f16 could not tell a small probability from none.
const drawing = { dtype: "f32" } as const;

/** What sets a dropout apart. */
interface Dropping {
  readonly name: string;
  readonly rule: Rule;
  /** Whether it drops unless said. */
  readonly inTraining: boolean;
  /** How many leading axes of x, of this shape, draw apart from each other: the rest is dropped together. */
  readonly apart: (shape: readonly number[]) => number;
}

function defineDropout({ name, rule, inTraining, apart }: Dropping): DropoutOp {
  return defineOp(name, (x, options = {}) => {
    checkOptions(name, options, { p: 0.5, training: true, key: null });
    const { p = 0.5, training = inTraining, key } = options, { shape, backend } = x;
    checkSetting("drop", "probability", p, 0, 1);
    const lead = apart(shape);
    if (!training || p === 0) return x;
    checkFloating(name, x);
    if (lead < 1) throw misfit(name, shape, "[batch, channels, ...] is needed");
    const parts = shape.map((n, i) => i < lead ? n : 1);
    return rule(x, greaterEqual(uniform(parts, { ...drawing, key, backend }), p), p);
  });
}

function misfit(name: string, shape: readonly number[], needed: string): ShapeError {
  return new ShapeError(`Cannot ${name} ${showShape(shape)}: ${needed}`, { op: name, shapes: [shape] });
}

/** The leading axes of `[batch, channels, …]` with so many axes behind, or of one image where it may be one. */
function channelsOf(name: string, behind: 1 | 2 | 3): Dropping["apart"] {
  const extents = ["length", "height, width", "depth, height, width"][behind - 1];
  return (shape) => {
    const rank = shape.length;
    if (rank === behind + 2) return 2;
    // PyTorch takes three axes to be [batch, channels, length] here too.
    if (rank === behind + 1) return behind === 2 ? 2 : 1;
    const needed = `[batch, channels, ${extents}] is needed, or that without a batch`;
    throw misfit(name, shape, needed);
  };
}

function channelDropout(behind: 1 | 2 | 3): DropoutOp {
  const name = `dropout${behind}d`;
  return defineDropout({ name, rule: growing, inTraining: true, apart: channelsOf(name, behind) });
}

/**
 * Sets each element to 0 with probability `p` and divides the others by 1 - p, so that the expectation stays, or with
 * `training: false` gives x back, as `torch.nn.functional.dropout`. A `p` outside 0 … 1 is a `RangeError`. Srivastava et
 * al. (2014).
 *
 * @category Network functions
 * @example
 * ```ts
 * import { dropout, key, ones } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals, assertStrictEquals } from "@std/assert";
 *
 * const x = ones([10_000]), y = dropout(x, { p: 0.2, key: key(1) });
 * assertAlmostEquals(await y.mean().item(), 1, 0.03);
 * assertEquals(await dropout(x, { p: 0.2, key: key(1) }).sub(y).abs().max().item(), 0);
 * assertStrictEquals(dropout(x, { training: false }), x);
 * ```
 */
export const dropout: DropoutOp = /* @__PURE__ */ defineDropout({
  name: "dropout",
  rule: growing,
  inTraining: true,
  apart: ({ length }) => Math.max(length, 1),
});

/**
 * {@link dropout} of whole channels of `[batch, channels, length]`, or without a batch, as `torch.nn.functional.dropout1d`.
 *
 * @category Network functions
 */
export const dropout1d: DropoutOp = /* @__PURE__ */ channelDropout(1);

/**
 * {@link dropout} of whole channels of `[batch, channels, height, width]`, as `torch.nn.functional.dropout2d`, which
 * takes three axes to be `[batch, channels, length]`.
 *
 * @category Network functions
 */
export const dropout2d: DropoutOp = /* @__PURE__ */ channelDropout(2);

/**
 * {@link dropout} of whole channels of `[batch, channels, depth, height, width]`, or without a batch, as
 * `torch.nn.functional.dropout3d`.
 *
 * @category Network functions
 */
export const dropout3d: DropoutOp = /* @__PURE__ */ channelDropout(3);

/**
 * In training, gives each element the least value of SELU with probability `p`, and scales and shifts all of them such
 * that mean 0 and variance 1 stay, as `torch.nn.functional.alpha_dropout`; else, as unless said, gives x back. Klambauer
 * et al. (2017).
 *
 * @category Network functions
 * @example
 * ```ts
 * import { alphaDropout, key, normal } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const y = alphaDropout(normal([20_000], { key: key(1) }), { p: 0.3, training: true, key: key(2) });
 * assertAlmostEquals(await y.mean().item(), 0, 0.03);
 * assertAlmostEquals(await y.std().item(), 1, 0.03);
 * ```
 */
export const alphaDropout: DropoutOp = /* @__PURE__ */ defineDropout({
  name: "alphaDropout",
  rule: saturating,
  inTraining: false,
  apart: ({ length }) => Math.max(length, 1),
});

/**
 * {@link alphaDropout} of whole channels of `[batch, channels, …]`, as `torch.nn.functional.feature_alpha_dropout`.
 *
 * @category Network functions
 */
export const featureAlphaDropout: DropoutOp = /* @__PURE__ */ defineDropout({
  name: "featureAlphaDropout",
  rule: saturating,
  inTraining: false,
  apart: ({ length }) => length < 2 ? 0 : 2,
});

/**
 * What {@link rrelu} may be told.
 *
 * @category Network functions
 */
export interface RreluOptions {
  /** The least slope: 1/8 unless said. */
  readonly lower?: number;
  /** The largest slope: 1/3 unless said. */
  readonly upper?: number;
  /** Whether slopes are drawn, of each element its own; not unless said. */
  readonly training?: boolean;
  /** What it draws from; the next key of the global sequence unless said. */
  readonly key?: Key | undefined;
}

/**
 * x above 0, slope·x at and below it, with a slope between `lower` and `upper`: in training drawn for each element, else
 * their middle, as `torch.nn.functional.rrelu`. Xu et al. (2015).
 *
 * @category Network functions
 * @example
 * ```ts
 * import { rrelu, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([-4, 3]);
 * assertEquals(await rrelu(x, { lower: 0, upper: 0.5 }).array(), [-1, 3]);
 * assertEquals(await rrelu(x, { lower: 0.5, upper: 0.5, training: true }).array(), [-2, 3]);
 * ```
 */
export const rrelu: (x: Tensor, options?: RreluOptions) => Tensor = /* @__PURE__ */ defineOp(
  "rrelu",
  (x, options = {}) => {
    checkOptions("rrelu", options, { lower: 0, upper: 0, training: true, key: null });
    checkFloating("rrelu", x);
    const { lower = 1 / 8, upper = 1 / 3, training = false, key } = options;
    checkSetting("rrelu", "slope", lower);
    checkSetting("rrelu", "largest slope", upper, lower);
    if (!training) return leakyRelu(x, (lower + upper) / 2);
    const unit = cast(uniform(x.shape, { ...drawing, key, backend: x.backend }), x.dtype);
    return leakyRelu(x, add(mul(unit, upper - lower), lower));
  },
);
