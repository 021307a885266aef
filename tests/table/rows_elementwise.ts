/** Rows of elementwise arithmetic, mathematics and choice. */
import * as tg from "@tapegrad/core";
import { binary, bools, f64, i32, type Row, row, sample, type SampleOptions, unary } from "./row.ts";

const positive: SampleOptions = { low: 0.3, high: 2.5 };
const inside: SampleOptions = { low: -0.8, high: 0.8 };
const aboveOne: SampleOptions = { low: 1.2, high: 3 };

const arithmetic: readonly Row[] = [
  ...binary("add", tg.add),
  ...binary("sub", tg.sub),
  ...binary("mul", tg.mul),
  ...binary("div", tg.div, {}, positive),
  ...binary("pow", tg.pow, positive, { low: -1.5, high: 2.4 }),
  row("pow", "negative base", { inputs: () => [f64([-1.3, -0.4])], call: (x) => tg.pow(x, 3) }),
  row("pow", "square at zero", { inputs: () => [f64([0, 1])], call: (x) => tg.pow(x, 2) }),
  ...binary("remainder", tg.remainder, { low: -2, high: 2 }, { low: 0.9, high: 1.4 }),
  ...binary("fmod", tg.fmod, { low: -2, high: 2 }, { low: 0.9, high: 1.4 }),
  ...binary("maximum", tg.maximum),
  ...binary("minimum", tg.minimum),
  ...binary("fmax", tg.fmax),
  ...binary("fmin", tg.fmin),
  ...binary("hypot", tg.hypot),
  ...binary("copysign", tg.copysign),
  ...unary("neg", tg.neg),
  ...unary("abs", tg.abs),
  ...unary("square", tg.square),
  ...unary("sqrt", tg.sqrt, positive),
  ...unary("rsqrt", tg.rsqrt, positive),
  ...unary("reciprocal", tg.reciprocal, positive),
  ...unary("frac", tg.frac),
];

const mathematics: readonly Row[] = [
  ...unary("exp", tg.exp),
  ...unary("exp2", tg.exp2),
  ...unary("expm1", tg.expm1),
  ...unary("log", tg.log, positive),
  ...unary("log1p", tg.log1p, { low: -0.6, high: 2 }),
  ...unary("log2", tg.log2, positive),
  ...unary("log10", tg.log10, positive),
  ...unary("sin", tg.sin),
  ...unary("cos", tg.cos),
  ...unary("tan", tg.tan, { low: -1.2, high: 1.2 }),
  ...unary("asin", tg.asin, inside),
  ...unary("acos", tg.acos, inside),
  ...unary("atan", tg.atan),
  ...binary("atan2", tg.atan2),
  ...unary("sinh", tg.sinh),
  ...unary("cosh", tg.cosh),
  ...unary("tanh", tg.tanh),
  ...unary("asinh", tg.asinh),
  ...unary("acosh", tg.acosh, aboveOne),
  ...unary("atanh", tg.atanh, inside),
  ...unary("sinc", tg.sinc),
  ...unary("erf", tg.erf),
  ...unary("erfc", tg.erfc),
  ...unary("erfinv", tg.erfinv, inside),
  ...unary("lgamma", tg.lgamma, positive),
  row("lgamma", "negative", { inputs: () => [f64([-0.5, -1.4, -2.7])], call: (x) => tg.lgamma(x) }),
  ...unary("digamma", tg.digamma, positive),
  row("polygamma", "first", { inputs: () => [sample([4], positive)], call: (x) => tg.polygamma(1, x) }),
  row("polygamma", "orders that broadcast", {
    inputs: () => [i32([[0], [2]]), sample([3], { low: 0.8, high: 3 })],
    call: (n, x) => tg.polygamma(n, x),
  }),
  ...binary("logaddexp", tg.logaddexp),
  ...binary("xlogy", tg.xlogy, {}, positive),
  ...binary("xlog1py", tg.xlog1py, {}, { low: -0.6, high: 2 }),
];

const mask = (): tg.Tensor => bools([[true, false, true], [false, false, true]]);

const choice: readonly Row[] = [
  row("where", "one shape", {
    inputs: () => [mask(), sample([2, 3]), sample([2, 3], { seed: 1 })],
    call: (c, a, b) => tg.where(c, a, b),
  }),
  row("where", "broadcast", {
    inputs: () => [mask(), sample([3]), sample([2, 1], { seed: 1 })],
    call: (c, a, b) => tg.where(c, a, b),
  }),
  row("where", "number", { inputs: () => [mask(), sample([2, 3])], call: (c, a) => tg.where(c, a, 0.5) }),
  row("clamp", "numbers", {
    inputs: () => [f64([-2, -0.5, 0.3, 0.9, 3])],
    call: (x) => tg.clamp(x, -1, 1),
  }),
  row("clamp", "tensors that broadcast", {
    inputs: () => [sample([2, 3]), f64([-1.1, -0.7, 0.8]), f64([[1.3], [0.4]])],
    call: (x, low, high) => tg.clamp(x, low, high),
  }),
  row("maskedFill", "tensor", {
    inputs: () => [sample([2, 3]), mask(), f64(0.7)],
    call: (x, m, value) => tg.maskedFill(x, m, value),
  }),
  row("maskedFill", "broadcast and number", {
    inputs: () => [sample([3]), mask()],
    call: (x, m) => tg.maskedFill(x, m, -1),
  }),
  row("lerp", "broadcast", {
    inputs: () => [sample([3]), sample([2, 1], { seed: 1 }), f64([[0.2, 0.4, 0.9], [0.6, -0.3, 1.4]])],
    call: (a, b, w) => tg.lerp(a, b, w),
  }),
  row("lerp", "number", {
    inputs: () => [sample([3]), sample([3], { seed: 1 })],
    call: (a, b) => tg.lerp(a, b, 0.25),
  }),
];

/** Rows of elementwise ops. */
export const elementwiseRows: readonly Row[] = [...arithmetic, ...mathematics, ...choice];
