/** Good calls of attention, recurrence and positions, as functions and as layers. */
import { add, key, ones, type Tensor, tensor } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import type { Arguments } from "./calls.ts";

const x = (): Tensor => ones([3, 2, 4]);
const pairs = (): Tensor => tensor([[false, true, true], [false, false, true], [false, false, false]]);
const keys = (): Tensor => tensor([[false, false, true], [false, false, false]]);
const drawn = () => ({ dtype: "f32", key: key(1), dropoutKey: key(2) } as const);
const step = (carry: Tensor, x: Tensor) => [add(carry, x), carry] as const;
const masks = () => ({ keyPaddingMask: keys(), attnMask: pairs(), isCausal: false });
const small = () => ({
  dimFeedforward: 4,
  dropout: 0.1,
  activation: "gelu",
  layerNormEps: 1e-5,
  batchFirst: false,
  normFirst: true,
  bias: true,
  ...drawn(),
} as const);
const deep = () => ({
  numLayers: 2,
  bias: true,
  batchFirst: false,
  dropout: 0.1,
  bidirectional: true,
  ...drawn(),
});
const encoder = () => new nn.TransformerEncoderLayer(4, 2, small());
const decoder = () => new nn.TransformerDecoderLayer(4, 2, small());
const whole = () => ({ dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, ...small() });

function decoding(): object {
  return {
    tgtMask: pairs(),
    memoryMask: pairs(),
    tgtKeyPaddingMask: keys(),
    memoryKeyPaddingMask: keys(),
    tgtIsCausal: false,
    memoryIsCausal: true,
  };
}

function projections(): object {
  return {
    numHeads: 2,
    inProjWeight: ones([12, 4]),
    inProjBias: ones([12]),
    biasK: ones([1, 1, 4]),
    biasV: ones([1, 1, 4]),
    addZeroAttn: true,
    outProjWeight: ones([4, 4]),
    outProjBias: ones([4]),
    dropoutP: 0.5,
    training: true,
    key: key(1),
    batchFirst: false,
    needWeights: true,
    averageAttnWeights: false,
    ...masks(),
  };
}

/** Good arguments of functions. */
export const sequenceFunctions: Readonly<Record<string, Arguments>> = {
  attentionWithWeights: () => [x(), x(), x(), { mask: ones([2, 2]), dropoutP: 0.5, key: key(1), scale: 2 }],
  multiHeadAttentionForward: () => [x(), x(), x(), projections()],
  rotary: () => [x(), { offset: 3, base: 100, interleaved: false }],
  scan: () => [step, ones([2, 4]), x(), { length: 3, reverse: true }],
  sinusoidalPositions: () => [3, 4, { base: 100, offset: 1, dtype: "f32", backend: "cpu" }],
  unbind: () => [x(), 1],
};

/** Good arguments of classes. */
export const sequenceClasses: Readonly<Record<string, Arguments>> = {
  GRU: () => [4, 2, deep()],
  GRUCell: () => [4, 2, { bias: true, dtype: "f32", key: key(1) }],
  LSTM: () => [4, 3, { projSize: 2, ...deep() }],
  LSTMCell: () => [4, 2, { bias: true, dtype: "f32", key: key(1) }],
  MultiheadAttention: () => [4, 2, {
    dropout: 0.5,
    bias: true,
    addBiasKv: true,
    addZeroAttn: true,
    kdim: 4,
    vdim: 4,
    batchFirst: true,
    ...drawn(),
  }],
  RNN: () => [4, 2, { nonlinearity: "relu", ...deep() }],
  RNNCell: () => [4, 2, { nonlinearity: "relu", bias: true, dtype: "f32", key: key(1) }],
  RotaryPositions: () => [{ base: 100, interleaved: true }],
  SinusoidalPositions: () => [4, { base: 100, batchFirst: true }],
  Transformer: () => [whole()],
  TransformerDecoder: () => [decoder(), 2, { norm: new nn.LayerNorm(4) }],
  TransformerDecoderLayer: () => [4, 2, small()],
  TransformerEncoder: () => [encoder(), 2, { norm: new nn.LayerNorm(4) }],
  TransformerEncoderLayer: () => [4, 2, small()],
};

/** Good arguments of methods. */
export const sequenceMethods: Readonly<Record<string, Arguments>> = {
  "GRU.forward": () => [new nn.GRU(4, 2), x(), ones([1, 2, 2]), { lengths: [3, 1] }],
  "GRUCell.forward": () => [new nn.GRUCell(4, 2), x().slice(0), ones([2, 2])],
  "LSTM.forward": () => [new nn.LSTM(4, 2), x(), [ones([1, 2, 2]), ones([1, 2, 2])], {
    lengths: tensor([3, 1], { dtype: "i32" }),
  }],
  "LSTMCell.forward": () => [new nn.LSTMCell(4, 2), x().slice(0), [ones([2, 2]), ones([2, 2])]],
  "MultiheadAttention.forward": () => [new nn.MultiheadAttention(4, 2), x(), x(), x(), {
    needWeights: true,
    averageAttnWeights: false,
    ...masks(),
  }],
  "RotaryPositions.forward": () => [new nn.RotaryPositions(), x(), { offset: 2 }],
  "SinusoidalPositions.forward": () => [new nn.SinusoidalPositions(4), x()],
  "Transformer.forward": () => [new nn.Transformer(whole()), x(), x(), {
    srcMask: pairs(),
    srcKeyPaddingMask: keys(),
    srcIsCausal: false,
    ...decoding(),
  }],
  "TransformerDecoder.forward": () => [new nn.TransformerDecoder(decoder(), 1), x(), x(), decoding()],
  "TransformerDecoderLayer.forward": () => [decoder(), x(), x(), decoding()],
  "TransformerEncoder.forward": () => [new nn.TransformerEncoder(encoder(), 1), x(), {
    mask: pairs(),
    srcKeyPaddingMask: keys(),
    isCausal: true,
  }],
  "TransformerEncoderLayer.copies": () => [encoder(), 2],
  "TransformerEncoderLayer.forward": () => [encoder(), x(), {
    srcMask: pairs(),
    srcKeyPaddingMask: keys(),
    isCausal: true,
  }],
};
