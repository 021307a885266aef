/**
 * tapegrad: automatic differentiation and neural networks. This is everything in one import, with
 * the backends registered and tensors shown in notebooks.
 *
 * @module
 */
import "@tapegrad/backends";

export * from "@tapegrad/core";
export * from "@tapegrad/core/display";
export * from "@tapegrad/nn";
export * from "@tapegrad/optim";
// That of models: the one of expressions is in @tapegrad/core/expr.
export { evaluate } from "@tapegrad/nn";
