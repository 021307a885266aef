/** Cells in place of numbers among the arguments of a call, to see whether anyone but ops uses them. */
import { Scalar } from "../../tensor/scalar.ts";
import { callingLine } from "../calling_line.ts";

/**
 * A cell that JavaScript may compute with: it is the number then, and takes note. What only ops took may be another
 * number in another run.
 */
export class Standing extends Scalar {
  readonly #number: number;
  #line: string | null = null;

  /** A number in place of which it stands, under the path that leads to it. */
  constructor(path: string, number: number) {
    super(path, number);
    this.#number = number;
  }

  /** The line that first computed with it; `null` if none did. */
  get line(): string | null {
    return this.#line;
  }

  /** The number, of which note is taken. */
  override get value(): number {
    this.#line ??= callingLine();
    return this.#number;
  }

  override set value(value: number) {
    throw new TypeError(`Cannot set ${this.name} to ${value}: it is a number, pass a Scalar instead`);
  }

  override [Symbol.toPrimitive](hint: string): string {
    // JavaScript wants a number unless it asks for a text; what it declares is what cells give.
    return (hint === "string" ? String(this.value) : this.value) as string;
  }

  override toString(base?: number): string {
    return this.value.toString(base);
  }

  override valueOf(): number {
    return this.value;
  }

  /** As of a number: to print it decides nothing. */
  protected override shown(): string {
    return String(this.#number);
  }

  /** As of a number. */
  toFixed(digits?: number): string {
    return this.value.toFixed(digits);
  }

  /** As of a number. */
  toPrecision(digits?: number): string {
    return this.value.toPrecision(digits);
  }

  /** As of a number. */
  toExponential(digits?: number): string {
    return this.value.toExponential(digits);
  }

  override toLocaleString(...told: Parameters<number["toLocaleString"]>): string {
    return this.value.toLocaleString(...told);
  }
}

/** Numbers of so many digits someone may have written down, to compare with. */
const MOST_DIGITS = 8;

/**
 * What JavaScript can tell of numbers where cells stand for them, as it does by `===` and `typeof`: which number it is,
 * where it is whole, one that someone may have written, or the same as another; else its sign and whether it is
 * beyond 1.
 */
export function toldOf(numbers: readonly number[]): string {
  const areSome = new Set(numbers).size < numbers.length;
  return numbers.map((number) => areSome || isWritten(number) ? exactly(number) : kindOf(number)).join();
}

function isWritten(number: number): boolean {
  if (Number.isInteger(number) || !Number.isFinite(number)) return true;
  return Number(number.toPrecision(MOST_DIGITS)) === number || !isOrdinary(Math.abs(number)) ||
    isOfMath(number);
}

// What a float holds as another kind of number may be refused, or decide.
function isOrdinary(size: number): boolean {
  return size > 1e-30 && size < 1e30;
}

function isOfMath(number: number): boolean {
  return [
    Math.PI,
    Math.E,
    Math.LN2,
    Math.LN10,
    Math.LOG2E,
    Math.LOG10E,
    Math.SQRT2,
    Math.SQRT1_2,
    Number.EPSILON,
  ]
    .includes(number);
}

function exactly(number: number): string {
  return Object.is(number, -0) ? "-0" : String(number);
}

function kindOf(number: number): string {
  return `${number < 0 ? "-" : "+"}${Math.abs(number) < 1 ? "below" : "beyond"} 1`;
}
