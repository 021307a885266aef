/**
 * The rows of `operators/` that still compute, by file: with arithmetic, or more than one call of ours. What they
 * compose is to become a function of ours; the list only shrinks.
 */

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** Rows that break the rule. */
export const composing: Readonly<Record<string, readonly string[]>> = {
  "algebra.ts": words(`
    addbmm addmm addmm.decomposed addmv addr baddbmm corrcoef cov cross dist inner kron
    linalg.matrix_norm linalg.matrix_power linalg.multi_dot linalg.norm linalg.norm.subgradients_at_zero
    linalg.vander linalg.vecdot renorm tensordot
  `),
  "convolutions.ts": words(`
    constant_pad_nd
  `),
  "elementwise.ts": words(`
    …
  `),
  "indexing.ts": words(`
    __getitem__ diag_embed diagflat diagonal diagonal_scatter gather index_add index_copy index_fill
    index_put index_select masked_scatter put scatter scatter_reduce.mean scatter_reduce.sum
    select_scatter take
  `),
  "reductions.ts": words(`
    median
  `),
};
