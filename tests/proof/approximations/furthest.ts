/** The largest distance of numbers from what they should be. */
import { unitsApart } from "../../core/expr/approximations/distance.ts";

/** Where a function in f32 is furthest from its value. */
export class Furthest {
  /** How far that is, in units of the last place. */
  units = 0;
  /** Where it is. */
  at = 0;
  readonly #value: (x: number) => number;

  constructor(value: (x: number) => number) {
    this.#value = value;
  }

  /** Compares what was found at numbers. */
  see(numbers: Float32Array, found: Float32Array): void {
    // A unit is more than 2^-24 of the number, so that most need no closer look.
    const value = this.#value, share = this.units * 2 ** -24;
    for (let i = 0; i < numbers.length; i++) {
      const wanted = value(numbers[i]), apart = Math.abs(found[i] - wanted);
      if (apart > 0 && apart <= share * Math.abs(wanted)) continue;
      const units = unitsApart(found[i], wanted, "f32");
      if (units > this.units) [this.units, this.at] = [units, numbers[i]];
    }
  }
}
