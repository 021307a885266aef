/**
 * Complex numbers as pairs, the real part first, along a last axis of extent 2, as `torch.view_as_real` shows them.
 * Sums, differences and products with real numbers are those of the pairs. The gradient of a real number is the pair of
 * its derivatives by either part, as in PyTorch.
 *
 * @module
 */
export * from "./arithmetic.ts";
export * from "./functions.ts";
export * from "./making.ts";
