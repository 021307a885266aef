/** A good call of everything public, of which the fuzzer spoils an argument at a time. */
import * as tg from "@tapegrad/core";
import { e, key, type Tensor, tensor, variable } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import { createCpuBackend } from "@tapegrad/backends";

/** Arguments of a good call, made anew for each. */
export type Arguments = () => readonly unknown[];

const x = (): Tensor => tensor([[1, 2, 3], [4, 5, 6]]);
const v = (): Tensor => tensor([1, 2, 3]);
const square = (): Tensor => tensor([[4, 1], [1, 3]]);
const at = (...values: number[]): Tensor => tensor(values, { dtype: "i32" });
const w = (): Tensor => variable([[1, 2, 3], [4, 5, 6]]);
const creation = () => ({ dtype: "f32", requiresGrad: true, backend: "cpu" });
const drawing = () => ({ key: key(1), dtype: "f32", backend: "cpu" });
const same = (t: Tensor): Tensor => tg.mul(t, 2);
const total = (t: Tensor): Tensor => tg.sum(tg.square(t));
const map = () => ({ name: "twice", exprs: [e.mul(2, e.input(0))] });
const data = () => new nn.TensorDataset(tensor([[1, 2], [3, 4], [5, 6]]), tensor([1, 2, 3]));
const rows = () => ({ reduction: "sum" });

const keep = () => ({ keepDims: true });
const reductions: Readonly<Record<string, Arguments>> = {
  ...Object.fromEntries(
    ["sum", "prod", "max", "min", "any", "all", "mean", "logSumExp"].map((
      name,
    ): [string, Arguments] => [name, () => [x(), [0, 1], keep()]]),
  ),
  ...Object.fromEntries(
    ["variance", "var", "varMean", "std"].map((
      name,
    ): [string, Arguments] => [name, () => [x(), [-1], { correction: 0, ...keep() }]]),
  ),
  norm: () => [x(), [1], { order: 3, ...keep() }],
  argmax: () => [x(), 1, keep()],
  argmin: () => [x(), -1, keep()],
};

const creations: Readonly<Record<string, Arguments>> = {
  fromArray: () => [Float32Array.of(1, 2, 3, 4), [2, 2], creation()],
  tensor: () => [[[1, 2], [3, 4]], creation()],
  variable: () => [[[1, 2], [3, 4]], { dtype: "f32", backend: "cpu" }],
  full: () => [[2, 3], 7, creation()],
  zeros: () => [[2, 3], creation()],
  ones: () => [[2, 3], creation()],
  zerosLike: () => [x()],
  onesLike: () => [x()],
  fullLike: () => [x(), 3],
  arange: () => [0, 6, { step: 2, ...creation() }],
  linspace: () => [0, 1, { count: 5, ...creation() }],
  eye: () => [2, 3, creation()],
  normal: () => [[2, 3], { mean: 1, std: 2, ...drawing() }],
  uniform: () => [[2, 3], { low: -1, high: 2, ...drawing() }],
  randomBits: () => [[2, 3], { key: key(1), backend: "cpu" }],
  randint: () => [0, 7, { shape: [2, 3], ...drawing() }],
  bernoulli: () => [0.5, { shape: [2, 3], ...drawing() }],
  permutation: () => [5, { key: key(1), backend: "cpu" }],
  choice: () => [v(), 2, { replace: false, key: key(1) }],
  key: () => [7],
  splitKey: () => [key(1), 3],
  nextKey: () => [],
  drawKey: () => [new tg.Changing(key(1))],
  manualSeed: () => [7],
  randomState: () => [],
  setRandomState: () => [key(2)],
};

const shapes: Readonly<Record<string, Arguments>> = {
  contiguous: () => [x()],
  reshape: () => [x(), [3, -1]],
  flatten: () => [x(), 0, 1],
  squeeze: () => [tensor([[1], [2]]), 1],
  unsqueeze: () => [x(), 1],
  permute: () => [x(), [1, 0]],
  transpose: () => [x(), 0, 1],
  moveAxis: () => [x(), 0, 1],
  expand: () => [v(), [2, -1]],
  broadcastTensors: () => [[x(), v()]],
  concat: () => [[x(), x()], 0],
  stack: () => [[x(), x()], 1],
  split: () => [x(), [1, 2], 1],
  chunk: () => [x(), 2, 1],
  tile: () => [x(), [2, 1]],
  repeatInterleave: () => [x(), 2, 1],
  roll: () => [x(), [1, 2], [0, 1]],
  narrow: () => [x(), 1, 0, 2],
  flip: () => [x(), [0]],
  unfold: () => [x(), 1, 2, { step: 1 }],
  fold: () => [x(), 0, { extent: 4, step: 1 }],
  slice: () => [x(), 0, [0, 2, 1]],
  gather: () => [v(), 0, at(0, 2)],
  scatter: () => [v(), 0, at(0, 2), 1],
  scatterAdd: () => [v(), 0, at(0, 2), tensor([1, 2])],
  indexSelect: () => [x(), 1, at(0, 2)],
  takeAlongAxis: () => [v(), at(0, 2), 0],
  oneHot: () => [at(0, 2), 3, { dtype: "f32" }],
  to: () => [x(), "f64"],
  tril: () => [x(), 1],
  triu: () => [x(), -1],
  diagonal: () => [x(), 1],
  diag: () => [v(), 1],
  trace: () => [square()],
  meshgrid: () => [[v(), v()], { indexing: "xy" }],
};

const pytorch: Readonly<Record<string, Arguments>> = {
  add: () => [x(), 2, { alpha: 3 }],
  div: () => [x(), 2, { roundingMode: "trunc" }],
  round: () => [x(), { decimals: 1 }],
  nanToNum: () => [x(), { nan: 1, posinf: 2, neginf: 3 }],
  mvlgamma: () => [x().add(3), 2],
  maxWithIndices: () => [x(), 1, keep()],
  kthvalue: () => [x(), 2, { axis: 1, ...keep() }],
  median: () => [x(), 1, keep()],
  nanmedian: () => [x(), 1, keep()],
  quantile: () => [x(), 0.5, 1, { interpolation: "lower", ...keep() }],
  nansum: () => [x(), [0, 1], keep()],
  nanmean: () => [x(), [0, 1], keep()],
  stdMean: () => [x(), [0], { correction: 0, ...keep() }],
  logcumsumexp: () => [x(), 1],
  diff: () => [x(), { n: 1, axis: 1, prepend: x(), append: x() }],
  trapezoid: () => [x(), { x: v(), axis: 1 }],
  t: () => [x()],
  unflatten: () => [x(), 1, [3, -1]],
  sumToSize: () => [x(), [1, 3]],
  rot90: () => [x(), 1, [0, 1]],
  select: () => [x(), 1, 2],
  tensorSplit: () => [x(), [1, 2], 1],
  hsplit: () => [x(), 3],
  atleast2d: () => [v()],
  hstack: () => [[x(), x()]],
  dstack: () => [[x(), x()]],
  columnStack: () => [[v(), v()]],
  blockDiag: () => [[x(), v()]],
  cartesianProd: () => [[v(), v()]],
  combinations: () => [v(), { r: 2, withReplacement: true }],
  fftshift: () => [x(), [0, 1]],
  indexAdd: () => [x(), 1, at(0, 2), 1, { alpha: 2 }],
  indexCopy: () => [v(), 0, at(0, 2), tensor([1, 2])],
  indexFill: () => [x(), 1, at(0, 2), 1],
  take: () => [x(), at(0, -1)],
  put: () => [x(), at(0, -1), tensor([1, 2]), { accumulate: true }],
  indexPut: () => [x(), [at(0, 1), at(0, -1)], tensor([1, 2]), { accumulate: true }],
  maskedScatter: () => [x(), x().greater(2), x()],
  scatterReduce: () => [v(), 0, at(0, 2), 1, { reduce: "mean", includeSelf: false }],
  selectScatter: () => [x(), v(), 0, 1],
  diagonalScatter: () => [x(), tensor([1, 2]), 0, { axis1: 0, axis2: 1 }],
  diagEmbed: () => [x(), 1, { axis1: 0, axis2: 1 }],
  diagflat: () => [x(), 1],
  getItem: () => [x(), [0, 1], { start: 0, stop: 2, step: 1 }],
  addmm: () => [square(), square(), square(), { beta: 2, alpha: 3 }],
  addr: () => [x(), tensor([1, 2]), v()],
  inner: () => [x(), v()],
  kron: () => [x(), v()],
  cross: () => [x(), v(), 1],
  matrixPower: () => [square(), 3],
  tensordot: () => [x(), x(), [[0], [0]]],
  multiDot: () => [[square(), square()]],
  vecdot: () => [x(), v(), 1],
  vander: () => [v(), { n: 2, increasing: true }],
  matrixNorm: () => [x(), 1, [0, 1], keep()],
  cov: () => [x(), { correction: 0, fweights: at(1, 2, 3), aweights: v() }],
  corrcoef: () => [x()],
  dist: () => [x(), v(), { p: 1 }],
  renorm: () => [x(), 2, 0, 1],
  "masked.sum": () => [x(), [0], { mask: x().greater(2), ...keep() }],
  "masked.var": () => [x(), [0], { mask: x().greater(2), correction: 0, ...keep() }],
  "masked.normalize": () => [x(), 1, { mask: x().greater(2), order: 1, eps: 0.1 }],
  "masked.softmax": () => [x(), 1, { mask: x().greater(2) }],
  "masked.logaddexp": () => [x(), v(), { inputMask: x().greater(2), otherMask: v().greater(1) }],
};

const algebra: Readonly<Record<string, Arguments>> = {
  matmul: () => [square(), square()],
  dot: () => [v(), v()],
  outer: () => [v(), v()],
  einsum: () => ["ij,j->i", x(), v()],
  softmax: () => [x(), 1],
  logSoftmax: () => [x(), 1],
  cumsum: () => [x(), 1],
  cumprod: () => [x(), 1],
  cummax: () => [x(), 1],
  cummin: () => [x(), 1],
  linearRecurrence: () => [v(), v(), 0],
  sort: () => [x(), 1, { descending: true }],
  argsort: () => [x(), 1, { descending: true }],
  topk: () => [x(), 1, { axis: 1, largest: false }],
  where: () => [tensor([true, false, true]), v(), 0],
};

const transforms: Readonly<Record<string, Arguments>> = {
  grad: () => [total, { argument: 0 }],
  "grad()": () => [total, v()],
  valueAndGrad: () => [total, { argument: 0 }],
  "valueAndGrad()": () => [total, v()],
  vjp: () => [same, v()],
  jvp: () => [same, [v()], [v()]],
  jacobian: () => [same, { mode: "forward" }],
  "jacobian()": () => [same, v()],
  hessian: () => [total],
  "hessian()": () => [total, v()],
  hvp: () => [total, [v()], v()],
  checkpoint: () => [same],
  "checkpoint()": () => [same, w()],
  customGradient: () => [(t: Tensor) => ({ value: t.detach(), gradient: (ct: Tensor) => [ct] })],
  detectAnomaly: () => [() => v().sum()],
  gradcheck: () => [total, [precise()], { step: 1e-6, atol: 1e-5, rtol: 1e-3, tries: 2, key: key(1) }],
  gradgradcheck: () => [total, [precise()], { step: 1e-6, atol: 1e-5, rtol: 1e-3, tries: 2, key: key(1) }],
  noGrad: () => [() => v()],
  enableGrad: () => [() => v()],
  isRecording: () => [],
  scope: () => [() => v()],
  keep: () => [v()],
  unscoped: () => [() => v()],
  profile: () => [() => v().sum()],
  memory: () => [],
  read: () => [[v(), x()]],
  ready: () => [v()],
  withLayer: () => [{ handle: (call: tg.Call, next: (call: tg.Call) => unknown) => next(call) }, () => v()],
  withBackend: () => [tg.currentBackend(), () => v()],
};

function precise(): Tensor {
  return tensor([1, 2], { dtype: "f64" });
}

let made = 0;
const fresh = (): string => `hostile${made++}`;

const definitions: Readonly<Record<string, Arguments>> = {
  defineElementwise: () => [fresh(), (t: tg.Expr) => e.mul(t, t), { integers: false, numbers: undefined }],
  defineOp: () => [fresh(), (t: Tensor) => t, { arity: 1, dtypes: ["f32"], differentiable: true }],
  defineComposite: () => [
    { name: fresh(), infer: ([t]: unknown[]) => t, decompose: ([t]: unknown[]) => [t] },
    { arity: 1, dtypes: ["f32"], differentiable: true },
  ],
  definePrimitive: () => [
    { name: fresh(), infer: ([t]: unknown[]) => t, batch: () => ({ outputs: [], axes: [] }) },
    { arity: 1, dtypes: ["f32"] },
  ],
  defineScalar: () => [{ name: fresh(), arity: 1, result: "same", evaluate: (t: number) => t, vjp: [null] }],
  defineUpdate: () => [fresh(), (t: tg.Expr, u: tg.Expr) => e.add(t, u)],
  registerBackend: () => [{ name: fresh(), priority: -1, create: () => createCpuBackend() }],
  registerKernel: () => ["cpu", fresh(), () => {}],
  kernelTable: () => [{ iota: () => {} }],
  openBackend: () => ["cpu"],
  useBackend: () => ["cpu", { byFlag: true }],
  backendNamed: () => ["cpu"],
  backends: () => [],
  currentBackend: () => [],
  createCpuBackend: () => [{ name: fresh(), codegen: false }],
  cpuElements: () => [v()],
  openScope: () => [],
  apply: () => [tg.map, [v()], map()],
  applyAll: () => [tg.map, [v()], map()],
  runKernel: () => [tg.map, tg.currentBackend(), [v()], [v()], map()],
  ops: () => [],
};

const facts: Readonly<Record<string, Arguments>> = {
  asTensor: () => [3, v()],
  commonDtype: () => [[v(), 1]],
  checkFloating: () => ["whiten", v()],
  checkGradient: () => ["set", v(), v()],
  checkLength: () => [3, "f32"],
  checkOptions: () => ["ask", { axis: 1 }, ["axis"]],
  checkSetting: () => ["ask", "rate", 1, 0, 2],
  checkShape: () => ["ask", [2, 3]],
  checkUpdate: () => ["ask", v(), v()],
  defaultDtype: () => [],
  setDefaultDtype: () => ["f32"],
  bytesPerElement: () => ["f32"],
  dtypeCode: () => ["f32"],
  isFloating: () => ["f32"],
  hasHostArray: () => ["f32"],
  hostArray: () => ["f32", 3],
  sizeOf: () => [[2, 3]],
  sameShape: () => [[2, 3], [2, 3]],
  showShape: () => [[2, 3]],
  contiguousLayout: () => [[2, 3]],
  contiguousStrides: () => [[2, 3]],
  isContiguous: () => [{ shape: [2, 3], strides: [3, 1], offset: 0 }],
  coalesce: () => [[[3, 1], [3, 1]], [2, 3]],
  quoted: () => ["text"],
  visible: () => ["text"],
  castNumber: () => [1.5, "i32"],
  evaluate: () => [e.mul(e.input(0), 2), [3], ["f32"]],
  implementationOf: () => [e.sin(e.input(0)).fn, "f32"],
  input: () => [0],
  inputsOf: () => [e.mul(e.input(0), 2)],
  topological: () => [e.mul(e.input(0), 2)],
  legalize: () => [e.mul(e.input(0), 2), ["f32"], () => true],
  typesOf: () => [e.mul(e.input(0), 2), ["f32"]],
  computedIn: () => [e.mul(e.input(0), 2), tg.typesOf(e.mul(e.input(0), 2), ["f32"])],
  scalarFunctions: () => [],
};

const networks: Readonly<Record<string, Arguments>> = {
  collectParameters: () => [{ a: w() }],
  forwardDataset: () => [new nn.Linear(2, 1), data(), { batchSize: 2 }],
  "init.fans": () => [[2, 3]],
  "init.gain": () => ["leakyRelu", { slope: 0.2 }],
  "init.constant": () => [x(), 3],
  "init.zeros": () => [x()],
  "init.ones": () => [x()],
  "init.uniform": () => [x(), { low: 0, high: 1, key: key(1) }],
  "init.normal": () => [x(), { mean: 0, std: 1, key: key(1) }],
  "init.xavierUniform": () => [x(), { gain: 2, key: key(1) }],
  "init.xavierNormal": () => [x(), { gain: 2, key: key(1) }],
  "init.kaimingUniform": () => [x(), { mode: "fanOut", nonlinearity: "leakyRelu", slope: 0.1, key: key(1) }],
  "init.kaimingNormal": () => [x(), { mode: "fanOut", nonlinearity: "leakyRelu", slope: 0.1, key: key(1) }],
};

/** Good arguments of every function, by name; elementwise ops and builders of expressions go without saying. */
export const functions: Readonly<Record<string, Arguments>> = {
  ...pytorch,
  ...reductions,
  ...creations,
  ...shapes,
  ...algebra,
  ...transforms,
  ...definitions,
  ...facts,
  ...networks,
};

/** Good arguments of every class. */
export const classes: Readonly<Record<string, Arguments>> = {
  Scalar: () => ["rate", 0.1],
  Changing: () => [1],
  Recent: () => [4],
  Profile: () => [[], 1, 0],
  Linear: () => [2, 3, { bias: true, dtype: "f32", key: key(1) }],
  Sequential: () => [new nn.Linear(2, 3), new nn.Tanh()],
  Dropout: () => [0.5, { key: key(1) }],
  Flatten: () => [0, 1],
  TensorDataset: () => [x(), at(0, 1)],
  DataLoader: () => [data(), { batchSize: 2, shuffle: true, dropLast: true, key: key(1) }],
  LeakyReLU: () => [0.1],
  ELU: () => [1],
  CELU: () => [1],
  GELU: () => ["tanh"],
  Hardtanh: () => [-1, 1],
  Softmax: () => [1],
  LogSoftmax: () => [1],
  Activation: () => [same, [1]],
  Loss: () => [nn.mseLoss, rows()],
  GD: () => [[w()], {
    learningRate: 0.1,
    momentum: 0.9,
    dampening: 0,
    nesterov: true,
    weightDecay: 0.1,
    maximize: false,
  }],
  ParameterGroup: () => [[w()], { learningRate: 0.1 }, {}],
};

function stepped(): optim.GD {
  const p = w(), optimizer = new optim.GD([p], { learningRate: 0.1, momentum: 0.9 });
  p.square().sum().backward();
  optimizer.step();
  return optimizer;
}

/** Good arguments of methods that are no function as well; the first is what they are called on. */
export const methods: Readonly<Record<string, Arguments>> = {
  "Tensor.backward": () => [w().square(), { gradient: x(), retainGraph: true, createGraph: false }],
  "Tensor.assign": () => [x(), v()],
  "Tensor.setData": () => [x(), x()],
  "Tensor.where": () => [v(), tensor([true, false, true]), 0],
  "Tensor.setGrad": () => [w(), x()],
  "Tensor.registerHook": () => [w(), (ct: Tensor) => ct],
  "Tensor.retainGrad": () => [w()],
  "Tensor.detach": () => [w()],
  "Tensor.data": () => [w()],
  "Tensor.array": () => [w()],
  "Tensor.item": () => [tensor(1)],
  "Tensor.set requiresGrad": () => [v(), true],
  "Tensor.set label": () => [v(), "name"],
  "Scalar.set value": () => [new tg.Scalar("rate", 1), 2],
  "Module.train": () => [new nn.Linear(2, 3), true],
  "Module.to": () => [new nn.Linear(2, 3), "f64"],
  "Module.loadStateDict": () => [new nn.Linear(2, 3), new nn.Linear(2, 3).stateDict(), { strict: true }],
  "Linear.forward": () => [new nn.Linear(3, 2), x()],
  "Sequential.forward": () => [new nn.Sequential(new nn.Tanh(), new nn.Softmax(1)), x()],
  "Dropout.forward": () => [new nn.Dropout(0.5), x()],
  "Identity.forward": () => [new nn.Identity(), x()],
  "Flatten.forward": () => [new nn.Flatten(), x()],
  "Tanh.forward": () => [new nn.Tanh(), x()],
  "LeakyReLU.forward": () => [new nn.LeakyReLU(0.1), x()],
  "Softmax.forward": () => [new nn.Softmax(1), x()],
  "MSELoss.forward": () => [new nn.MSELoss(), x(), x()],
  "CrossEntropyLoss.forward": () => [new nn.CrossEntropyLoss(), x(), at(0, 2)],
  "TensorDataset.get": () => [data(), 1],
  "TensorDataset.range": () => [data(), 0, 2],
  "TensorDataset.select": () => [data(), at(0, 2)],
  "GD.loadStateDict": () => [stepped(), stepped().stateDict()],
  "GD.set learningRate": () => [stepped(), 0.2],
  "ParameterGroup.change": () => [stepped().groups[0], { momentum: 0.5 }],
};
