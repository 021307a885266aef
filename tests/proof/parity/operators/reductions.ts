/** Operators that reduce axes, run along one, or sort. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";

function reduce(op: t.ReduceOp): Operator {
  return (c) => op(c.tensor(0), c.axes(1), c.keep(2));
}

// PyTorch also takes in second place whether the estimate is unbiased.
function correctionOf(c: Call): number {
  const unbiased = c.value(1) === false ? false : c.flag(2, "unbiased", true);
  return c.number(NAMED, "correction", unbiased ? 1 : 0);
}

function spread<T>(op: (x: Tensor, axes?: t.Axes, options?: t.VarianceOptions) => T): (c: Call) => T {
  return (c) =>
    op(c.tensor(0), typeof c.value(1) === "boolean" ? undefined : c.axes(1), {
      correction: correctionOf(c),
      ...c.keep(3),
    });
}

function along(op: t.AlongOp): Operator {
  return (c) => op(c.tensor(0), c.number(1, "dim"), c.keep(2));
}

function kthvalue(c: Call): ReturnType<Operator> {
  return t.kthvalue(c.tensor(0), c.number(1), { axis: c.number(2, "dim", -1), ...c.keep(3) });
}

function mode(c: Call): ReturnType<Operator> {
  return t.mode(c.tensor(0), { axis: c.number(1, "dim", -1), ...c.keep(2) });
}

function gradient(c: Call): ReturnType<Operator> {
  const spacing = c.value(NAMED, "spacing"), isList = Array.isArray(spacing);
  return t.gradient(c.tensor(0), {
    axes: c.axes(NAMED, "dim"),
    spacing: isList ? spacing as (number | Tensor)[] : c.maybeNumber(NAMED, "spacing"),
    edgeOrder: c.number(NAMED, "edge_order", 1) as 1 | 2,
  });
}

function quantile(op: t.QuantileOp): Operator {
  return (c) =>
    op(c.tensor(0), c.operand(1), c.maybeNumber(2, "dim"), {
      ...c.keep(3),
      interpolation: c.text(NAMED, "interpolation", "linear") as t.QuantileInterpolation,
    });
}

function topk(c: Call): ReturnType<Operator> {
  return t.topk(c.tensor(0), c.number(1, "k"), {
    axis: c.number(2, "dim", -1),
    largest: c.flag(3, "largest", true),
  });
}

function sort(c: Call): ReturnType<Operator> {
  return t.sort(c.tensor(0), c.number(1, "dim", -1), { descending: c.flag(2, "descending", false) });
}

function running(op: (x: Tensor, axis: number) => ReturnType<Operator>): Operator {
  return (c) => op(c.tensor(0), c.number(1, "dim"));
}

function diff(c: Call): Tensor {
  return t.diff(c.tensor(0), {
    n: c.number(1, "n", 1),
    axis: c.number(2, "dim", -1),
    prepend: c.maybe(3, "prepend"),
    append: c.maybe(4, "append"),
  });
}

function integral(op: (y: Tensor, options: t.TrapezoidOptions) => Tensor): Operator {
  return (c) =>
    op(c.tensor(0), {
      x: c.maybe(1, "x"),
      dx: c.number(NAMED, "dx", 1),
      axis: c.number(NAMED, "dim", -1),
    });
}

/** PyTorch's names of reductions. */
export const reductions: Readonly<Record<string, Operator>> = {
  "amax": reduce(t.max),
  "amin": reduce(t.min),
  "logsumexp": reduce(t.logSumExp),
  "mean": reduce(t.mean),
  "prod": reduce(t.prod),
  "sum": reduce(t.sum),
  "nansum": reduce(t.nansum),
  "nanmean": reduce(t.nanmean),
  "max.reduction_no_dim": reduce(t.max),
  "max.reduction_with_dim": along(t.maxWithIndices),
  "min.reduction_no_dim": reduce(t.min),
  "min.reduction_with_dim": along(t.minWithIndices),
  "std": spread(t.std),
  "std_mean": spread(t.stdMean),
  "var": spread(t.variance),
  "var_mean": spread(t.varMean),
  "kthvalue": kthvalue,
  // Of all elements PyTorch gives the value alone.
  "median": (c) =>
    c.value(1, "dim") === undefined
      ? t.median(c.tensor(0))
      : t.medianWithIndices(c.tensor(0), c.number(1, "dim"), c.keep(2)),
  "nanmedian": (c) =>
    c.value(1, "dim") === undefined
      ? t.nanmedian(c.tensor(0))
      : t.nanmedianWithIndices(c.tensor(0), c.number(1, "dim"), c.keep(2)),
  "mode": mode,
  "gradient": gradient,
  "quantile": quantile(t.quantile),
  "nanquantile": quantile(t.nanquantile),
  "cummax": running(t.cummax),
  "cummin": running(t.cummin),
  "cumprod": running(t.cumprod),
  "cumsum": running(t.cumsum),
  "logcumsumexp": running(t.logcumsumexp),
  "sort": sort,
  "msort": (c) => t.msort(c.tensor(0)),
  "topk": topk,
  "diff": diff,
  "trapezoid": integral(t.trapezoid),
  "trapz": integral(t.trapezoid),
  "cumulative_trapezoid": integral(t.cumulativeTrapezoid),
  "softmax": running(t.softmax),
  "softmax.with_dtype": running(t.softmax),
  "log_softmax": running(t.logSoftmax),
  "log_softmax.dtype": running(t.logSoftmax),
  "nn.functional.softmin": running(t.softmin),
  "nn.functional.softmin.with_dtype": running(t.softmin),
};
