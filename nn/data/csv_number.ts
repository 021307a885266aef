/** Numbers in texts. */

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
const INFINITY = /^\s*([+-]?)inf(inity)?\s*$/i;
const INTEGER = /^\s*[+-]?\d+\s*$/;

/** Whether a text is a number: in decimals, or infinity as pandas reads it. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text) || INFINITY.test(text);
}

/** Whether a text is an integer that a number of 64 bits would round. */
export function isRounded(text: string): boolean {
  if (!INTEGER.test(text)) return false;
  const value = Number(text);
  return !Number.isSafeInteger(value) && (!Number.isFinite(value) || BigInt(text) !== BigInt(value));
}

/** Powers of ten that are numbers of 64 bits without rounding. */
const TENS = Array.from({ length: 23 }, (_, power) => 10 ** power);

/** As many digits are an integer without rounding. */
const EXACT = 15;

const [ZERO, POINT, PLUS, MINUS] = [..."0.+-"].map((c) => c.charCodeAt(0));

/**
 * The number that stands from `start` to `end`; NaN if none does, or an integer that it would round. One of few digits is their integer through a power
 * of ten, rounded once, and so the nearest there is (Clinger, 1990); others are left to the language.
 */
export function numberIn(text: string, start: number, end: number): number {
  const sign = text.charCodeAt(start);
  let i = sign === MINUS || sign === PLUS ? start + 1 : start;
  let value = 0, digits = 0, point = -1;
  const first = i;
  for (; i < end; i++) {
    const c = text.charCodeAt(i), digit = c - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      if (value > 0) digits++;
    } else if (c === POINT && point < 0) point = i;
    else break;
  }
  const decimals = point < 0 ? 0 : i - point - 1, isAny = i - first > (point < 0 ? 0 : 1);
  if (i < end || !isAny || digits > EXACT || decimals >= TENS.length) return slowly(text.slice(start, end));
  if (decimals > 0) value /= TENS[decimals];
  return sign === MINUS ? -value : value;
}

function slowly(text: string): number {
  if (NUMBER.test(text)) return isRounded(text) ? NaN : Number(text);
  const sign = INFINITY.exec(text)?.[1];
  if (sign === undefined) return NaN;
  return sign === "-" ? -Infinity : Infinity;
}
