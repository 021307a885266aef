/** The ops of structured cases: parity's operators, and what they may be off by the rows of our ops. */
import * as t from "@tapegrad/core";
import { composites } from "../../../backends/conformance/ops/composites.ts";
import { elementwise } from "../../../backends/conformance/ops/elementwise.ts";
import { close } from "../../../backends/conformance/ops/row.ts";
import { Call, NAMED, type Operator, resultsOf } from "../parity/call.ts";
import { operators } from "../parity/operators.ts";
import type { Value } from "../parity/sample.ts";
import type { StructuredRow } from "./structured.ts";

type Special = StructuredRow["special"];

/** The call of PyTorch's operator `by`, or of an operator that parity has not. */
function calling(by: string | Operator): StructuredRow["call"] {
  const operator = typeof by === "string" ? operators.get(by)! : by;
  return (inputs, kwargs) => resultsOf(operator(new Call(inputs, kwargs as Readonly<Record<string, Value>>)));
}

/** What an op is held to that calls `by`. */
function row(op: string, by: string | Operator): StructuredRow {
  return { call: calling(by), special: (composites[op] ?? elementwise[op]).special! };
}

// PyTorch has another operator over an axis, which gives positions too.
function extremum(op: "max" | "min"): StructuredRow {
  return row(op, (c) => {
    const kind = c.value(NAMED, "dim") === undefined ? "no" : "with";
    return operators.get(`${op}.reduction_${kind}_dim`)!(c);
  });
}

function position(op: t.PositionOp): Operator {
  return (c) => op(c.tensor(0), c.maybeNumber(NAMED, "dim"), c.keep(NAMED));
}

function argsort(c: Call): t.Tensor {
  return t.argsort(c.tensor(0), c.number(NAMED, "dim"), { descending: c.flag(NAMED, "descending", false) });
}

function norm(c: Call): t.Tensor {
  return t.norm(c.tensor(0), c.maybeIntegers(NAMED, "dim"), {
    order: c.number(NAMED, "ord"),
    ...c.keep(NAMED),
  });
}

/** Every op of the structured cases that core has. */
export const table: Readonly<Record<string, StructuredRow>> = {
  sum: row("sum", "sum"),
  mean: row("mean", "mean"),
  prod: row("prod", "prod"),
  max: extremum("max"),
  min: extremum("min"),
  amax: row("max", "amax"),
  amin: row("min", "amin"),
  argmax: row("argmax", position(t.argmax)),
  argmin: row("argmin", position(t.argmin)),
  any: row("any", (c) => t.any(c.tensor(0), c.axes(NAMED))),
  all: row("all", (c) => t.all(c.tensor(0), c.axes(NAMED))),
  var: row("variance", "var"),
  std: row("std", "std"),
  logSumExp: row("logSumExp", "logsumexp"),
  norm: row("norm", norm),
  cumsum: row("cumsum", "cumsum"),
  cumprod: row("cumprod", "cumprod"),
  cummax: row("cummax", "cummax"),
  cummin: row("cummin", "cummin"),
  softmax: row("softmax", "softmax"),
  logSoftmax: row("logSoftmax", "log_softmax"),
  sort: row("sort", "sort"),
  argsort: row("argsort", argsort),
  topk: row("topk", "topk"),
  clamp: row("clamp", "clamp"),
};

const ofLoss: Special = {
  ...close,
  gradientSize: Number.MIN_VALUE,
  why: "a gradient of 0 may have either sign",
};

/** The losses of the structured cases, by PyTorch's names for them. */
export const losses: Readonly<Record<string, StructuredRow>> = Object.fromEntries(
  Object.entries({
    mse: "mse_loss",
    l1: "l1_loss",
    bce: "binary_cross_entropy",
    bceWithLogits: "binary_cross_entropy_with_logits",
    crossEntropy: "cross_entropy",
    huber: "huber_loss",
    smoothL1: "smooth_l1_loss",
  }).map(([loss, name]) => [loss, { call: calling(`nn.functional.${name}`), special: ofLoss }]),
);
