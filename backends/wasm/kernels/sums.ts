/** Accumulators of sums that do not drift. */
import type { Code } from "../expr/lanes.ts";
import { converted, type Pack } from "../expr/pack.ts";
import { Accumulators } from "./accumulators.ts";
import { doubleSum, type Fold } from "./reduce_folds.ts";

/** Accumulators, and the totals that they join block by block where there are blocks. */
export class Sums {
  /** Those of the present block. */
  readonly own: Accumulators;
  /** How many elements of a lane, or rows, a block has; all unless said. */
  readonly block: number | undefined;
  readonly #code: Code;
  readonly #totals: Accumulators | null;

  /** Of nothing. */
  constructor(code: Code, fold: Fold, count: number, totals: number) {
    this.#code = code;
    this.block = fold.block;
    this.own = new Accumulators(code, fold, count);
    this.#totals = fold.block ? new Accumulators(code, doubleSum, totals) : null;
  }

  /** What there is of all blocks. */
  get all(): Accumulators {
    return this.#totals ?? this.own;
  }

  /** Ends a block. */
  close(pack: (own: Accumulators) => Pack): void {
    if (!this.#totals) return;
    this.#totals.join(converted(this.#code, pack(this.own), "f64"));
    this.own.reset();
  }
}
