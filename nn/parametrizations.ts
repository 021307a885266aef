/**
 * Parametrizations that are ready: the namespace `parametrizations` of `@tapegrad/nn`, as
 * `torch.nn.utils.parametrizations`.
 *
 * @module
 */
export * from "./parametrizations/norms.ts";
export * from "./parametrizations/orthogonal.ts";
