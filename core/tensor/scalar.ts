/** Numbers with a name, which change from run to run of the code that computes with them. */
import { described, quoted } from "../base/text.ts";
import { context } from "../device/context.ts";
import { Changing } from "../device/journal.ts";
import type { Recorder } from "../device/observe.ts";

/**
 * A number with a name that can be changed: a learning rate, the weight of a penalty. Ops and updates take it
 * wherever they take a number, which adapts to the tensors it meets and carries no gradient. They use the value
 * that it has when they are called, as their gradients do later; a {@link checkpoint} that runs again finds the
 * value of the first time. Infinities are values, as a bound can be one; NaN is a `RangeError` and what is no
 * number a `TypeError`, both of which name the cell.
 *
 * @category Tensors
 * @example
 * ```ts
 * import { Scalar, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const rate = new Scalar("rate", 0.5), scaled = () => tensor([2, 4]).mul(rate);
 * assertEquals(await scaled().array(), [1, 2]);
 * rate.value = 2;
 * assertEquals(await scaled().array(), [4, 8]);
 * assertThrows(() => rate.value = NaN, RangeError, 'Cannot set scalar "rate" to NaN');
 * ```
 */
export class Scalar {
  /** What errors call it. */
  readonly name: string;
  readonly #cell: Changing<number>;

  /** A number to start with, under a name. */
  constructor(name: string, value: number) {
    if (typeof name !== "string") {
      throw new TypeError(`Cannot name a scalar ${described(name)}: a text is needed`);
    }
    this.name = name;
    this.#cell = new Changing(this.#checked(value));
  }

  /** The number now. */
  get value(): number {
    return this.#cell.value;
  }

  /** Changes it for all that is computed from now on. */
  set value(value: number) {
    if (context.recorder !== null && !Object.is(value, this.follow())) this.#refuse(context.recorder);
    this.#cell.value = this.#checked(value);
  }

  /**
   * The number now, for ops and updates, whose programs follow it.
   *
   * @internal
   */
  follow(): number {
    return this.#cell.follow();
  }

  #refuse(recorder: Recorder): never {
    return recorder.refuse(
      `Cannot set scalar ${
        quoted(this.name)
      } while a program is recorded, whose runs would not: set it between them`,
    );
  }

  #checked(value: number): number {
    const asked = `Cannot set scalar ${quoted(this.name)} to`;
    if (typeof value !== "number") throw new TypeError(`${asked} ${described(value)}: a number is needed`);
    if (Number.isNaN(value)) throw new RangeError(`${asked} NaN: a number is needed`);
    return value;
  }

  /** For `JSON.stringify`: the number, as of a setting. */
  toJSON(): number {
    return this.value;
  }

  /** Its name and value. */
  toString(): string {
    return `Scalar(${quoted(this.name)}, ${this.value})`;
  }

  /** Deno's console. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.shown();
  }

  /** Node's console. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.shown();
  }

  /**
   * What consoles print.
   *
   * @internal
   */
  protected shown(): string {
    return this.toString();
  }

  /** Refuses JavaScript's operators, whose result would not follow it. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      `Cannot use JavaScript operators on scalar ${quoted(this.name)}: pass it to an op, or read its value`,
    );
  }
}

/** The number that a cell holds; anything else as it is. */
export function valueOf<T>(x: T | Scalar): T | number {
  return x instanceof Scalar ? x.follow() : x;
}
