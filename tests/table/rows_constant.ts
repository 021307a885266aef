/** Rows of ops through which no gradient flows, and exports that have no row at all. */
import * as tg from "@tapegrad/core";
import { countTo, sortOrder } from "../../core/primitives/ordered.ts";
import { f64, i32, type Row, sample } from "./row.ts";

function cut(op: string, why: string, inputs: () => tg.Tensor[], call: tg.Checked): Row {
  return { op, name: why, why, inputs, call };
}

function flat(op: string, fn: tg.UnaryOp): Row {
  return {
    op,
    name: "steps",
    why: "constant between steps",
    flat: true,
    inputs: () => [sample([2, 3])],
    call: (x) => fn(x),
  };
}

const pair = (): tg.Tensor[] => [sample([2, 3]), sample([3], { seed: 1 })];
const lone = (): tg.Tensor[] => [sample([2, 3])];

const comparisons: readonly Row[] = ([
  ["equal", tg.equal],
  ["notEqual", tg.notEqual],
  ["less", tg.less],
  ["lessEqual", tg.lessEqual],
  ["greater", tg.greater],
  ["greaterEqual", tg.greaterEqual],
  ["logicalAnd", tg.logicalAnd],
  ["logicalOr", tg.logicalOr],
  ["logicalXor", tg.logicalXor],
] as const).map(([op, fn]) => cut(op, "gives truth values", pair, (a, b) => fn(a, b)));

const questions: readonly Row[] = ([
  ["logicalNot", tg.logicalNot],
  ["isNaN", tg.isNaN],
  ["isFinite", tg.isFinite],
  ["isInfinite", tg.isInfinite],
  ["any", tg.any],
  ["all", tg.all],
] as const).map(([op, fn]) => cut(op, "gives truth values", lone, (x) => fn(x)));

const bits: readonly Row[] = ([
  ["bitwiseAnd", tg.bitwiseAnd],
  ["bitwiseOr", tg.bitwiseOr],
  ["bitwiseXor", tg.bitwiseXor],
  ["shiftLeft", tg.shiftLeft],
  ["shiftRight", tg.shiftRight],
] as const).map(([op, fn]) =>
  cut(op, "takes integers only", () => [i32([5, 6]), i32([3, 1])], (a, b) => fn(a, b))
);

const positions: readonly Row[] = [
  cut("argmax", "gives positions", lone, (x) => tg.argmax(x, 1)),
  cut("argmin", "gives positions", lone, (x) => tg.argmin(x)),
  cut("argsort", "gives positions", lone, (x) => tg.argsort(x)),
  cut(
    "argsort",
    "gives positions, as a primitive",
    lone,
    (x) => tg.apply(sortOrder, [x], { axis: 0, descending: true }),
  ),
  cut("sort", "the indices are positions", lone, (x) => tg.sort(x).indices),
  cut("topk", "the indices are positions", lone, (x) => tg.topk(x, 2).indices),
  cut("cummax", "the indices are positions", lone, (x) => tg.cummax(x, 1).indices),
  cut("cummin", "the indices are positions", lone, (x) => tg.cummin(x, 1).indices),
  cut("cumulate", "the position of the largest so far is a position", lone, (x) => tg.cummax(x, 0).indices),
  cut("oneHot", "takes positions", () => [i32([0, 2, 1])], (x) => tg.oneHot(x, 3)),
  cut(
    "iota",
    "has no input",
    () => [],
    () => tg.apply(countTo, [], { length: 4 }),
  ),
  cut("to", "integers carry no gradient", lone, (x) => tg.to(x, "i32")),
  cut(
    "bernoulli",
    "draws; the number drawn does not move with p",
    () => [f64([0.2, 0.9])],
    (p) => tg.bernoulli(p, { key: tg.key(3) }),
  ),
];

const steps: readonly Row[] = [
  flat("floor", tg.floor),
  flat("ceil", tg.ceil),
  flat("trunc", tg.trunc),
  flat("round", tg.round),
  flat("sign", tg.sign),
  {
    ...flat("floorDivide", tg.floor),
    inputs: () => [sample([2, 3]), sample([3], { low: 0.7, high: 1.3, seed: 1 })],
    call: (a, b) => tg.floorDivide(a, b),
  },
];

/** Rows of ops through which no gradient flows. */
export const constantRows: readonly Row[] = [
  ...comparisons,
  ...questions,
  ...bits,
  ...positions,
  ...steps,
];

const makes = "takes no tensor to differentiate by: it makes one";
const like = "reads the shape, dtype and backend of its argument, not its elements";
const generator = "moves the generator of random numbers and touches no tensor";

/** Ops that need no row, with the reason. */
export const exempt: Readonly<Record<string, string>> = {
  tensor: makes,
  fromArray: makes,
  variable: makes,
  full: makes,
  zeros: makes,
  ones: makes,
  arange: makes,
  linspace: makes,
  eye: makes,
  uniform: makes,
  normal: makes,
  randint: makes,
  randomBits: makes,
  permutation: makes,
  zerosLike: like,
  onesLike: like,
  fullLike: like,
  var: "the same as variance",
  update: "changes its first input in place, off the tape",
};

/** What `core/ops/mod.ts` exports that is no op, with the reason. */
export const notOps: Readonly<Record<string, string>> = {
  key: generator,
  splitKey: generator,
  nextKey: generator,
  drawKey: generator,
  manualSeed: generator,
  randomState: generator,
  setRandomState: generator,
};
