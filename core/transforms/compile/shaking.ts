/** How far the rounding of steps carries: runs in which the results of each step are rounded otherwise. */
import { type DType, isFloating } from "../../base/dtype.ts";
import { launch } from "../../call/launch.ts";
import { noGrad } from "../../call/record.ts";
import { add, mul } from "../../ops/arithmetic.ts";
import { where } from "../../ops/choice.ts";
import { equal, isFinite } from "../../ops/comparison.ts";
import { fromArray } from "../../ops/creation.ts";
import { abs } from "../../ops/magnitude.ts";
import { floor } from "../../ops/rounding.ts";
import { max } from "../../ops/reductions.ts";
import { contiguousCopy } from "../../primitives/movement.ts";
import { scope } from "../../tape/scope.ts";
import { cached, literalOf } from "../../tensor/constants.ts";
import { storageOf } from "../../tensor/internals.ts";
import { type Tensor, viewing } from "../../tensor/tensor.ts";
import { uploading } from "../program/parts.ts";
import type { ProgramStep } from "../program/parts.ts";
import type { Watch } from "../program/replay.ts";

/** By how many halvings the next number after 1 is away from it. */
const HALVINGS: Partial<Record<DType, number>> = { f16: 10, f32: 23, f64: 52 };

function unitOf(dtype: DType): number | undefined {
  const halvings = HALVINGS[dtype];
  return halvings && 2 ** -halvings;
}

/** So many units a result is moved by: as much as a kernel of several ops, or a sum in another order, may differ. */
const MOVES = [-2, -1, 1, 2];

/** Steps that give elements of what they read, which no rounding touches. */
const EXACT: ReadonlySet<string> = new Set([
  "argsort",
  "concat",
  "contiguous",
  "gather",
  "iota",
  "pad",
  "transfer",
]);

function isExact({ op, attributes }: ProgramStep): boolean {
  const { kind } = (attributes ?? {}) as { readonly kind?: unknown };
  return op === uploading || EXACT.has(op.name) || (typeof kind === "string" && /max|min/.test(kind));
}

/**
 * Moves what each step computed by units in the last place, each element by its own number of them, for the rest of a
 * run to go on with; elementwise steps in proportion to each element, others to the largest, as sums are rounded in
 * proportion to what they add up; whole numbers stay, which are counts, or exact. Of several ops in one kernel the numbers are moved that they compute with. What
 * results differ by then shows what rounding may do to them: Vignes' stochastic arithmetic (CESTAC, 1974), by which a
 * gradient that is nothing but rounding is told from one that is wrong.
 */
export class Shaking implements Watch {
  #state: number;

  /** One of several that move otherwise. */
  constructor(seed: number) {
    this.#state = seed;
  }

  before(_step: ProgramStep, reads: readonly Tensor[]): readonly Tensor[] {
    return reads.map((read) => {
      const { number = 0 } = literalOf(read) ?? {}, unit = unitOf(read.dtype);
      if (unit === undefined || !Number.isFinite(number) || Number.isInteger(number)) return read;
      return viewing(
        storageOf(cached(read.backend, read.dtype, number * (1 + this.#move() * unit))),
        read.shape,
        read.strides,
        0,
        read.dtype,
      );
    });
  }

  after(step: ProgramStep, writes: readonly Tensor[]): void {
    if (isExact(step)) return;
    const isElementwise = step.op.name === "map" || step.op.name === "update";
    for (const written of writes) if (written.size > 0) this.#shake(written, isElementwise);
  }

  #shake(written: Tensor, isElementwise: boolean): void {
    const { dtype, backend } = written, unit = unitOf(dtype);
    if (!isFloating(dtype) || unit === undefined) return;
    scope(() =>
      noGrad(() => {
        const moves = this.#moves(written, unit), isWhole = equal(written, floor(written)); // infinities are too
        const size = isElementwise ? written : max(where(isFinite(written), abs(written), 0));
        const moved = where(isWhole, written, add(written, mul(moves, size)));
        launch(contiguousCopy, backend, [moved], [written], null);
      })
    );
  }

  #moves({ shape, size, dtype, backend }: Tensor, unit: number): Tensor {
    return fromArray(Float64Array.from({ length: size }, () => this.#move() * unit), shape, {
      dtype,
      backend,
    });
  }

  // Numerical Recipes' generator: what it draws touches no sequence of keys.
  #move(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0;
    return MOVES[this.#state >>> 30];
  }
}
