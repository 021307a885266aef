/** Activations, normalisations and other parts of networks. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { Dropout } from "@tapegrad/nn";
import { type Call, NAMED, type Operator } from "../call.ts";
import { NotCovered } from "../sample.ts";

function prelu(c: Call): Tensor {
  const x = c.tensor(0), weight = c.tensor(1, "weight");
  return t.leakyRelu(x, weight.rank === 0 ? weight : weight.reshape([-1, ...x.shape.slice(2).map(() => 1)]));
}

function glu(c: Call): Tensor {
  const [value, gate] = t.chunk(c.tensor(0), 2, c.number(1, "dim", -1));
  return value.mul(t.sigmoid(gate));
}

// Elements dropped at random differ between any two generators; what is left is all or nothing.
function dropout(c: Call): Tensor {
  const p = c.number(1, "p", 0.5), training = c.flag(2, "training", true);
  if (training && p > 0 && p < 1) throw new NotCovered("random numbers of PyTorch's own");
  return new Dropout(p).train(training).forward(c.tensor(0));
}

interface Scaling {
  readonly eps: number;
  readonly weight?: Tensor | undefined;
  readonly bias?: Tensor | undefined;
}

/** Scaled to mean 0 and variance 1 over axes; the second and third results are what was used. */
function normalized(
  x: Tensor,
  axes: readonly number[],
  { eps, weight, bias }: Scaling,
): [Tensor, Tensor, Tensor] {
  const mean = t.mean(x, axes, { keepDims: true });
  const inverse = t.rsqrt(t.variance(x, axes, { correction: 0, keepDims: true }).add(eps));
  return [scaled(x.sub(mean).mul(inverse), weight, bias), mean, inverse];
}

function scaled(x: Tensor, weight?: Tensor, bias?: Tensor): Tensor {
  const grown = weight ? x.mul(weight) : x;
  return bias ? grown.add(bias) : grown;
}

function lastAxes(count: number): number[] {
  return Array.from({ length: count }, (_, i) => -1 - i);
}

function layerNorm(c: Call): Tensor {
  const [weight, bias] = [c.maybe(2, "weight"), c.maybe(3, "bias")];
  return t.layerNorm(c.tensor(0), c.integers(1), { eps: c.number(4, "eps", 1e-5), weight, bias });
}

function nativeLayerNorm(c: Call): [Tensor, Tensor, Tensor] {
  const [weight, bias] = [c.maybe(2, "weight"), c.maybe(3, "bias")], count = c.integers(1).length;
  return normalized(c.tensor(0), lastAxes(count), { eps: c.number(4, "eps", 1e-5), weight, bias });
}

/** A vector that broadcasts along axis 1. */
function channels(v: Tensor | undefined, x: Tensor): Tensor | undefined {
  return v?.reshape([-1, ...x.shape.slice(2).map(() => 1)]);
}

function groupNorm(c: Call): Tensor {
  const x = c.tensor(0), groups = c.number(1, "num_groups"), [n, width] = x.shape;
  const grouped = x.reshape([n, groups, width / groups, ...x.shape.slice(2)]);
  const axes = lastAxes(grouped.rank - 2);
  const [out] = normalized(grouped, axes, { eps: c.number(4, "eps", 1e-5) });
  return scaled(out.reshape(x.shape), channels(c.maybe(2, "weight"), x), channels(c.maybe(3, "bias"), x));
}

interface Statistics {
  readonly training: boolean;
  readonly axes: readonly number[];
  readonly mean?: Tensor | undefined;
  readonly variance?: Tensor | undefined;
}

function byStatistics(x: Tensor, { training, axes, mean, variance }: Statistics, scaling: Scaling): Tensor[] {
  const [weight, bias] = [channels(scaling.weight, x), channels(scaling.bias, x)];
  if (training) return normalized(x, axes, { eps: scaling.eps, weight, bias });
  const inverse = t.rsqrt(channels(variance, x)!.add(scaling.eps));
  return [scaled(x.sub(channels(mean, x)!).mul(inverse), weight, bias)];
}

function others(x: Tensor, kept: readonly number[]): number[] {
  return x.shape.map((_, i) => i).filter((i) => !kept.includes(i));
}

function batchNorm(c: Call): Tensor {
  const x = c.tensor(0), training = c.flag(5, "training", false);
  const statistics = { training, axes: others(x, [1]), mean: c.maybe(1), variance: c.maybe(2) };
  const [weight, bias] = [c.maybe(3, "weight"), c.maybe(4, "bias")];
  if (x.rank < 2) return x;
  return byStatistics(x, statistics, { eps: c.number(7, "eps", 1e-5), weight, bias })[0];
}

function nativeBatchNorm(c: Call): Tensor[] {
  const x = c.tensor(0), training = c.flag(5, "training", false), axes = others(x, [1]);
  const statistics = { training, axes, mean: c.maybe(3), variance: c.maybe(4) };
  const [y, mean, inverse] = byStatistics(x, statistics, {
    eps: c.number(7),
    weight: c.maybe(1),
    bias: c.maybe(2),
  });
  const none = t.zeros([0], { dtype: x.dtype });
  return [y, mean?.reshape([-1]) ?? none, inverse?.reshape([-1]) ?? none];
}

function instanceNorm(c: Call): Tensor {
  const x = c.tensor(0), training = c.flag(NAMED, "use_input_stats", true);
  const [mean, variance] = [c.maybe(1, "running_mean"), c.maybe(2, "running_var")];
  const [weight, bias] = [c.maybe(3, "weight"), c.maybe(4, "bias")];
  const statistics = { training, axes: others(x, [0, 1]), mean, variance };
  return byStatistics(x, statistics, { eps: c.number(NAMED, "eps", 1e-5), weight, bias })[0];
}

function localResponseNorm(c: Call): Tensor {
  const x = c.tensor(0), size = c.number(1, "size"), before = Math.floor(size / 2);
  const widths: [number, number][] = [
    [before, size - 1 - before],
    ...x.shape.slice(2).map((): [number, number] => [0, 0]),
  ];
  const near = t.mean(t.unfold(t.pad(t.square(x), widths), 1, size), -1);
  const [alpha, beta] = [c.number(2, "alpha", 1e-4), c.number(3, "beta", 0.75)];
  return x.div(t.pow(near.mul(alpha).add(c.number(4, "k", 1)), beta));
}

/** PyTorch's names of parts of networks, after `nn.functional.`. */
const named: Readonly<Record<string, Operator>> = {
  "glu": glu,
  "prelu": prelu,
  "threshold": (c) => t.where(c.tensor(0).greater(c.number(1)), c.tensor(0), c.number(2)),

  "batch_norm": batchNorm,
  "batch_norm.without_cudnn": batchNorm,
  "dropout": dropout,
  "dropout2d": dropout,
  "dropout3d": dropout,
  "group_norm": groupNorm,
  "instance_norm": instanceNorm,
  "layer_norm": layerNorm,
  "local_response_norm": localResponseNorm,
};

/** PyTorch's names of parts of networks. */
export const neural: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(Object.entries(named).map(([name, op]) => [`nn.functional.${name}`, op])),
  "native_batch_norm": nativeBatchNorm,
  "native_layer_norm": nativeLayerNorm,
};
