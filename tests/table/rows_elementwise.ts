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

/** Rows of elementwise ops. */
export const elementwiseRows: readonly Row[] = [...regularRows, ...edges, ...orders, ...choice];
