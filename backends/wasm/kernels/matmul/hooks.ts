/** What is done to elements of the factors before they are multiplied, and to those of the product before they are stored. */
import type { Body } from "../../assembler/body.ts";
import type { ValueType } from "../../assembler/types.ts";
import type { Value } from "../../assembler/values.ts";
import type { KernelModule } from "../../modules.ts";
import type { Lanes } from "./lanes.ts";

/** What elements of a factor become while they are packed, in as many lanes as there are. */
export type Prologue = (body: Body, value: Value, lanes: Lanes) => Value;

/** Which elements of the product: in each lane, and in each further vector, that of the next column. */
export interface Place {
  readonly row: Value<"i32">;
  /** Of the first lane. */
  readonly column: Value<"i32">;
  /** The whole numbers that the call was given for the epilogue: addresses, distances in bytes. */
  readonly parameters: readonly Value<"i32">[];
}

/** What is made of sums that are complete. */
export interface Epilogue {
  /** How many whole numbers a call is given for it. */
  readonly parameters: number;
  /** Of sums next to each other in a row, the first of which is at the place. */
  readonly values: (
    body: Body,
    sums: readonly Value[],
    lanes: Lanes,
    place: Place,
  ) => readonly Value[];
}

/** What is done on the way into a product and out of it. */
export interface Hooks {
  readonly left?: Prologue;
  readonly right?: Prologue;
  readonly epilogue?: Epilogue;
}

/** Hooks for a module, which imports what they call. */
export type MakeHooks = (kernel: KernelModule) => Hooks;

/** Elements as they are. */
export const asTheyAre: Prologue = (_, value) => value;

/** The types of so many whole numbers. */
export function wholeNumbers(count: number): readonly Extract<ValueType, "i32">[] {
  return new Array<"i32">(count).fill("i32");
}
