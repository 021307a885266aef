/** Normalisations, dropouts, and slopes at random. */
import * as t from "@tapegrad/core";
import type { DropoutOp, NativeNorm, Tensor } from "@tapegrad/core";
import type { Call, Operator } from "../call.ts";
import { NotCovered } from "../sample.ts";

function native({ output, mean, inverse }: NativeNorm): Tensor[] {
  return [output, mean, inverse];
}

function batchNorm(c: Call): Tensor {
  return t.batchNorm(c.tensor(0), c.maybe(1) ?? null, c.maybe(2) ?? null, {
    weight: c.maybe(3, "weight"),
    bias: c.maybe(4, "bias"),
    training: c.flag(5, "training", false),
    momentum: c.number(6, "momentum", 0.1),
    eps: c.number(7, "eps", 1e-5),
  });
}

function nativeBatchNorm(c: Call): Tensor[] {
  return native(t.nativeBatchNorm(c.tensor(0), c.maybe(3) ?? null, c.maybe(4) ?? null, {
    weight: c.maybe(1),
    bias: c.maybe(2),
    training: c.flag(5, "training", false),
    momentum: c.number(6),
    eps: c.number(7),
  }));
}

function instanceNorm(c: Call): Tensor {
  return t.instanceNorm(c.tensor(0), {
    runningMean: c.maybe(1, "running_mean"),
    runningVar: c.maybe(2, "running_var"),
    weight: c.maybe(3, "weight"),
    bias: c.maybe(4, "bias"),
    useInputStats: c.flag(5, "use_input_stats", true),
    momentum: c.number(6, "momentum", 0.1),
    eps: c.number(7, "eps", 1e-5),
  });
}

interface Scaling {
  readonly weight: Tensor | undefined;
  readonly bias: Tensor | undefined;
  readonly eps: number;
}

function scaling(c: Call): Scaling {
  return { weight: c.maybe(2, "weight"), bias: c.maybe(3, "bias"), eps: c.number(4, "eps", 1e-5) };
}

function localResponseNorm(c: Call): Tensor {
  return t.localResponseNorm(c.tensor(0), c.number(1, "size"), {
    alpha: c.number(2, "alpha", 1e-4),
    beta: c.number(3, "beta", 0.75),
    k: c.number(4, "k", 1),
  });
}

const drawn = "random numbers of PyTorch's own";

// What is dropped at random differs between any two generators; what is left is all or nothing.
function dropping(drop: DropoutOp, inTraining: boolean): Operator {
  return (c) => {
    const p = c.number(1, "p", 0.5), training = c.flag(2, "training", inTraining);
    if (training && p > 0 && p < 1) throw new NotCovered(drawn);
    return drop(c.tensor(0), { p, training });
  };
}

function rrelu(c: Call): Tensor {
  const training = c.flag(3, "training", false);
  if (training && c.tensor(0).size > 0) throw new NotCovered(drawn);
  return t.rrelu(c.tensor(0), { lower: c.number(1, "lower"), upper: c.number(2, "upper"), training });
}

const named: Readonly<Record<string, Operator>> = {
  "batch_norm": batchNorm,
  "batch_norm.without_cudnn": batchNorm,
  "dropout": dropping(t.dropout, true),
  "dropout2d": dropping(t.dropout2d, true),
  "dropout3d": dropping(t.dropout3d, true),
  "feature_alpha_dropout.with_train": dropping(t.featureAlphaDropout, false),
  "feature_alpha_dropout.without_train": dropping(t.featureAlphaDropout, false),
  "group_norm": (c) => t.groupNorm(c.tensor(0), c.number(1, "num_groups"), scaling(c)),
  "instance_norm": instanceNorm,
  "layer_norm": (c) => t.layerNorm(c.tensor(0), c.integers(1), scaling(c)),
  "local_response_norm": localResponseNorm,
  "rrelu": rrelu,
};

/** PyTorch's names of what normalises and drops. */
export const norms: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(Object.entries(named).map(([name, op]) => [`nn.functional.${name}`, op])),
  "native_batch_norm": nativeBatchNorm,
  "native_layer_norm": (c) => native(t.nativeLayerNorm(c.tensor(0), c.integers(1), scaling(c))),
};
