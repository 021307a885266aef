/** Functions whose programs are written as ONNX: what is computed, and what it is given. */
import * as core from "@tapegrad/core";
import { key, normal, type Tensor, tensor, uniform } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";

/** A function, and arguments that it is recorded with. */
export interface Case {
  readonly compute: (...xs: readonly Tensor[]) => Tensor | readonly Tensor[];
  readonly inputs: readonly Tensor[];
}

/** How one begins: made when it is called, on the backend in use then. */
type Make = () => Case;

function of(compute: (x: Tensor) => Tensor | readonly Tensor[], ...shape: readonly number[]): Make {
  const inputs = () => [normal(shape.length > 0 ? shape : [2, 3, 4], { key: key(7) })];
  return () => ({ compute: (x) => compute(x), inputs: inputs() });
}

/** A layer out of training, on so large an input. */
function layer(make: () => nn.Module, ...shape: readonly number[]): Make {
  return () => {
    const module = make().eval();
    return { compute: (x) => module.forward(x), inputs: [normal(shape, { key: key(8) })] };
  };
}

function tokens(make: () => nn.Module): Make {
  return () => {
    const module = make().eval();
    return { compute: (x) => module.forward(x), inputs: [tensor([[1, 5, 0], [2, 2, 6]], { dtype: "i32" })] };
  };
}

/** The running statistics of a layer as some training leaves them. */
function trained(norm: nn.BatchNorm2d): nn.BatchNorm2d {
  norm.forward(normal([4, norm.numFeatures, 3, 3], { key: key(9) }).mul(2).add(1));
  return norm;
}

class Encoding extends nn.Module {
  readonly embed = new nn.Embedding(7, 4);
  readonly encoder = new nn.TransformerEncoder(
    new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, batchFirst: true, activation: "gelu" }),
    2,
    { norm: new nn.LayerNorm(4) },
  );
  readonly head = new nn.Linear(4, 3);

  override forward(x: Tensor): Tensor {
    return this.head.forward(this.encoder.forward(this.embed.forward(x)));
  }
}

class Recurrent extends nn.Module {
  readonly lstm = new nn.LSTM(3, 4, { bidirectional: true, batchFirst: true });

  override forward(x: Tensor): Tensor {
    return this.lstm.forward(x)[0];
  }
}

/** Networks. */
export const networks: Readonly<Record<string, Make>> = {
  "an MLP": layer(
    () => new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 3), new nn.LogSoftmax(-1)),
    5,
    4,
  ),
  "a CNN": layer(
    () =>
      new nn.Sequential(
        new nn.Conv2d(2, 4, 3, { padding: 1 }),
        trained(new nn.BatchNorm2d(4)),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.AvgPool2d(2, { stride: 1, padding: 1 }),
        new nn.Flatten(),
        new nn.Linear(64, 3),
        new nn.Softmax(1),
      ),
    2,
    2,
    6,
    6,
  ),
  "a transformer's encoder": tokens(() => new Encoding()),
  "an LSTM": layer(() => new Recurrent(), 2, 4, 3),
  "a transposed convolution": layer(
    () => new nn.ConvTranspose2d(2, 3, 3, { stride: 2, padding: 1, outputPadding: 1 }),
    1,
    2,
    4,
    3,
  ),
  "a convolution of groups": layer(
    () => new nn.Conv1d(4, 6, 3, { groups: 2, dilation: 2, padding: 2 }),
    2,
    4,
    9,
  ),
  "a convolution of volumes": layer(() => new nn.Conv3d(1, 2, 2), 1, 1, 3, 4, 3),
  "norms of groups, instances and squares": layer(
    () => new nn.Sequential(new nn.GroupNorm(2, 4), new nn.InstanceNorm2d(4), new nn.RMSNorm(3)),
    2,
    4,
    3,
    3,
  ),
  "a resized image": of((x) => core.interpolate(x, { scaleFactor: 2, mode: "bilinear" }), 1, 2, 3, 4),
};

/** Views and moves of elements. */
export const moves: Readonly<Record<string, Make>> = {
  "axes in another order": of((x) => x.permute([2, 0, 1])),
  "a slice by steps": of((x) => x.slice([0, 1], [0, 3, 2], [1, 4])),
  "a slice backwards": of((x) => core.flip(x, [0, 2])),
  "a reshaped transpose": of((x) => x.permute([0, 2, 1]).reshape([2, -1])),
  "a column repeated": of((x) => core.expand(x.slice(null, null, [0, 1]), [2, 3, 5])),
  "a diagonal": of((x) => core.diagonal(x), 4, 4),
  "windows": of((x) => core.unfold(x, 2, 3, 1)),
  "elements put together": of((x) => core.concat([x, x.mul(2), x.slice([0, 1])], 0)),
  "a rolled tensor": of((x) => core.roll(x, 2, 2)),
  "padding": of((x) => core.pad(x, [[1, 0], [0, 2], [-1, 0]], { value: 3 })),
  "mirrored padding": of((x) => core.pad(x, [[0, 0], [0, 0], [2, 1]], { mode: "reflect" })),
  "rows by indices": of((x) => core.indexSelect(x, 1, tensor([2, 0, 2], { dtype: "i32" }))),
  "elements along an axis": of((x) => core.gather(x, 2, x.argmax(2, { keepDims: true }))),
  "what is added at indices": of((x) => core.scatterAdd(x, 1, x.argmax(1, { keepDims: true }), 1)),
  "overlapping windows added": of((x) => core.fold(core.unfold(x, 2, 3, 1), 2, { extent: 4 })),
  "a triangle": of((x) => core.tril(x, -1)),
  "the largest few": of((x) => Object.values(core.topk(x, 2, { axis: 1 }))),
  "a running sum": of((x) => core.cumsum(x, 1)),
  "one-hot classes": of((x) => core.oneHot(x.argmax(2), 4)),
  "the same thing twice": of((x) => [x.exp(), x.exp(), x]),
  "a constant alone": of((x) => [x.mul(0).add(2), core.arange(3)]),
};

/** Sums, products and functions of elements. */
export const functions: Readonly<Record<string, Make>> = {
  "sums": of((x) => [x.sum(), x.sum(1), x.mean([0, 2]), x.square().sum(1, { keepDims: true })]),
  "extrema": of((x) => [x.max(1), x.min([0, 2]), x.argmax(), x.argmin(2)]),
  "products and tests": of((
    x,
  ) => [core.prod(x, 2), x.greater(0).any(1), x.less(5).all(), x.greater(0).sum(1)]),
  "statistics": of((x) => [core.std(x, 1), core.variance(x), core.logSumExp(x, 2), core.softmax(x, 0)]),
  "matrices": of((x) => [core.matmul(x, x.permute([0, 2, 1])), core.einsum("bij,bkj->ik", x, x)]),
  "a broadcast product": of((x) => core.matmul(x, x.slice(0).permute([1, 0]))),
  "causal attention": of((x) => core.scaledDotProductAttention(x, x, x, { isCausal: true })),
  "activations": of((x) => [
    ...[core.relu, core.gelu, core.silu, core.mish, core.elu, core.selu, core.hardswish].map((f) => f(x)),
    core.softplus(x),
    core.leakyRelu(x, 0.2),
    core.geluTanh(x),
  ]),
  "functions that grow": of((
    x,
  ) => [core.exp(x), core.exp2(x), core.expm1(x), core.sinh(x), core.cosh(x), x.pow(3)]),
  "logarithms and roots": of((x) => {
    const y = x.abs().add(0.1);
    return [core.log(y), core.log2(y), core.log10(y), core.log1p(y), core.sqrt(y), core.rsqrt(y), y.pow(0.3)];
  }),
  "angles": of((
    x,
  ) => [core.sin(x), core.tan(x), core.atan(x), core.asin(core.tanh(x)), core.atan2(x, x.slice([0, 1]))]),
  "errors and bells": of((x) => [core.erf(x), core.erfc(x), core.sigmoid(x), core.special.ndtr(x)]),
  "rounding": of((
    x,
  ) => [core.floor(x), core.ceil(x), core.trunc(x), core.round(x), core.sign(x), core.frac(x)]),
  "remainders": of((x) => [core.floorDivide(x, 0.3), core.remainder(x, 0.3), core.fmod(x, -0.3)]),
  "choices": of((
    x,
  ) => [core.where(x.greater(0), x, 3), core.clamp(x, -0.5, 0.7), core.maximum(x, 0.1), core.isNaN(x)]),
  "integers": of((x) => {
    const n = x.mul(10).to("i32");
    return [n.add(2), core.floorDivide(n, 3), core.remainder(n, -3), core.abs(n), n.sum(1), n.bitwiseAnd(6)];
  }),
  "halves": of((x) => [x.to("f16").mul(2).add(1), core.softmax(x.to("f16"), 1)]),
  "two inputs": () => ({
    compute: (x, y) => [x.add(y), core.matmul(x, y.permute([1, 0]))],
    inputs: [uniform([3, 4], { key: key(1) }), normal([3, 4], { key: key(2) })],
  }),
};

/** In double precision, where a backend has it. */
export const doubles: Readonly<Record<string, Make>> = {
  "double precision": of((
    x,
  ) => [x.to("f64").exp().sum(1), core.matmul(x.to("f64"), x.to("f64").permute([0, 2, 1]))]),
};

/** A function whose inputs have an extent that is left open: of two it is recorded, on others it is tried. */
export interface Opening {
  readonly make: (n: number) => Case;
  readonly recorded: readonly [number, number];
  readonly tried: readonly number[];
}

function opening(
  make: (n: number) => (x: Tensor) => Tensor | readonly Tensor[],
  shape: (n: number) => readonly number[],
): Opening {
  return {
    make: (n) => {
      const compute = make(n);
      return { compute: (x) => compute(x), inputs: [normal(shape(n), { key: key(n) })] };
    },
    recorded: [3, 5],
    tried: [1, 8],
  };
}

/** The same module for every extent. */
function moduleOf(make: () => nn.Module, shape: (n: number) => readonly number[]): Opening {
  let made: nn.Module | undefined;
  return opening(() => {
    const module = made ??= make().eval();
    return (x) => module.forward(x);
  }, shape);
}

/** Functions with open axes. */
export const openings: Readonly<Record<string, Opening>> = {
  "a CNN of any batch": moduleOf(
    () =>
      new nn.Sequential(
        new nn.Conv2d(2, 4, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.GroupNorm(2, 4),
        new nn.Flatten(),
        new nn.Linear(36, 3),
      ),
    (n) => [n, 2, 6, 6],
  ),
  "a transformer's layer of any length": moduleOf(
    () => new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, batchFirst: true }),
    (n) => [2, n, 4],
  ),
  "a transformer's layer of any batch and length": moduleOf(
    () => new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, batchFirst: true }),
    (n) => [n, 2 * n + 1, 4],
  ),
  "an LSTM of any batch": moduleOf(() => new Recurrent(), (n) => [n, 4, 3]),
  "means over what is open": opening(
    () => (x) => [x.mean(0), x.sub(x.mean(1, { keepDims: true }))],
    (n) => [n, n, 2],
  ),
  "positions and a token before": opening((n) => (x) => {
    const token = core.expand(core.ones([1, 1, 4]), [2, 1, 4]);
    return core.concat([token, x.add(core.arange(n).reshape([n, 1]))], 1);
  }, (n) => [2, n, 4]),
  "the last of a sequence": opening(() => (x) => [x.slice(null, -1), core.flip(x, 1)], (n) => [2, n, 4]),
  "causal attention of any length": opening(
    () => (x) => core.scaledDotProductAttention(x, x, x, { isCausal: true }),
    (n) => [2, n, 4],
  ),
  "a valid convolution of any length": opening(
    () => (x) => core.conv1d(x, core.ones([2, 3, 3]), { padding: 1 }),
    (n) => [2, 3, n],
  ),
};
