/** Transformers. */
export * from "./decoder.ts";
export * from "./encoder.ts";
export { TransformerLayer, type TransformerLayerOptions } from "./layer.ts";
export * from "./transformer.ts";
