/**
 * The functions of networks that are no methods: what PyTorch has in `torch.nn.functional` alone. The functions of this
 * folder that are methods too, as `softmax`, are exported beside the other ops.
 */
export * from "./attention_weights.ts";
export * from "./columns.ts";
export { conv1d, conv3d } from "./convolutions.ts";
export type { Single, Triple } from "./convolution_options.ts";
export * from "./transposed_convolutions.ts";
