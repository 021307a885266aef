/**
 * Random numbers: counter-based, so that a key gives the same bits on every backend. What is made of them by integers
 * and by powers of two is the same to the bit, what takes a function of floats as near as backends compute that.
 */
import { commonDtype, type TensorLike } from "../define/operands.ts";
import { checkHeld, checkNumber } from "../base/integers.ts";
import { described } from "../base/text.ts";
import { e } from "../expr/e.ts";
import { checkOptions, checkSetting } from "../base/settings.ts";
import { constant } from "../tensor/constants.ts";
import { valueOf } from "../tensor/scalar.ts";
import { registerFunctions } from "../call/catalog.ts";
import { checkDtype, dtypes, isFloating } from "../base/dtype.ts";
import { input } from "../expr/expr.ts";
import { defaultDtype } from "../device/context.ts";
import type { MapAttributes } from "../primitives/map.ts";
import type { Shape } from "../base/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { add, mul } from "./arithmetic.ts";
import { less } from "./comparison.ts";
import { chosenBackend } from "./place.ts";
import {
  draw,
  drawing,
  drawnBy,
  type DrawOptions,
  type FloatDtype,
  floatDtype,
  fraction,
  type RandomOptions,
  WORD,
  WORD_A,
  WORD_B,
} from "./draws.ts";

export type { DrawOptions, RandomOptions };

const bitsMap: MapAttributes = { name: "randomBits", exprs: [WORD] };

/**
 * Random 32-bit words of a shape, as u32: the two words of Threefry-2x32 (Salmon et al. 2011) of each
 * counter, combined by exclusive or.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, randomBits } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const bits = randomBits([2, 2], { key: key(0) });
 * assertEquals(bits.dtype, "u32");
 * // What the authors' Random123 gives for a key and a counter of zeros.
 * assertEquals(await bits.slice(0, 0).item(), (0x6b200159 ^ 0x99ba4efe) >>> 0);
 * ```
 */
export function randomBits(shape: Shape, options: DrawOptions = {}): Tensor {
  checkOptions("draw bits", options, drawing);
  return draw(bitsMap, shape, options);
}

const uniformMaps: Readonly<Record<FloatDtype, MapAttributes>> = {
  f16: { name: "uniform", exprs: [e.mul(e.cast(e.shiftRightLogical(WORD, 21), "f16"), 2 ** -11)] },
  f32: { name: "uniform", exprs: [fraction("f32", 0)] },
  f64: { name: "uniform", exprs: [fraction("f64", 0)] },
};

const standardNormal = /* @__PURE__ */ drawnBy(
  "normal",
  (u) => e.mul(Math.SQRT2, e.erfinv(e.sub(e.mul(2, u), 1))),
);

/**
 * Numbers spread evenly over `low` (0) to `high` (1), `high` excluded but for rounding: 11 random bits
 * in f16, 24 in f32, 53 in f64. Without `low` and `high` they are the same on every backend, with them to within
 * the rounding of a product and a sum. Other dtypes are a {@link DtypeError}, a `low` above `high` is a
 * RangeError.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, uniform } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assert, assertAlmostEquals } from "@std/assert";
 *
 * const x = uniform([1000], { low: -1, high: 1, key: key(0) });
 * assert(await x.min().item() >= -1);
 * assert(await x.max().item() <= 1);
 * assertAlmostEquals(await x.mean().item(), 0, 0.1);
 * ```
 */
export function uniform(
  shape: Shape,
  options: RandomOptions & { readonly low?: number; readonly high?: number } = {},
): Tensor {
  checkOptions("draw uniform numbers", options, { low: 0, high: 1, dtype: null, ...drawing });
  const { low = 0, high = 1 } = options;
  checkSetting("draw uniform numbers", "high", high);
  checkSetting("draw uniform numbers", "low", low, -Number.MAX_VALUE, high);
  const unit = draw(uniformMaps[floatDtype("uniform", options.dtype)], shape, options);
  return low === 0 && high === 1 ? unit : add(mul(unit, high - low), low);
}

/**
 * Normally distributed numbers of a mean (0) and standard deviation (1): √2·erfinv of uniform ones. Those are the
 * same on every backend and erfinv nearly: of the same key, f32 on cpu and on webgpu is at most 4 units in the last
 * place apart (3 were met in 600,000) and f16 one, before they are scaled. Dtypes other than f16, f32 and f64 are a
 * {@link DtypeError}, a negative `std` is a RangeError.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, normal } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = normal([10_000], { mean: 5, std: 2, key: key(0) });
 * assertAlmostEquals(await x.mean().item(), 5, 0.1);
 * assertAlmostEquals(await x.std().item(), 2, 0.1);
 * ```
 */
export function normal(
  shape: Shape,
  options: RandomOptions & { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  checkOptions("draw normal numbers", options, { mean: 0, std: 1, dtype: null, ...drawing });
  const { mean = 0, std = 1 } = options;
  checkSetting("draw normal numbers", "mean", mean);
  checkSetting("draw normal numbers", "std", std, 0);
  const unit = standardNormal(shape, options);
  return mean === 0 && std === 1 ? unit : add(mul(unit, std), mean);
}

// (high word · 2³² + low word) mod span in 32-bit arithmetic; input 4 is 2³² mod span. Above a span of
// 2¹⁶ the product would overflow, so there input 4 is 0 and one word must do.
const randintMap: MapAttributes = {
  name: "randint",
  exprs: [e.remainder(
    e.add(
      e.remainder(e.mul(e.remainder(WORD_A, input(3)), input(4)), input(3)),
      e.remainder(WORD_B, input(3)),
    ),
    input(3),
  )],
};

/**
 * Integers from `low` up to but not including `high`, as i32 unless said, equally likely to within (high -
 * low)/2⁶⁴ up to a span of 65536 and (high - low)/2³² beyond. Bounds that are no integers, in the wrong
 * order or 2³¹ apart are a RangeError.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, randint } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const dice = randint(1, 7, { shape: [1000], key: key(0) });
 * assertEquals([await dice.min().item(), await dice.max().item()], [1, 6]);
 * assertThrows(() => randint(7, 1, { shape: [3] }), RangeError);
 * ```
 */
export function randint(
  low: number,
  high: number,
  options: RandomOptions & { readonly shape: Shape },
): Tensor {
  checkOptions("draw integers", options, { shape: null, dtype: null, ...drawing });
  if (!(Number.isInteger(low) && Number.isInteger(high) && low < high && high - low < 2 ** 31)) {
    throw new RangeError(
      `Cannot draw integers from ${described(low)} up to ${
        described(high)
      }: integers less than 2^31 apart are needed`,
    );
  }
  const dtype = checkDtype(options.dtype ?? "i32"), words = dtype === "u32" ? dtype : "i32";
  for (const bound of [low, high - 1]) checkHeld("draw integers as far as", bound, words);
  const span = high - low, parameters = [span, span <= 2 ** 16 ? 2 ** 32 % span : 0];
  const drawn = draw(randintMap, options.shape, options, parameters);
  return add(drawn.to(words), low).to(dtype);
}

/**
 * 1 with probability `p`, else 0; of the shape of `p` unless `shape` is given, f32 unless said.
 *
 * @category Random
 * @example
 * ```ts
 * import { bernoulli, key, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * assertEquals(await bernoulli(tensor([0, 1])).array(), [0, 1]);
 * const coins = bernoulli(0.5, { shape: [1000], key: key(0), dtype: "i32" });
 * assertAlmostEquals(await coins.sum().item(), 500, 50);
 * ```
 */
export function bernoulli(p: TensorLike, options: RandomOptions & { readonly shape?: Shape } = {}): Tensor {
  checkOptions("draw truth values", options, { shape: null, dtype: null, ...drawing });
  const { key, shape, dtype } = options;
  const value = valueOf(p);
  if (!(value instanceof Tensor)) {
    checkSetting("draw 1", "p", Number(checkNumber("draw 1 with a p of", value)), 0, 1);
  }
  const chance = value instanceof Tensor
    ? value
    : constant(chosenBackend(options), commonDtype([p]), Number(value), p);
  // The eleven bits of f16 could not tell a small probability from none.
  const fine = defaultDtype() === "f16" ? "f32" : defaultDtype();
  const drawn = uniform(shape ?? chance.shape, { key, dtype: fine, backend: chance.backend });
  return less(drawn, chance).to(dtype ?? defaultDtype());
}

registerFunctions({ uniform: 0, normal: 0 }, { dtypes: dtypes.filter(isFloating), differentiable: false });
registerFunctions({ randomBits: 0 }, { dtypes: ["u32"], differentiable: false });
registerFunctions({ randint: 0, bernoulli: 1 }, { differentiable: false });
