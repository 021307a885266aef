/** Samples of elementwise ops beside the regular ones, or of operands that are not alike. */
import * as tg from "@tapegrad/core";
import { regularRows } from "./elementwise.ts";
import { bools, f64, i32, type Row, row, sample } from "./row.ts";

const edges: readonly Row[] = [
  row("pow", "negative base", { inputs: () => [f64([-1.3, -0.4])], call: (x) => tg.pow(x, 3) }),
  row("pow", "square at zero", { inputs: () => [f64([0, 1])], call: (x) => tg.pow(x, 2) }),
  row("lgamma", "negative", { inputs: () => [f64([-0.5, -1.4, -2.7])], call: (x) => tg.lgamma(x) }),
  row("hardtanh", "tensors", {
    inputs: () => [f64([[-4, -2.2, -0.8, -0.3], [0.2, 0.7, 2.1, 7]]), f64(-2.5), f64([[0.5], [3]])],
    call: (x, low, high) => tg.hardtanh(x, low, high),
  }),
];

const orders: readonly Row[] = [
  row("polygamma", "first", {
    inputs: () => [sample([4], { low: 0.3, high: 2.5 })],
    call: (x) => tg.polygamma(1, x),
  }),
  row("polygamma", "orders that broadcast", {
    inputs: () => [i32([[0], [2]]), sample([3], { low: 0.8, high: 3 })],
    call: (n, x) => tg.polygamma(n, x),
  }),
];

const polynomials = Object.entries(tg.special).filter(([name]) => name.includes("Polynomial"));

const ofSpecial: readonly Row[] = [
  ...polynomials.map(([name, fn]) =>
    row(`special.${name}`, "orders that broadcast", {
      inputs: () => [sample([3], { low: -1.5, high: 1.5 }), i32([[0], [2], [5]])],
      call: (x, n) => (fn as tg.BinaryOp)(x, n),
    })
  ),
  ...(["gammainc", "gammaincc"] as const).map((name) =>
    row(`special.${name}`, "shapes that broadcast", {
      inputs: () => [i32([[1], [3]]), sample([4], { low: 0.3, high: 6 })],
      call: (a, x) => tg.special[name](a, x),
    })
  ),
  row("special.zeta", "exponents that broadcast", {
    inputs: () => [i32([[2], [3]]), sample([4], { low: 0.3, high: 6 })],
    call: (s, q) => tg.special.zeta(s, q),
  }),
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
  row("clamp", "cells", {
    inputs: () => [f64([-2, -0.5, 0.3, 0.9, 3])],
    call: (x) => tg.clamp(x, new tg.Scalar("low", -1), new tg.Scalar("high", 1)),
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

type Added = (x: tg.Tensor, a: tg.Tensor, b: tg.Tensor, value?: tg.TensorLike) => tg.Tensor;

function added(op: string, fn: Added): Row[] {
  const inputs = (): tg.Tensor[] => [
    sample([2, 3]),
    sample([2, 1], { seed: 1 }),
    sample([3], { seed: 2, low: 0.3 }),
  ];
  return [
    row(op, "broadcast", { inputs, call: (x, a, b) => fn(x, a, b) }),
    row(op, "number", { inputs, call: (x, a, b) => fn(x, a, b, -0.4) }),
    row(op, "tensor", {
      inputs: () => [...inputs(), f64([[0.3], [-2]])],
      call: (...all) => fn(...all as [tg.Tensor, tg.Tensor, tg.Tensor, tg.Tensor]),
    }),
  ];
}

const chances = (): tg.Tensor => sample([2, 4], { low: 0.02, high: 0.98 });

const optional: readonly Row[] = [
  ...added("addcmul", tg.addcmul),
  ...added("addcdiv", tg.addcdiv),
  row("logit", "chances", { inputs: () => [chances()], call: (x) => tg.logit(x) }),
  row("logit", "limited", { inputs: () => [chances()], call: (x) => tg.logit(x, 0.1) }),
  row("nanToNum", "numbers", { inputs: () => [sample([2, 3])], call: (x) => tg.nanToNum(x) }),
  row("nanToNum", "what is replaced", {
    inputs: () => [sample([4])],
    call: (x) => tg.nanToNum(tg.where(x.greater(0), x, Infinity), { posinf: 2 }),
  }),
  row("frexp", "mantissas", {
    inputs: () => [f64([0.3, -1.7, 5, 1000.5])],
    call: (x) => tg.frexp(x).mantissa,
  }),
  row("mvlgamma", "of dimension 3", {
    inputs: () => [sample([2, 3], { low: 1.4, high: 4 })],
    call: (x) => tg.mvlgamma(x, 3),
  }),
  row("add", "alpha", {
    inputs: () => [sample([2, 1]), sample([3], { seed: 1 })],
    call: (a, b) => tg.add(a, b, { alpha: -1.5 }),
  }),
  row("sub", "alpha", {
    inputs: () => [sample([2, 1]), sample([3], { seed: 1 })],
    call: (a, b) => tg.sub(a, b, { alpha: 0.3 }),
  }),
  row("softplus", "sharper, of a threshold", {
    inputs: () => [sample([7], { low: -3, high: 3 })],
    call: (x) => tg.softplus(x, { beta: 2, threshold: 3 }),
  }),
  row("gelu", "by tanh", { inputs: () => [sample([5])], call: (x) => tg.gelu(x, { approximate: "tanh" }) }),
];

/** Rows of elementwise ops. */
export const elementwiseRows: readonly Row[] = [
  ...regularRows,
  ...edges,
  ...orders,
  ...ofSpecial,
  ...choice,
  ...optional,
];
