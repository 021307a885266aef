/** Half precision, which is computed in single: rounding to it, and its bits. */
import { select, type Value } from "../assembler/values.ts";
import { isNaNOf, shifted, withSign } from "./floats.ts";
import type { Lanes } from "./lanes.ts";

/** From here on numbers are nearer to 2^16 than to the largest of half precision. */
const OVERFLOW = 65520;
/** The least exponent of a normal number. */
const LEAST = -14;
/** Bits of the fraction. */
const FRACTION = 10;

/** Floats of either precision rounded to half, the even one of two. */
export function halved(on: Lanes, value: Value): Value {
  const x = on.keep(value), size = on.keep(on.is("abs", x));
  const exponents = on.ofBits(on.word("and", on.bits(size), on.bits(on.number(Infinity))));
  const power = on.is(on.count > 1 ? "pmax" : "max", exponents, on.number(2 ** LEAST));
  // A sum with it has as many bits as are wanted.
  const rounder = on.keep(on.is("mul", power, on.number(2 ** (on.fractionBits - FRACTION))));
  const rounded = on.is("sub", on.is("add", size, rounder), rounder);
  const bounded = on.choose(on.is("ge", size, on.number(OVERFLOW)), on.number(Infinity), rounded);
  return withSign(on, bounded, x);
}

// What numbers of half precision and of single are apart in the exponents of the same bits.
const APART = 112;
const BITS = 23 - FRACTION;

/** The bits of half precision, in the low half of words, from floats that it holds. */
export function halfBits(on: Lanes, value: Value): Value {
  const x = on.keep(value), size = on.keep(on.is("abs", x));
  const bits = on.keep(shifted(on, "shr_u", on.bits(on.is("mul", size, on.number(2 ** -APART))), BITS));
  const infinite = on.whole(0x7c00);
  const bounded = on.count > 1
    ? on.word("min_u", bits, infinite)
    : select(on.word("lt_u", bits, infinite) as Value<"i32">, bits, infinite);
  const sign = shifted(on, "shr_u", on.word("and", on.bits(x), on.whole(0x80000000)), 16);
  return on.word("or", on.choose(isNaNOf(on, size), on.whole(0x7e00), bounded), sign);
}

/** The floats from the bits of half precision in words that are else 0. */
export function ofHalfBits(on: Lanes, value: Value): Value {
  const bits = on.keep(value),
    size = on.keep(shifted(on, "shl", on.word("and", bits, on.whole(0x7fff)), BITS));
  const scaled = on.bits(on.is("mul", on.ofBits(size), on.number(2 ** APART)));
  const isSpecial = on.word("gt_s", size, on.whole((0x7c00 << BITS) - 1));
  const special = on.choose(isSpecial, on.whole(0x7f800000), on.whole(0));
  const sign = shifted(on, "shl", on.word("and", bits, on.whole(0x8000)), 16);
  return on.ofBits(on.word("or", on.word("or", scaled, special), sign));
}
