/** Good calls of losses, as functions and as modules. */
import { key, type Tensor, tensor } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import type { Arguments } from "./calls.ts";

const x = (): Tensor => tensor([[1, 2, 3], [4, 5, 6]]);
const v = (): Tensor => tensor([1, 2, 3]);
const signs = (): Tensor => tensor([1, -1]);
const at = (...values: number[]): Tensor => tensor(values, { dtype: "i32" });
const rows = () => ({ reduction: "sum" });
const weights = () => ({ weight: v(), ...rows() });
const classes = () => ({ weight: v(), ignoreIndex: -1, ...rows() });
const chances = (): Tensor => tensor([[0.5, 0.25, 1]]);
const triplet = () => ({ margin: 2, swap: true, ...rows() });
const distance = (a: Tensor, b: Tensor): Tensor => a.sub(b).abs().sum(-1);

/** What a loss takes, and its options. */
type Parts = readonly [inputs: () => readonly unknown[], options: () => object];

const twice = () => [x(), x()], thrice = () => [x(), x(), x()];
const parts: Readonly<Record<string, Parts>> = {
  mseLoss: [twice, rows],
  l1Loss: [twice, rows],
  bceLoss: [() => [chances(), chances()], weights],
  bceWithLogitsLoss: [twice, () => ({ posWeight: 2, ...weights() })],
  huberLoss: [twice, () => ({ delta: 2, ...rows() })],
  smoothL1Loss: [twice, () => ({ beta: 2, ...rows() })],
  crossEntropy: [() => [x(), at(0, 2)], () => ({ labelSmoothing: 0.1, ...classes() })],
  nllLoss: [() => [x(), at(0, 2)], classes],
  klDiv: [twice, () => ({ logTarget: true, reduction: "batchmean" })],
  poissonNllLoss: [twice, () => ({ logInput: false, full: true, eps: 0.1, ...rows() })],
  gaussianNllLoss: [thrice, () => ({ full: true, eps: 0.1, ...rows() })],
  cosineEmbeddingLoss: [() => [x(), x(), signs()], () => ({ margin: 0.5, ...rows() })],
  hingeEmbeddingLoss: [twice, () => ({ margin: 2, ...rows() })],
  marginRankingLoss: [thrice, () => ({ margin: 2, ...rows() })],
  softMarginLoss: [twice, rows],
  multiMarginLoss: [() => [x(), at(0, 2)], () => ({ p: 2, margin: 2, ...weights() })],
  multilabelMarginLoss: [() => [v(), at(0, -1, 2)], rows],
  multilabelSoftMarginLoss: [twice, weights],
  tripletMarginLoss: [thrice, () => ({ p: 3, eps: 0.1, ...triplet() })],
  tripletMarginWithDistanceLoss: [thrice, () => ({ distanceFunction: distance, ...triplet() })],
  ctcLoss: [
    () => [tensor([[[-1, -1]], [[-1, -2]]]), tensor([[1]], { dtype: "i32" }), at(2), [1]],
    () => ({ blank: 0, zeroInfinity: true, ...rows() }),
  ],
};

/** Good arguments of every loss. */
export const lossFunctions: Readonly<Record<string, Arguments>> = Object.fromEntries(
  Object.entries(parts).map(([name, [inputs, options]]) => [name, () => [...inputs(), options()]]),
);

const modules: Readonly<Record<string, keyof typeof parts>> = {
  MSELoss: "mseLoss",
  L1Loss: "l1Loss",
  BCELoss: "bceLoss",
  BCEWithLogitsLoss: "bceWithLogitsLoss",
  HuberLoss: "huberLoss",
  SmoothL1Loss: "smoothL1Loss",
  CrossEntropyLoss: "crossEntropy",
  NLLLoss: "nllLoss",
  KLDivLoss: "klDiv",
  PoissonNLLLoss: "poissonNllLoss",
  GaussianNLLLoss: "gaussianNllLoss",
  CosineEmbeddingLoss: "cosineEmbeddingLoss",
  HingeEmbeddingLoss: "hingeEmbeddingLoss",
  MarginRankingLoss: "marginRankingLoss",
  SoftMarginLoss: "softMarginLoss",
  MultiMarginLoss: "multiMarginLoss",
  MultiLabelMarginLoss: "multilabelMarginLoss",
  MultiLabelSoftMarginLoss: "multilabelSoftMarginLoss",
  TripletMarginLoss: "tripletMarginLoss",
  TripletMarginWithDistanceLoss: "tripletMarginWithDistanceLoss",
  CTCLoss: "ctcLoss",
};

const adaptive = () => ({ divValue: 2, headBias: true, dtype: "f32", key: key(1) });

/** Good arguments of every class of losses. */
export const lossClasses: Readonly<Record<string, Arguments>> = {
  ...Object.fromEntries(Object.entries(modules).map(([name, fn]) => [name, () => [parts[fn][1]()]])),
  AdaptiveLogSoftmaxWithLoss: () => [4, 6, [2, 4], adaptive()],
};

function softmax(): nn.AdaptiveLogSoftmaxWithLoss {
  return new nn.AdaptiveLogSoftmaxWithLoss(3, 6, [2, 4]);
}

/** Good arguments of their methods. */
export const lossMethods: Readonly<Record<string, Arguments>> = {
  "NLLLoss.forward": () => [new nn.NLLLoss(), x(), at(0, 2)],
  "TripletMarginLoss.forward": () => [new nn.TripletMarginLoss(), ...thrice()],
  "CTCLoss.forward": () => [new nn.CTCLoss(), ...parts.ctcLoss[0]()],
  "AdaptiveLogSoftmaxWithLoss.forward": () => [softmax(), x(), at(0, 5)],
  "AdaptiveLogSoftmaxWithLoss.logProb": () => [softmax(), x()],
  "AdaptiveLogSoftmaxWithLoss.predict": () => [softmax(), x()],
};
