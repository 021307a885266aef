/** Rows of reductions, running totals and sorting. */
import * as tg from "@tapegrad/core";
import type { ElementExpr } from "../../core/primitives/attributes.ts";
import { identity, reduce } from "../../core/primitives/reduce.ts";
import { cumulate } from "../../core/primitives/ordered.ts";
import { f64, type Row, row, sample } from "./row.ts";

type Reduction = (x: tg.Tensor, axes?: tg.Axes, options?: tg.ReduceOptions) => tg.Tensor;

const cube = (): tg.Tensor => sample([2, 3, 2]);

function reduction(op: string, fn: Reduction): Row[] {
  return [
    row(op, "all axes", { inputs: () => [sample([2, 3])], call: (x) => fn(x) }),
    row(op, "one axis", { inputs: () => [cube()], call: (x) => fn(x, 1) }),
    row(op, "two axes, kept", { inputs: () => [cube()], call: (x) => fn(x, [0, -1], { keepDims: true }) }),
    row(op, "transposed view", { inputs: () => [sample([3, 2])], call: (x) => fn(x.transpose(), -1) }),
  ];
}

const zeros = (): tg.Tensor => f64([[0, 2, 3], [0, 1.5, 0]]);

const reductions: readonly Row[] = [
  ...reduction("sum", tg.sum),
  ...reduction("prod", tg.prod),
  row("prod", "zeros among the factors", { inputs: () => [zeros()], call: (x) => tg.prod(x, 1) }),
  row("prod", "scalar", { inputs: () => [f64(1.5)], call: (x) => tg.prod(x) }),
  row("sum", "scalar", { inputs: () => [f64(1.5)], call: (x) => tg.sum(x) }),
  row("sum", "no axes", { inputs: () => [sample([2, 2])], call: (x) => tg.sum(x, []) }),
  ...reduction("max", tg.max),
  ...reduction("min", tg.min),
  ...reduction("mean", tg.mean),
  ...reduction("variance", tg.variance),
  row("variance", "mean square", {
    inputs: () => [cube()],
    call: (x) => tg.variance(x, 1, { correction: 0 }),
  }),
  row("varMean", "of all", { inputs: () => [cube()], call: (x) => Object.values(tg.varMean(x)) }),
  row("varMean", "mean squares of two axes, kept", {
    inputs: () => [cube()],
    call: (x) => Object.values(tg.varMean(x, [0, 2], { correction: 0, keepDims: true })),
  }),
  row("varMean", "variance alone", { inputs: () => [cube()], call: (x) => tg.varMean(x, 1).variance }),
  row("varMean", "mean alone", { inputs: () => [cube()], call: (x) => tg.varMean(x, -1).mean }),
  ...reduction("std", tg.std),
  ...reduction("logSumExp", tg.logSumExp),
  ...reduction("norm", tg.norm),
  ...[1, 3, 0.5, -1, Infinity, -Infinity].map((order) =>
    row("norm", `order ${order}`, {
      inputs: () => [f64([[0.4, -1.1, 2.3], [-0.7, 1.6, -0.9]])],
      call: (x) => tg.norm(x, 1, { order }),
    })
  ),
];

const product: ElementExpr = {
  name: "product plus",
  expr: tg.e.add(tg.e.mul(tg.e.input(0), tg.e.sin(tg.e.input(1))), tg.e.input(2)),
};

function reduceOf(kind: tg.ReduceKind, axes: number[]): Row {
  return row("reduce", `${kind} of an expression of three, over ${axes.join(" and ")}`, {
    inputs: () => [sample([2, 3]), sample([3], { seed: 1 }), sample([2, 1], { seed: 2 })],
    call: (...inputs) => tg.apply(reduce, inputs, { kind, ...product, axes }),
  });
}

const reducePrimitive: readonly Row[] = [
  ...(["sum", "prod", "max", "min"] as const).flatMap((
    kind,
  ) => [reduceOf(kind, [0]), reduceOf(kind, [0, 1])]),
  row("reduce", "identity over no axes", {
    inputs: () => [sample([3])],
    call: (x) => tg.apply(reduce, [x], { kind: "prod", ...identity, axes: [] }),
  }),
];

const kinds = ["sum", "prod"] as const;

const cumulative: readonly Row[] = [
  ...kinds.flatMap((kind) =>
    [false, true].map((reverse) =>
      row("cumulate", `${kind}, ${reverse ? "from the end" : "from the start"}`, {
        inputs: () => [sample([2, 4])],
        call: (x) => tg.apply(cumulate, [x], { kind, axis: 1, reverse }),
      })
    )
  ),
  ...[false, true].map((reverse) =>
    row("cumulate", `linear, ${reverse ? "from the end" : "from the start"}`, {
      inputs: () => [sample([4, 2]), sample([4, 2], { seed: 1 })],
      call: (a, b) => tg.apply(cumulate, [a, b], { kind: "linear", axis: 0, reverse }),
    })
  ),
  row("cumsum", "last axis", { inputs: () => [sample([2, 3])], call: (x) => tg.cumsum(x, -1) }),
  row("cumsum", "first axis of a view", {
    inputs: () => [sample([2, 3])],
    call: (x) => tg.cumsum(x.transpose(), 0),
  }),
  row("cumsum", "scalar", { inputs: () => [f64(2)], call: (x) => tg.cumsum(x, 0) }),
  row("cumprod", "last axis", { inputs: () => [sample([2, 3])], call: (x) => tg.cumprod(x, -1) }),
  row("cumprod", "zeros among the factors", { inputs: () => [zeros()], call: (x) => tg.cumprod(x, 1) }),
  row("linearRecurrence", "one shape", {
    inputs: () => [sample([2, 3]), sample([2, 3], { seed: 1 })],
    call: (a, b) => tg.linearRecurrence(a, b, 1),
  }),
  row("linearRecurrence", "one factor", {
    inputs: () => [f64(0.6), sample([4])],
    call: (a, b) => tg.linearRecurrence(a, b, 0),
  }),
];

const ordered: readonly Row[] = [
  row("cummax", "last axis", { inputs: () => [sample([2, 4])], call: (x) => tg.cummax(x, 1).values }),
  row("cummin", "first axis", { inputs: () => [sample([4, 2])], call: (x) => tg.cummin(x, 0).values }),
  row("sort", "last axis", { inputs: () => [sample([2, 4])], call: (x) => tg.sort(x).values }),
  row("sort", "first axis, descending", {
    inputs: () => [sample([4, 2])],
    call: (x) => tg.sort(x, 0, { descending: true }).values,
  }),
  row("topk", "largest", { inputs: () => [sample([2, 5])], call: (x) => tg.topk(x, 3).values }),
  row("topk", "smallest along the first axis", {
    inputs: () => [sample([5, 2])],
    call: (x) => tg.topk(x, 2, { axis: 0, largest: false }).values,
  }),
];

/** Rows of reductions, running totals and sorting. */
export const reductionRows: readonly Row[] = [...reductions, ...reducePrimitive, ...cumulative, ...ordered];
