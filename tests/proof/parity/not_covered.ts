/** Operators of PyTorch's with nothing of ours to compare, and why. */
const reasons: Readonly<Record<string, string>> = {
  "complex numbers of 16 bits have no dtype in the dump": `chalf`,
  "random numbers of PyTorch's own generator, where ours are of keys: their moments, tails and bits have tests":
    `bernoulli normal normal.number_mean`,
  "no dtype of that name": `bfloat16`,
  "the dump has no sample of it": `nn.functional.one_hot slice_scatter to`,
  "no sparse tensors": `sparse.sampled_addmm to_sparse`,
};

/** PyTorch's name of an operator to the reason why it is not compared. */
export const notCovered: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, names]) =>
    names.split(/\s+/).map((name) => [name, reason] as const)
  ),
);
