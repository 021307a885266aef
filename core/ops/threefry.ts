/** Threefry-2x32, which makes random words of a key and a counter, on numbers and in expressions. */
import { e } from "../expr/e.ts";
import type { Expr } from "../expr/expr.ts";

/** 32-bit arithmetic on numbers or on expressions, so that one text of Threefry serves both. */
interface Words<T> {
  add(a: T, b: T): T;
  xor(a: T, b: T): T;
  rotate(a: T, bits: number): T;
  constant(value: number): T;
}

/** On numbers. */
export const numberWords: Words<number> = {
  add: (a, b) => (a + b) >>> 0,
  xor: (a, b) => (a ^ b) >>> 0,
  rotate: (a, bits) => ((a << bits) | (a >>> (32 - bits))) >>> 0,
  constant: (value) => value,
};

/** In expressions. */
export const exprWords: Words<Expr> = {
  add: (a, b) => e.add(a, b),
  xor: (a, b) => e.bitXor(a, b),
  rotate: (a, bits) => e.bitOr(e.shiftLeft(a, bits), e.shiftRightLogical(a, 32 - bits)),
  constant: (value) => e.constant(value),
};

// Rotations and key schedule: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011), Threefry-2x32, 20 rounds.
const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]];
const PARITY = 0x1BD11BDA;

/** Two random words of a key and a counter. */
export function threefry<T>(words: Words<T>, [k0, k1]: readonly [T, T], counter: readonly [T, T]): [T, T] {
  const { add, xor, rotate, constant } = words;
  const schedule = [k0, k1, xor(xor(k0, k1), constant(PARITY))];
  let a = add(counter[0], k0), b = add(counter[1], k1);
  for (let group = 0; group < 5; group++) {
    for (const bits of ROTATIONS[group % 2]) {
      a = add(a, b);
      b = xor(rotate(b, bits), a);
    }
    a = add(a, schedule[(group + 1) % 3]);
    b = add(b, add(schedule[(group + 2) % 3], constant(group + 1)));
  }
  return [a, b];
}
