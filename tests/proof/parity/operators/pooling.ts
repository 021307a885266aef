/** Pooling, and the partial inverse of pooling by the largest. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import type { Call, Operator } from "../call.ts";

/** A pooling: its sizes are checked as it is called. */
type Pool = (x: Tensor, size: never, options: never) => Tensor | t.ValuesAndIndices;

/** PyTorch's empty list is no stride: as far as a window is large. */
function strideOf(c: Call): number | readonly number[] | undefined {
  return c.maybeIntegers(2, "stride")?.length ? c.perAxis(2, "stride") : undefined;
}

function maxPool(pool: Pool): Operator {
  return (c) => {
    const options = {
      stride: strideOf(c),
      padding: c.perAxis(3, "padding", 0),
      dilation: c.perAxis(4, "dilation", 1),
      ceilMode: c.flag(5, "ceil_mode", false),
      returnIndices: c.flag(6, "return_indices", false),
    };
    return pool(c.tensor(0), c.perAxis(1, "kernel_size") as never, options as never);
  };
}

function avgPool(pool: Pool): Operator {
  return (c) => {
    const options = {
      stride: strideOf(c),
      padding: c.perAxis(3, "padding", 0),
      ceilMode: c.flag(4, "ceil_mode", false),
      countIncludePad: c.flag(5, "count_include_pad", true),
      ...divisorOf(c),
    };
    return pool(c.tensor(0), c.perAxis(1, "kernel_size") as never, options as never);
  };
}

// There is none along one axis.
function divisorOf(c: Call): Pick<t.AvgPoolOptions, "divisorOverride"> {
  const divisorOverride = c.maybeNumber(6, "divisor_override");
  return divisorOverride === undefined ? {} : { divisorOverride };
}

function adaptivePool(pool: Pool): Operator {
  return (c) => {
    const options = { returnIndices: c.flag(2, "return_indices", false) };
    return pool(c.tensor(0), c.value(1, "output_size") as never, options as never);
  };
}

// The database calls it with batches alone, and with a seed of its own.
function fractionalMaxPool(pool: Pool, axes: number): Operator {
  return (c) => {
    const x = c.tensor(0), [batch, channels] = x.shape;
    const options = {
      outputSize: c.value(2, "output_size"),
      outputRatio: c.value(3, "output_ratio"),
      returnIndices: c.flag(4, "return_indices", false),
      _randomSamples: c.drawn([batch, channels, axes], x),
    };
    return pool(x, c.perAxis(1, "kernel_size") as never, options as never);
  };
}

function maxUnpool(unpool: t.MaxUnpoolOp<never>): Operator {
  return (c) => {
    const options = {
      stride: c.value(3, "stride"),
      padding: c.perAxis(4, "padding", 0),
      outputSize: c.maybeIntegers(5, "output_size"),
    };
    return unpool(
      c.tensor(0),
      c.tensor(1, "indices"),
      c.perAxis(2, "kernel_size") as never,
      options as never,
    );
  };
}

/** PyTorch's names of poolings, after `nn.functional.`. */
const named: Readonly<Record<string, Operator>> = {
  "adaptive_avg_pool1d": (c) => t.adaptiveAvgPool1d(c.tensor(0), c.value(1, "output_size") as t.OutputSize),
  "adaptive_avg_pool2d": (c) => t.adaptiveAvgPool2d(c.tensor(0), c.value(1, "output_size") as t.OutputSize),
  "adaptive_avg_pool3d": (c) => t.adaptiveAvgPool3d(c.tensor(0), c.value(1, "output_size") as t.OutputSize),
  "adaptive_max_pool1d": adaptivePool(t.adaptiveMaxPool1d),
  "adaptive_max_pool2d": adaptivePool(t.adaptiveMaxPool2d),
  "adaptive_max_pool3d": adaptivePool(t.adaptiveMaxPool3d),
  "avg_pool1d": avgPool(t.avgPool1d),
  "avg_pool2d": avgPool(t.avgPool2d),
  "avg_pool3d": avgPool(t.avgPool3d),
  "fractional_max_pool2d": fractionalMaxPool(t.fractionalMaxPool2d, 2),
  "fractional_max_pool3d": fractionalMaxPool(t.fractionalMaxPool3d, 3),
  "max_pool1d": maxPool(t.maxPool1d),
  "max_pool2d": maxPool(t.maxPool2d),
  "max_pool3d": maxPool(t.maxPool3d),
  "max_unpool1d": maxUnpool(t.maxUnpool1d),
  "max_unpool1d.grad": maxUnpool(t.maxUnpool1d),
  "max_unpool2d": maxUnpool(t.maxUnpool2d),
  "max_unpool2d.grad": maxUnpool(t.maxUnpool2d),
  "max_unpool3d": maxUnpool(t.maxUnpool3d),
  "max_unpool3d.grad": maxUnpool(t.maxUnpool3d),
};

/** PyTorch's names of poolings. */
export const pooling: Readonly<Record<string, Operator>> = Object.fromEntries(
  Object.entries(named).map(([name, op]) => [`nn.functional.${name}`, op]),
);
