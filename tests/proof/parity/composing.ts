/**
 * The rows of `operators/` that still compute, by file: with arithmetic, or more than one call of ours. What they
 * compose is to become a function of ours; the list only shrinks.
 */

/** Rows that break the rule. */
export const composing: Readonly<Record<string, readonly string[]>> = {};
