/**
 * Functions of functions of tensors: gradients, products with Jacobians, checkpoints, checks. They work when imported
 * alone: tensors have their methods. What makes tensors is in `@tapegrad/core`.
 *
 * @module
 */
import "./expr/complete.ts";
import "./primitives/mod.ts";
import "./methods.ts";

export * from "./transforms/mod.ts";
export type { Tensor } from "./tensor/tensor.ts";
