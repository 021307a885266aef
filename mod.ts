/**
 * tapegrad: automatic differentiation and neural networks. This is everything in one import, with
 * the backends registered.
 *
 * @module
 */
import "@tapegrad/backends";

export * from "@tapegrad/core";
export * from "@tapegrad/nn";
export * from "@tapegrad/optim";
