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
  "masked.ts": words(`
    masked.amax masked.amin masked.cumprod masked.cumsum masked.log_softmax masked.logaddexp
    masked.logsumexp masked.mean masked.median masked.norm masked.normalize masked.prod masked.softmax
    masked.softmin masked.std masked.sum masked.var
  `),
  "reductions.ts": words(`
    cumulative_trapezoid diff kthvalue logcumsumexp max.reduction_with_dim median min.reduction_with_dim
    nanmean nansum quantile topk trapezoid
  `),
  "shapes.ts": words(`
    H T atleast_1d atleast_2d atleast_3d block_diag cartesian_prod column_stack combinations dsplit
    dstack fft.fftshift fft.ifftshift hsplit hstack mH mT movedim repeat_interleave rot90 select
    sum_to_size t tensor_split unflatten vsplit vstack
  `),
};
