/** The numbers that each run of a program sets: cells, arguments and keys. */
import { checkHeld } from "../../base/integers.ts";
import { quoted } from "../../base/text.ts";
import { castNumber } from "../../expr/evaluate.ts";
import type { Scalar } from "../../tensor/scalar.ts";
import type { Bindings } from "./bindings.ts";
import type { ProgramParts, ProgramValue } from "./parts.ts";

/** The literals that follow arguments, by the indices of the values: which of the arguments that are numbers. */
export type Slots = ReadonlyMap<number, number>;

/** No literal follows an argument. */
export const noSlots: Slots = new Map();

/** The numbers of the literals that follow arguments, by the indices of the values. */
export function literalsOf(slots: Slots, numbers: readonly number[]): ReadonlyMap<number, number> {
  return new Map([...slots].map(([value, slot]) => [value, numbers[slot]]));
}

/** Whether a run sets the number of a value. */
export function isFollowed(value: ProgramValue, i: number, { cells }: Bindings, slots: Slots): boolean {
  return value.kind === "literal" &&
    (slots.has(i) || (value.cell !== undefined && cells[value.cell] !== undefined));
}

/** What a literal is now that follows a cell; what stood for another value of the cell is an error. */
export function cellNumber({ dtype, number, standsFor }: ProgramValue, cell: Scalar): number {
  if (standsFor === undefined) return cell.value;
  if (Object.is(cell.value, standsFor)) return number!;
  throw new RangeError(
    `Cannot follow scalar ${
      quoted(cell.name)
    } from ${standsFor} to ${cell.value}: ${number} of ${dtype} stood for ` +
      "it when the program was recorded, record it again",
  );
}

/** A number as an element of a dtype; an integer that it cannot hold is a RangeError. */
export function elementOf(number: number, { dtype }: ProgramValue): number {
  return dtype === "f64" ? number : castNumber(checkHeld("use the number", number, dtype), dtype);
}

/** Numbers that each run sets: those of a cell, of an argument, or the two words of a key. */
export interface Followed {
  readonly value: ProgramValue;
  /** Where they go. */
  readonly at: number;
  readonly cell: Scalar | undefined;
  readonly slot: number;
}

/** What each run sets, of values by their index, in order. */
export function followedOf(
  { values }: ProgramParts,
  { cells }: Bindings,
  slots: Slots,
  numbers: readonly number[],
): Followed[] {
  let at = 0;
  return numbers.map((i) => {
    const value = values[i], from = at;
    at += value.length;
    return {
      value,
      at: from,
      cell: value.cell === undefined ? undefined : cells[value.cell],
      slot: slots.get(i) ?? -1,
    };
  });
}
