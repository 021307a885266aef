/** Rows of ops that are not elementwise and through which no gradient flows, and exports that have no row at all. */
import * as tg from "@tapegrad/core";
import { notMethods } from "../../core/method_names.ts";
import { countTo, sortOrder } from "../../core/primitives/ordered.ts";
import { cut, f64, i32, type Row, sample } from "./row.ts";

const lone = (): tg.Tensor[] => [sample([2, 3])];

const questions: readonly Row[] = ([
  ["any", tg.any],
  ["all", tg.all],
] as const).map(([op, fn]) => cut(op, "gives truth values", lone, (x) => fn(x)));

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

/** Rows of ops through which no gradient flows. */
export const constantRows: readonly Row[] = [...questions, ...positions];

const makes = "takes no tensor to differentiate by: it makes one";
const like = "reads the shape, dtype and backend of its argument, not its elements";
const readAtOnce = ["nonzeroSync", "maskedSelectSync", "uniqueSync", "uniqueConsecutiveSync"];
const generator = "moves the generator of random numbers and touches no tensor";

function all(names: readonly string[], reason: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

/** Ops that need no row, with the reason. */
export const exempt: Readonly<Record<string, string>> = {
  ...all(
    [...notMethods.makers, "sinusoidalPositions", "fft.fftfreq", "fft.rfftfreq", "random.orthogonal"],
    makes,
  ),
  ...all(
    "bartlett hann hamming generalHamming blackman nuttall generalCosine cosine exponential gaussian kaiser"
      .split(" ").map((name) => `windows.${name}`),
    makes,
  ),
  ...all(["zerosLike", "onesLike", "fullLike"], like),
  ...all(["logspace", "geomspace", "trilIndices", "triuIndices"], makes),
  ...all(["allClose", "allEqual"], "gives a truth value that is no tensor"),
  ...all(readAtOnce, "the same without Sync, read at once"),
  var: "the same as variance",
  update: "changes its first input in place, off the tape",
};

/** What `core/ops/mod.ts` exports that is no op, with the reason. */
export const notOps: Readonly<Record<string, string>> = all(notMethods.ofGenerator, generator);
