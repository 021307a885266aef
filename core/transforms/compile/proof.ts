/** Calls that show which numbers among the arguments a program may follow. */
import type { Scalar } from "../../tensor/scalar.ts";
import { type Recorded, tried } from "../program/record.ts";
import type { Slots } from "../program/numbers.ts";
import { type Arguments, withNumbers } from "./arguments.ts";
import { overlapOf } from "./overlap.ts";
import { Standing } from "./standing.ts";
import type { Variant } from "./variant.ts";
import type { Variants } from "./variants.ts";

/**
 * A call of the function with cells in place of numbers that have changed. It is a call like others if JavaScript only
 * computed with the cells, which then are the numbers. If something told cells from numbers, all that it did to tensors
 * is undone, for the function to be called on the numbers.
 */
export class Proof {
  readonly #variants: Variants;
  readonly #variant: Variant | undefined;
  readonly #given: Arguments;
  readonly #cells = new Map<number, Standing>();

  /** Of a program that a call on these arguments may prove, if there is one. */
  constructor(variants: Variants, given: Arguments) {
    this.#variants = variants;
    this.#variant = variants.provable(given);
    this.#given = given;
  }

  /** What the function gave; `null` if it has to be called on the numbers. */
  call<A extends readonly unknown[], T>(fn: (...args: A) => T, args: A): T | null {
    if (this.#variant === undefined) return null;
    try {
      const stands = (call: Recorded<T>): boolean => this.#isProof(call);
      return tried(fn, this.#withCells(args, this.#variant), { stands, copies: true, refusesTexts: true })
        ?.result ?? null;
    } catch {
      return null; // if it is not for the cells, the call on numbers says so too
    }
  }

  #withCells<A extends readonly unknown[]>(args: A, variant: Variant): A {
    const asked = new Set(variant.asked(this.#given, this.#variants.used));
    let j = 0;
    return withNumbers(args, (number, path) => {
      const i = j++;
      if (!asked.has(i)) return number;
      const cell = new Standing(path, number);
      this.#cells.set(i, cell);
      return cell;
    }) as A;
  }

  #isProof(call: Recorded<unknown>): boolean {
    const variant = this.#variant!, { plain, slots, others } = withoutCells(call, this.#cells);
    const noted = { ...plain, numbers: this.#given.numbers };
    const isUsed = others.size > 0 || [...this.#cells.values()].some(({ line }) => line !== null);
    if (call.isTaped || overlapOf(call.parts, call.bindings, this.#given.given).length > 0) return false;
    if (!isUsed) return variant.prove(noted, [...this.#cells.keys()], slots);
    // A cell that JavaScript computed with was the number to it, so that what ran is what runs on numbers.
    if (others.size > 0 || !variant.resembles(noted)) return false;
    this.settle();
    this.#variants.add(plain, this.#given);
    return true;
  }

  /** Takes note of what is no cell to the function, once its call on the numbers did not throw. */
  settle(): void {
    const cells = [...this.#cells], used = cells.filter(([, { line }]) => line !== null);
    for (const [j, { name, line }] of used.length > 0 ? used : cells) this.#variants.use(j, { name, line });
  }
}

/** What was recorded with cells. */
interface WithoutCells {
  /** The same with numbers in their place. */
  readonly plain: Recorded<unknown>;
  /** The literals that they are. */
  readonly slots: Slots;
  /** Those of which an op made other numbers. */
  readonly others: ReadonlySet<number>;
}

function withoutCells(call: Recorded<unknown>, standing: ReadonlyMap<number, Standing>): WithoutCells {
  const { cells } = call.bindings, slots = new Map<number, number>(), others = new Set<number>();
  const indices = new Map([...standing].map(([j, cell]): [Scalar, number] => [cell, j]));
  const values = call.parts.values.map((value, i) => {
    const j = value.cell === undefined ? undefined : indices.get(cells[value.cell]);
    if (j === undefined) return value;
    const { cell: _, standsFor, ...rest } = value;
    if (standsFor !== undefined) others.add(j);
    slots.set(i, j);
    return rest;
  });
  const left = Object.fromEntries(Object.entries(cells).filter(([, cell]) => !indices.has(cell)));
  return {
    plain: { ...call, parts: { ...call.parts, values }, bindings: { ...call.bindings, cells: left } },
    slots,
    others,
  };
}
