/** Rows of activations and of composites for networks. */
import * as tg from "@tapegrad/core";
import { f64, type Row, row, sample, unary } from "./row.ts";

// Between the kinks at -3, -1, -½, 0, ½, 1, 3 and 6, and beyond them.
const points = (): tg.Tensor => f64([[-4, -2.2, -0.8, -0.3], [0.2, 0.7, 2.1, 7]]);

function activation(op: string, fn: tg.UnaryOp): Row[] {
  return [...unary(op, fn), row(op, "between the kinks", { inputs: () => [points()], call: (x) => fn(x) })];
}

function parametric(op: string, fn: tg.ParametricOp, parameter: number): Row[] {
  return [
    row(op, "default", { inputs: () => [points()], call: (x) => fn(x) }),
    row(op, "number", { inputs: () => [points()], call: (x) => fn(x, parameter) }),
    row(op, "tensor that broadcasts", {
      inputs: () => [points(), f64([[parameter], [parameter / 2]])],
      call: (x, p) => fn(x, p),
    }),
  ];
}

const activations: readonly Row[] = [
  ...activation("sigmoid", tg.sigmoid),
  ...activation("logSigmoid", tg.logSigmoid),
  ...activation("softplus", tg.softplus),
  ...activation("relu", tg.relu),
  ...activation("relu6", tg.relu6),
  ...parametric("leakyRelu", tg.leakyRelu, 0.2),
  ...parametric("elu", tg.elu, 1.5),
  ...parametric("celu", tg.celu, 1.5),
  ...activation("selu", tg.selu),
  ...activation("gelu", tg.gelu),
  ...activation("geluTanh", tg.geluTanh),
  ...activation("silu", tg.silu),
  ...activation("mish", tg.mish),
  ...activation("hardsigmoid", tg.hardsigmoid),
  ...activation("hardswish", tg.hardswish),
  ...activation("softsign", tg.softsign),
  ...activation("tanhshrink", tg.tanhshrink),
  ...parametric("hardshrink", tg.hardshrink, 0.6),
  ...parametric("softshrink", tg.softshrink, 0.6),
  row("hardtanh", "default", { inputs: () => [points()], call: (x) => tg.hardtanh(x) }),
  row("hardtanh", "tensors", {
    inputs: () => [points(), f64(-2.5), f64([[0.5], [3]])],
    call: (x, low, high) => tg.hardtanh(x, low, high),
  }),
];

const composites: readonly Row[] = [
  row("softmax", "last axis", { inputs: () => [sample([2, 4])], call: (x) => tg.softmax(x) }),
  row("softmax", "first axis", { inputs: () => [sample([3, 2])], call: (x) => tg.softmax(x, 0) }),
  row("softmax", "large logits", { inputs: () => [f64([900, 901, 899.5])], call: (x) => tg.softmax(x) }),
  row("logSoftmax", "last axis", { inputs: () => [sample([2, 4])], call: (x) => tg.logSoftmax(x) }),
  row("logSoftmax", "middle axis", { inputs: () => [sample([2, 3, 2])], call: (x) => tg.logSoftmax(x, 1) }),
];

/** Rows of activations and of composites for networks. */
export const activationRows: readonly Row[] = [...activations, ...composites];
