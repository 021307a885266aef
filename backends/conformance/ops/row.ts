/** What a row of the table of elementwise ops says, and what many rows say alike. */
import type { Budget } from "../budget.ts";
import type { Grid } from "../grids.ts";

/** The dtypes whose digits are counted. */
export type Column = "f32" | "f64";

/** From where to where. */
export type Interval = readonly [low: number, high: number];

/** An operand with a default. */
export interface Parameter {
  /** What PyTorch calls it. */
  readonly torch: string;
  /** A value of it that is not the default. */
  readonly sample: number;
}

/** How far from PyTorch's answers values and gradients may be, in units of the last place. */
export interface Distance extends Readonly<Record<Column, number>> {
  /** Why more than 2 units, a size, or an answer better than PyTorch's. */
  readonly why?: string;
}

/** The same for an elementwise op. */
export interface Special extends Distance {
  /** A size below which units do not shrink, by column and input: that of the terms which cancel there. */
  readonly size?: Readonly<Record<string, (x: number) => number>>;
}

/** Everything that a suite must know of an elementwise op beside its expression. */
export interface ElementwiseRow {
  /**
   * Where it is smooth, an operand each, the last for those after it too: [-2, 2] unless said. Of "integers" it has no
   * gradient; `null` says that its operands are not alike, and that `tests/table` has all its samples.
   */
  readonly domain?: readonly Interval[] | "integers" | null;
  /** Whether it has kinks, on both sides of which it is sampled. */
  readonly kinks?: boolean;
  /** Its operands after the first, where these have defaults. */
  readonly parameters?: readonly Parameter[];
  /** Whether its gradient is zero, since it is constant between steps. */
  readonly flat?: boolean;
  /** PyTorch's operators that are this op on the same operands, or for which parity has a spelling of its own. */
  readonly torch?: string;
  /** How far from the exact value it may be, in f32 and f64; 4 units unless said, as the next two. */
  readonly budget?: number | Budget;
  /** The same for its first derivatives. */
  readonly slope?: number | Budget;
  /** The same for its second derivatives. */
  readonly curvature?: number | Budget;
  /** Where the derivatives are held to these: on the grid for its number of operands unless said. */
  readonly points?: Grid;
  /** How far from PyTorch's answers it may be, if the reference has it. */
  readonly special?: Special;
  /** What PyTorch's digits are good to, where less than 1e-10. */
  readonly parity?: { readonly relative: number; readonly why: string };
  /** An absolute error that is granted however small the value is: next to zeros without an exact reduction. */
  readonly granted?: (dtype: Column, ...operands: number[]) => number;
}

/** Rows by the op's name. */
export type Rows = Readonly<Record<string, ElementwiseRow>>;

/** Of the exact result: one rounding, or none. */
export const rounded = 0.5, exact = 0;

/** Intervals. */
export const anything: Interval = [-2, 2],
  positive: Interval = [0.3, 2.5],
  inside: Interval = [-0.8, 0.8],
  aboveMinusOne: Interval = [-0.6, 2];

/** How far values and gradients are from PyTorch's at special values. */
export const same: Special = { f64: 0, f32: 0 }, close: Special = { f64: 2, f32: 2 };

/** As close where PyTorch is poor, and why it is. */
export function closer(why: string): Special {
  return { ...close, why };
}

/**
 * The budget of derivatives that are differences of terms of size 1. By way of a value next to 1, as 1 - y² and y(1 - y),
 * in PyTorch too, they are off by units of 1 at the ends, which the products with x multiply; others have zeros of their
 * own, where terms cancel.
 */
export function ofOne(ulp: number): Budget {
  return { ulp, floor: 1 };
}

/** The same budget for first and second derivatives. */
export function slopes(budget: number | Budget): Pick<ElementwiseRow, "slope" | "curvature"> {
  return { slope: budget, curvature: budget };
}

/** Half the distance of a dtype's numbers above 1. */
export const rounding: Readonly<Record<Column, number>> = { f64: 2 ** -53, f32: 2 ** -24 };
