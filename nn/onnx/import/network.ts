/** Operators of networks: convolutions, poolings, normalisations. */
import * as core from "@tapegrad/core";
import { type Shape, sizeOf, type Tensor } from "@tapegrad/core";
import { axisOf, type Call, type Given, type Operator } from "./call.ts";

/** How windows lie on images: what is put before and behind, along each axis. */
interface Windows {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly (readonly [before: number, behind: number])[];
}

function windowsOf(call: Call, window: Shape, image: Shape): Windows {
  const stride = call.ints("strides") ?? window.map(() => 1),
    dilation = call.ints("dilations") ?? window.map(() => 1);
  const pads = call.ints("pads") ?? [...window, ...window].map(() => 0),
    auto = call.text("auto_pad", "NOTSET");
  const padding = window.map((n, i): [number, number] => {
    if (auto === "VALID") return [0, 0];
    if (!auto.startsWith("SAME")) return [pads[i], pads[i + window.length]];
    const count = Math.ceil(image[i] / stride[i]), reach = dilation[i] * (n - 1) + 1;
    const all = Math.max(0, (count - 1) * stride[i] + reach - image[i]), less = Math.floor(all / 2);
    return auto === "SAME_LOWER" ? [all - less, less] : [less, all - less];
  });
  return { stride, dilation, padding };
}

/** An image with what is put around it. */
function around(x: Tensor, padding: Windows["padding"], value = 0): Tensor {
  if (padding.flat().every((n) => n === 0)) return x;
  return core.pad(x, [...x.shape.slice(0, -padding.length).map(() => [0, 0] as const), ...padding], value);
}

function isEven(padding: Windows["padding"]): boolean {
  return padding.every(([before, behind]) => before === behind && before >= 0);
}

/** Functions of images of one, two and three axes, by how many these are. */
function byAxes<F>(name: string, functions: readonly unknown[], axes: number): F {
  const found = functions[axes - 1];
  if (found) return found as F;
  throw new TypeError(`${name} along ${axes} axes is not covered, of one to three it is`);
}

interface ConvOptions {
  readonly bias: Tensor | undefined;
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}
type Convolve = (
  x: Tensor,
  weight: Tensor,
  options: ConvOptions & { outputPadding?: readonly number[] },
) => Tensor;

const conv: Operator = (call) => {
  const x = call.tensor(0), weight = call.tensor(1), window = weight.shape.slice(2), bias = call.maybe(2);
  const { stride, dilation, padding } = windowsOf(call, window, x.shape.slice(2)),
    groups = call.int("group", 1);
  const convolve = byAxes<Convolve>("Conv", [core.conv1d, core.conv2d, core.conv3d], window.length);
  const even = isEven(padding), given = even ? x : around(x, padding);
  const zeros = padding.map(([before]) => even ? before : 0);
  return convolve(given, weight, { bias, stride, padding: zeros, dilation, groups });
};

const convTranspose: Operator = (call) => {
  const x = call.tensor(0), weight = call.tensor(1), window = weight.shape.slice(2), bias = call.maybe(2);
  const n = window.length, groups = call.int("group", 1), image = x.shape.slice(2);
  const stride = call.ints("strides") ?? window.map(() => 1),
    dilation = call.ints("dilations") ?? window.map(() => 1);
  const more = call.ints("output_padding") ?? window.map(() => 0);
  const convolve = byAxes<Convolve>("ConvTranspose", [
    core.convTranspose1d,
    core.convTranspose2d,
    core.convTranspose3d,
  ], n);
  const none = window.map(() => 0),
    whole = convolve(x, weight, { bias, stride, dilation, groups, padding: none });
  const full = image.map((extent, i) =>
    (extent - 1) * stride[i] + dilation[i] * (window[i] - 1) + 1 + more[i]
  );
  const cuts = cutsOf(call, full, image.map((extent, i) => extent * stride[i]));
  const widths = cuts.map(([before, behind], i): [number, number] => [-before, more[i] - behind]);
  const result = around(whole, widths);
  return bias && widths.flat().some((n) => n > 0) ? withBias(whole, result, widths, bias) : result;
};

// What is beyond all windows is the bias alone.
function withBias(whole: Tensor, result: Tensor, widths: Windows["padding"], bias: Tensor): Tensor {
  const along = core.reshape(bias, [bias.size, ...widths.map(() => 1)]);
  return core.where(core.equal(around(core.onesLike(whole), widths), 0), along, result);
}

/** What is cut off the image of all windows, before and behind. */
function cutsOf(call: Call, full: Shape, same: Shape): (readonly [number, number])[] {
  const auto = call.text("auto_pad", "NOTSET"), wanted = call.ints("output_shape")?.slice(-full.length);
  const pads = call.ints("pads") ?? [...full, ...full].map(() => 0);
  return full.map((n, i) => {
    if (!wanted && !auto.startsWith("SAME")) {
      return auto === "VALID" ? [0, 0] : [pads[i], pads[i + full.length]];
    }
    const all = n - (wanted ?? same)[i], less = Math.floor(all / 2);
    return auto === "SAME_UPPER" ? [less, all - less] : [all - less, less];
  });
}

interface PoolOptions {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceilMode: boolean;
  readonly dilation?: readonly number[];
  readonly countIncludePad?: boolean;
}
type Pool = (x: Tensor, window: Shape, options: PoolOptions) => Tensor;
type Picked = (
  x: Tensor,
  window: Shape,
  options: PoolOptions & { returnIndices: true },
) => core.ValuesAndIndices;

/** Whether windows of ours may have this padding: as much before as behind, and at most half a window. */
function fits(padding: Windows["padding"], window: Shape): boolean {
  return isEven(padding) && padding.every(([n], i) => n <= Math.floor(window[i] / 2));
}

const maxPool: Operator = (call): Given => {
  const x = call.tensor(0), window = call.ints("kernel_shape") ?? [], image = x.shape.slice(2);
  const { stride, dilation, padding } = windowsOf(call, window, image), even = fits(padding, window);
  const options = {
    stride,
    dilation,
    padding: padding.map(([n]) => even ? n : 0),
    ceilMode: call.int("ceil_mode", 0) === 1,
  };
  const pools = [core.maxPool1d, core.maxPool2d, core.maxPool3d];
  const given = even ? x : around(x, padding, -Infinity);
  if (call.node.outputs.length < 2) {
    return byAxes<Pool>("MaxPool", pools, window.length)(given, window, options);
  }
  if (!even || call.int("storage_order", 0) !== 0) {
    throw new TypeError("positions of windows with uneven padding, and by columns, are not covered");
  }
  const { values, indices } = byAxes<Picked>("MaxPool", pools, window.length)(x, window, {
    ...options,
    returnIndices: true,
  });
  // They count through all images there.
  const lead = x.shape.slice(0, 2),
    starts = Array.from({ length: sizeOf(lead) }, (_, i) => i * sizeOf(image));
  const first = core.tensor(Int32Array.from(starts), { backend: x.backend });
  return [values, core.add(indices, core.reshape(first, [...lead, ...image.map(() => 1)]))];
};

const averagePool: Operator = (call) => {
  const x = call.tensor(0), window = call.ints("kernel_shape") ?? [], image = x.shape.slice(2);
  const { stride, dilation, padding } = windowsOf(call, window, image);
  if (dilation.some((n) => n !== 1)) throw new TypeError("means of windows with dilations are not covered");
  const countIncludePad = call.int("count_include_pad", 0) === 1, ceilMode = call.int("ceil_mode", 0) === 1;
  const pool = byAxes<Pool>("AveragePool", [core.avgPool1d, core.avgPool2d, core.avgPool3d], window.length);
  if (fits(padding, window)) {
    return pool(x, window, { stride, padding: padding.map(([n]) => n), countIncludePad, ceilMode });
  }
  const options = { stride, padding: padding.map(() => 0), ceilMode },
    means = pool(around(x, padding), window, options);
  if (countIncludePad) return means;
  const ones = core.ones([1, 1, ...image], { dtype: x.dtype, backend: x.backend });
  return core.div(means, pool(around(ones, padding), window, options));
};

/** A reduction of all that is behind the channels. */
function overImage(op: typeof core.mean): Operator {
  return (call) => {
    const x = call.tensor(0);
    return op(x, x.shape.slice(2).map((_, i) => i + 2), { keepDims: true });
  };
}

// With the statistics of the file, in training too: what is read is the graph of an inference.
const batchNormalization: Operator = (call) => {
  const [x, weight, bias, mean, variance] = call.tensors().slice(0, 5), eps = call.float("epsilon", 1e-5);
  if (call.int("training_mode", 0) === 1) {
    throw new TypeError("training_mode is not covered: export the model after eval()");
  }
  return core.batchNorm(x, mean, variance, { weight, bias, eps });
};

const layerNormalization: Operator = (call) => {
  const x = call.tensor(0), axis = axisOf(call.int("axis", -1), x.rank), over = x.shape.slice(axis);
  const weight = core.expand(call.tensor(1), over), bias = call.maybe(2), eps = call.float("epsilon", 1e-5);
  const result = core.layerNorm(x, over, { weight, bias: bias && core.expand(bias, over), eps });
  if (call.node.outputs.length < 2) return result;
  const axes = over.map((_, i) => axis + i), mean = core.mean(x, axes, { keepDims: true });
  const variance = core.mean(x.sub(mean).square(), axes, { keepDims: true });
  return [result, mean, core.rsqrt(variance.add(eps))];
};

const rmsNormalization: Operator = (call) => {
  const x = call.tensor(0), axis = axisOf(call.int("axis", -1), x.rank), over = x.shape.slice(axis);
  return core.rmsNorm(x, over, {
    weight: core.expand(call.tensor(1), over),
    eps: call.float("epsilon", 1e-5),
  });
};

const instanceNormalization: Operator = (call) => {
  const [x, weight, bias] = call.tensors();
  return core.instanceNorm(x, { weight, bias, eps: call.float("epsilon", 1e-5) });
};

// Up to opset 20 a weight is that of a group, thereafter of a channel.
const groupNormalization: Operator = (call) => {
  const [x, weight, bias] = call.tensors(), groups = call.int("num_groups", 1), channels = x.shape[1];
  const each = (part: Tensor) => {
    if (call.version >= 21 || part.size === channels) return part;
    const shape = [groups, channels / groups];
    return core.reshape(core.expand(core.reshape(part, [groups, 1]), shape), [channels]);
  };
  return core.groupNorm(x, groups, {
    weight: each(weight),
    bias: each(bias),
    eps: call.float("epsilon", 1e-5),
  });
};

const lrn: Operator = (call) => {
  const options = {
    alpha: call.float("alpha", 1e-4),
    beta: call.float("beta", 0.75),
    k: call.float("bias", 1),
  };
  return core.localResponseNorm(call.tensor(0), call.int("size", 1), options);
};

const meanVariance: Operator = (call) => {
  const x = call.tensor(0),
    axes = call.ints("axes") ?? [0, 2, 3],
    left = x.sub(core.mean(x, axes, { keepDims: true }));
  return left.div(core.sqrt(core.mean(left.square(), axes, { keepDims: true })).add(1e-9));
};

const gridModes: Readonly<Record<string, "bilinear" | "nearest" | "bicubic">> = {
  bilinear: "bilinear",
  linear: "bilinear",
  nearest: "nearest",
  bicubic: "bicubic",
  cubic: "bicubic",
};

const gridSample: Operator = (call) => {
  const named = call.text("mode", call.version < 20 ? "bilinear" : "linear"), mode = gridModes[named];
  if (!mode) throw new TypeError(`the mode ${core.quoted(named)} is not covered`);
  const paddingMode = call.text("padding_mode", "zeros") as "zeros" | "border" | "reflection";
  const alignCorners = call.int("align_corners", 0) === 1;
  return core.gridSample(call.tensor(0), call.tensor(1), { mode, paddingMode, alignCorners });
};

/** All of them, by name. */
export const network: Readonly<Record<string, Operator>> = {
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Conv: conv,
  ConvTranspose: convTranspose,
  GlobalAveragePool: overImage(core.mean),
  GlobalMaxPool: overImage(core.max),
  GridSample: gridSample,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  LRN: lrn,
  MaxPool: maxPool,
  MeanVarianceNormalization: meanVariance,
  RMSNormalization: rmsNormalization,
};
