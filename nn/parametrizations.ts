/**
 * Parametrizations that are ready: the namespace `parametrizations` of `@tapegrad/nn`, as PyTorch's.
 *
 * @module
 */
export * from "./parametrizations/norms.ts";
export * from "./parametrizations/orthogonal.ts";
