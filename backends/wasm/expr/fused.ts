/** Products and sums rounded once, where no instruction does that. */
import { select, type Value } from "../assembler/values.ts";
import type { Lanes } from "./lanes.ts";

/**
 * a·b + c of numbers of f32, in f64 and so rounded that rounding to f32 rounds once: the product is exact, and a sum that
 * is not gets an odd last bit.
 */
export function fusedInDouble(on: Lanes, a: Value, b: Value, c: Value): Value {
  const x = on.keep(on.is("mul", a, b)), y = on.keep(c), sum = on.keep(on.is("add", x, y));
  const error = on.keep(sumError(on, x, y, sum)), zero = on.number(0), bits = on.bits(sum);
  const isEven = on.word("eq", on.word("and", bits, on.whole(1)), on.whole(0));
  const isInexact = on.combine(
    "and",
    on.is("ne", error, zero),
    on.is("lt", on.is("abs", sum), on.number(Infinity)),
  );
  const shrinks = on.combine("xor", on.is("gt", error, zero), on.is("gt", sum, zero));
  const step = on.count > 1
    ? on.word("or", shrinks, on.whole(1))
    : select(shrinks as Value<"i32">, on.whole(-1), on.whole(1));
  const odd = on.ofBits(on.word("add", bits, step));
  return on.choose(on.combine("and", isEven, isInexact), odd, sum);
}

// What is lost where a + b is rounded.
function sumError(on: Lanes, a: Value, b: Value, sum: Value): Value {
  const part = on.keep(on.is("sub", sum, a));
  return on.is("add", on.is("sub", a, on.is("sub", sum, part)), on.is("sub", b, part));
}
