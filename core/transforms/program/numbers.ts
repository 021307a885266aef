/** The numbers that each run of a program sets: cells, arguments and keys. */
import { checkHeld } from "../../base/integers.ts";
import { quoted } from "../../base/text.ts";
import { castNumber } from "../../expr/evaluate.ts";
import type { Scalar } from "../../tensor/scalar.ts";
import type { Bindings } from "./bindings.ts";
import type { ProgramValue } from "./parts.ts";

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
