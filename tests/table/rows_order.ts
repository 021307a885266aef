/** Rows of order statistics, quantiles, differences and integrals. */
import * as tg from "@tapegrad/core";
import { cut, f64, type Row, row, sample } from "./row.ts";

const matrix = (): tg.Tensor => sample([3, 4]);
const cube = (): tg.Tensor => sample([2, 3, 2]);

function one(op: string, name: string, inputs: () => tg.Tensor, call: tg.Checked): Row {
  return row(op, name, { inputs: () => [inputs()], call });
}

function picked(op: string, fn: tg.AlongOp): Row[] {
  return [
    one(op, "last axis", matrix, (x) => fn(x, -1).values),
    one(op, "middle axis, kept", cube, (x) => fn(x, 1, { keepDims: true }).values),
    one(op, "scalar", () => f64(1.5), (x) => fn(x, 0).values),
    cut(op, "the indices are positions", () => [matrix()], (x) => fn(x, 1).indices),
  ];
}

function withoutNaN(op: string, fn: tg.ReduceOp): Row[] {
  return [
    one(op, "of all", matrix, (x) => fn(x)),
    one(op, "two axes, kept", cube, (x) => fn(x, [0, -1], { keepDims: true })),
    one(op, "with NaN", matrix, (x) => fn(tg.where(x.greater(0.5), NaN, x), 1)),
  ];
}

function quantiles(op: string, fn: tg.QuantileOp): Row[] {
  return [
    one(op, "of all", matrix, (x) => fn(x, 0.3)),
    one(op, "first axis, kept", matrix, (x) => fn(x, 0.6, 0, { keepDims: true })),
    row(op, "several, and by them", {
      inputs: () => [matrix(), f64([0.15, 0.8])],
      call: (x, q) => fn(x, q, 1),
    }),
    one(op, "midpoint", matrix, (x) => fn(x, 0.4, 1, { interpolation: "midpoint" })),
    one(op, "nearest", matrix, (x) => fn(x, 0.4, 1, { interpolation: "nearest" })),
  ];
}

/** Rows of order statistics, quantiles, differences and integrals. */
export const orderRows: readonly Row[] = [
  ...picked("maxWithIndices", tg.maxWithIndices),
  ...picked("minWithIndices", tg.minWithIndices),
  ...picked("medianWithIndices", tg.medianWithIndices),
  ...picked("nanmedianWithIndices", tg.nanmedianWithIndices),
  ...picked("kthvalue", (x, axis, options) => tg.kthvalue(x, 1, { axis, ...options })),
  one("kthvalue", "third of the last axis", matrix, (x) => tg.kthvalue(x, 3).values),
  one("median", "of all", matrix, (x) => tg.median(x)),
  one("median", "an axis", matrix, (x) => tg.median(x, 0)),
  one("nanmedian", "of all", matrix, (x) => tg.nanmedian(x)),
  one("nanmedian", "with NaN, an axis", matrix, (x) => tg.nanmedian(tg.where(x.greater(0.5), NaN, x), 1)),
  one("msort", "rows", matrix, (x) => tg.msort(x)),
  ...withoutNaN("nansum", tg.nansum),
  ...withoutNaN("nanmean", tg.nanmean),
  ...quantiles("quantile", tg.quantile),
  ...quantiles("nanquantile", tg.nanquantile),
  one("stdMean", "of all", cube, (x) => Object.values(tg.stdMean(x))),
  one(
    "stdMean",
    "an axis, kept",
    cube,
    (x) => Object.values(tg.stdMean(x, 1, { correction: 0, keepDims: true })),
  ),
  one("logcumsumexp", "rows", matrix, (x) => tg.logcumsumexp(x, 1)),
  one("logcumsumexp", "far apart", () => f64([-700, 0.5, 900, 899]), (x) => tg.logcumsumexp(x, 0)),
  one("diff", "once", matrix, (x) => tg.diff(x)),
  row("diff", "twice, with more around", {
    inputs: () => [matrix(), sample([2, 4], { seed: 1 }), sample([1, 4], { seed: 2 })],
    call: (x, prepend, append) => tg.diff(x, { n: 2, axis: 0, prepend, append }),
  }),
  one("trapezoid", "even", matrix, (x) => tg.trapezoid(x, { dx: 0.3 })),
  row("trapezoid", "places along the first axis", {
    inputs: () => [matrix(), sample([3], { seed: 1 })],
    call: (y, x) => tg.trapezoid(y, { x, axis: 0 }),
  }),
  row("cumulativeTrapezoid", "places of each", {
    inputs: () => [matrix(), sample([3, 4], { seed: 1 })],
    call: (y, x) => tg.cumulativeTrapezoid(y, { x }),
  }),
];
