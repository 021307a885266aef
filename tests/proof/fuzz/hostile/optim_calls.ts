/** Good calls of optimizers, schedules and what goes with them. */
import { keep, type Tensor, tensor, variable } from "@tapegrad/core";
import * as optim from "@tapegrad/optim";
import type { Arguments } from "./calls.ts";

const w = (): Tensor => variable([[1, 2], [3, 4]]);
const gd = (): optim.GD => new optim.GD([w()], { learningRate: 0.1, momentum: 0.9 });

function withGradient(): Tensor {
  const parameter = w();
  parameter.setGrad(keep(tensor([[1, 2], [3, 4]])));
  return parameter;
}

function stepped(): optim.Adam {
  const optimizer = new optim.Adam([withGradient()]);
  optimizer.step();
  return optimizer;
}

const betas = [0.9, 0.99], common = { learningRate: 0.1, weightDecay: 0.1, maximize: true };
const adaptive = { ...common, betas, eps: 1e-8, decoupledWeightDecay: true };
const momentum = { cycleMomentum: true, baseMomentum: 0.8, maxMomentum: 0.9 };
const rule = (mean: Tensor, p: Tensor): Tensor => mean.add(p);
const linear = (): optim.LinearLR => new optim.LinearLR(gd());
const plateau = (): optim.ReduceLROnPlateau => new optim.ReduceLROnPlateau(gd());
const averaged = (): optim.AveragedModel<optim.HasBuffers> =>
  new optim.AveragedModel({ parameters: () => [w()] });

/** Good arguments of functions. */
export const optimFunctions: Readonly<Record<string, Arguments>> = {
  clipGradNorm: () => [[withGradient()], 1, { normType: 2, errorIfNonfinite: true }],
  clipGradValue: () => [[withGradient()], 1],
  parametersToVector: () => [[w()]],
  vectorToParameters: () => [tensor([1, 2, 3, 4]), [w()]],
  getEmaAvgFn: () => [0.9],
  getEmaMultiAvgFn: () => [0.9],
};

/** Good arguments of constructors. */
export const optimClasses: Readonly<Record<string, Arguments>> = {
  Adam: () => [[w()], { ...adaptive, amsgrad: true }],
  AdamW: () => [[w()], adaptive],
  NAdam: () => [[w()], { ...adaptive, momentumDecay: 0.1 }],
  RAdam: () => [[w()], adaptive],
  Adamax: () => [[w()], { ...common, betas, eps: 1e-8 }],
  Adagrad: () => [[w()], { ...common, learningRateDecay: 0.1, initialAccumulatorValue: 0.1, eps: 0 }],
  Adadelta: () => [[w()], { ...common, rho: 0.9, eps: 1e-8 }],
  RMSprop: () => [[w()], { ...common, alpha: 0.9, momentum: 0.9, centered: true, eps: 1e-8 }],
  Rprop: () => [[w()], { learningRate: 0.1, etas: [0.5, 1.2], stepSizes: [0, 1] }],
  ASGD: () => [[w()], { ...common, lambd: 0.1, alpha: 0.5, t0: 10 }],
  Lion: () => [[w()], { ...common, betas }],
  LAMB: () => [[w()], { ...common, betas, eps: 1e-8 }],
  Adafactor: () => [[w()], { ...common, beta2Decay: -0.8, eps: [null, 1e-3], d: 1 }],
  Muon: () => [[w()], { ...common, nsCoefficients: [1, 0, 0], nsSteps: 2, adjustLearningRate: "original" }],
  LBFGS:
    () => [[w()], { learningRate: 1, maxIter: 2, maxEval: 3, historySize: 2, lineSearchFn: "strongWolfe" }],
  LRScheduler: () => [gd(), () => 0.1],
  StepLR: () => [gd(), { stepSize: 2, gamma: 0.1 }],
  MultiStepLR: () => [gd(), { milestones: [1, 2], gamma: 0.1 }],
  ExponentialLR: () => [gd(), { gamma: 0.1 }],
  ConstantLR: () => [gd(), { factor: 0.1, totalIters: 2 }],
  LinearLR: () => [gd(), { startFactor: 0.1, endFactor: 1, totalIters: 2 }],
  PolynomialLR: () => [gd(), { totalIters: 2, power: 1 }],
  LambdaLR: () => [gd(), [(epoch: number) => epoch]],
  MultiplicativeLR: () => [gd(), (epoch: number) => epoch],
  CosineAnnealingLR: () => [gd(), { tMax: 2, etaMin: 0 }],
  CosineAnnealingWarmRestarts: () => [gd(), { t0: 2, tMult: 2, etaMin: 0 }],
  CyclicLR: () => [gd(), {
    baseLearningRate: 0.1,
    maxLearningRate: [1],
    stepSizeUp: 2,
    mode: "triangular",
    ...momentum,
  }],
  OneCycleLR: () => [gd(), { maxLearningRate: [1], totalSteps: 9, pctStart: 0.3, divFactor: 2, ...momentum }],
  ReduceLROnPlateau:
    () => [gd(), { mode: "min", factor: 0.1, patience: 2, minLearningRate: [0], cooldown: 1 }],
  SWALR: () => [gd(), { swaLearningRate: [0.1], annealEpochs: 2, annealStrategy: "cos" }],
  ChainedScheduler: () => [[linear()]],
  SequentialLR: () => {
    const first = linear();
    return [first.optimizer, { schedulers: [first, new optim.LinearLR(first.optimizer)], milestones: [2] }];
  },
  AveragedModel: () => [{ parameters: () => [w()] }, { avgFn: rule, useBuffers: false }],
};

/** Good arguments of methods; the first is what they are called on. */
export const optimMethods: Readonly<Record<string, Arguments>> = {
  "Adam.loadStateDict": () => [stepped(), stepped().stateDict()],
  "LBFGS.step": () => [new optim.LBFGS([w()], { maxIter: 1 }), () => tensor(1)],
  "LBFGS.loadStateDict": () => [new optim.LBFGS([w()]), new optim.LBFGS([w()]).stateDict()],
  "LRScheduler.loadStateDict": () => [linear(), linear().stateDict()],
  "LRScheduler.restart": () => [linear(), "base"],
  "ChainedScheduler.loadStateDict": () => [
    new optim.ChainedScheduler([linear()]),
    new optim.ChainedScheduler([linear()]).stateDict(),
  ],
  "ReduceLROnPlateau.step": () => [plateau(), 1],
  "ReduceLROnPlateau.loadStateDict": () => [plateau(), plateau().stateDict()],
  "AveragedModel.updateParameters": () => [averaged(), { parameters: () => [w()] }],
  "AveragedModel.use": () => [averaged(), () => 1],
  "AveragedModel.copyTo": () => [averaged(), { parameters: () => [w()] }],
  "AveragedModel.loadStateDict": () => [averaged(), averaged().stateDict()],
};
