/**
 * The rows of `operators/` that still compute, by file: with arithmetic, or more than one call of ours. What they
 * compose is to become a function of ours; the list only shrinks.
 */

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** Rows that break the rule. */
export const composing: Readonly<Record<string, readonly string[]>> = {
  "convolutions.ts": words(`
    constant_pad_nd
  `),
  "elementwise.ts": words(`
    …
  `),
  "indexing.ts": words(`
    __getitem__ diag_embed diagonal diagonal_scatter index_copy index_put put scatter
  `),
  "reductions.ts": words(`
    median
  `),
};
