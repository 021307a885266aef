/** What a distance from the exact result is measured in. */

/**
 * A distance in units of the last place (ULP) of the exact result in the dtype of the output, or of `floor` where
 * the result is smaller. Where an op adds `count` terms, the distance may grow with it, and the unit is that of
 * the sum of their absolute values.
 *
 * @category Conformance
 */
export interface Budget {
  /** The largest distance. */
  readonly ulp: number | ((count: number) => number);
  /** The size below which units do not shrink; 0 unless said. */
  readonly floor?: number;
}

/**
 * Budgets by op, or by op and dtype as in `"exp f16"`; a number is a {@link Budget.ulp}.
 *
 * @category Conformance
 */
export type Budgets = Readonly<Record<string, number | Budget>>;
