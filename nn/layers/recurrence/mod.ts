/** Recurrent networks. */
export * from "./cells.ts";
export { type RecurrentCall, RecurrentLayer, type RecurrentOptions, type RecurrentShape } from "./layer.ts";
export type { Kind } from "./kinds.ts";
export { GRU, LSTM, type LSTMOptions, OneStateLayer, RNN, type RNNOptions } from "./layers.ts";
export * from "./padded.ts";
