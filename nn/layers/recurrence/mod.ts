/** Recurrent networks. */
export * from "./cells.ts";
export { RecurrentLayer } from "./layer.ts";
export type { RecurrentCall, RecurrentOptions, RecurrentShape } from "./options.ts";
export type { Kind } from "./kinds.ts";
export { GRU, LSTM, type LSTMOptions, OneStateLayer, RNN, type RNNOptions } from "./layers.ts";
export * from "./padded.ts";
