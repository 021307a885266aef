/** What the elementwise ops of the reference file are here, and how closely they must agree. */
import * as core from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import type { Column } from "./compare.ts";

/** An op on as many tensors as it has operands. */
export type Op = (...inputs: Tensor[]) => Tensor;

/** Largest difference in units of the last place, for the value and the gradients. */
export interface Row {
  readonly f64: number;
  readonly f32: number;
  /** A size below which units do not shrink, by column and input: that of the terms which cancel there. */
  readonly size?: Readonly<Record<string, (x: number) => number>>;
  /** Why more than 2 units, a size, or an answer better than PyTorch's. */
  readonly why?: string;
}

const exact: Row = { f64: 0, f32: 0 };
const close: Row = { f64: 2, f32: 2 };

function rows(names: string, row: Row): Record<string, Row> {
  return Object.fromEntries(names.split(" ").map((name) => [name, row]));
}

/** Every elementwise op of the reference file; where `exact_values.json` has a point, its value counts too. */
export const table: Readonly<Record<string, Row>> = {
  ...rows("add sub mul div reciprocal neg abs sign square sqrt floor ceil round trunc frac", exact),
  ...rows("maximum minimum fmax fmin remainder fmod floorDivide copysign where clamp lerp", exact),
  ...rows("equal notEqual less lessEqual greater greaterEqual", exact),
  ...rows("logicalAnd logicalOr logicalXor logicalNot isNaN isFinite isInfinite", exact),
  ...rows("relu relu6 leakyRelu hardtanh hardshrink softshrink", exact),
  ...rows("exp exp2 log log1p log2 log10 pow hypot xlogy erf erfc", close),
  ...rows("sin cos tan atan sinh cosh softplus logSigmoid hardswish", close),
  rsqrt: { f64: 2, f32: 4, why: "the gradient is the cube of the value, which f32 has rounded" },
  tanh: { f64: 2, f32: 3, why: "1 - y² of a y that f32 has rounded" },
  tanhshrink: {
    ...close,
    size: { y: Math.abs },
    why: "x - tanh(x) and 1 - (1 - t²) cancel near 0 in PyTorch",
  },
  sinc: {
    ...close,
    size: { y: () => 1, dy: (x) => 1 / Math.max(1, Math.abs(x)) },
    why: "PyTorch rounds πx; its gradient cancels; the terms of ours are of size 1/x",
  },
  expm1: { ...close, why: "eˣ, where PyTorch adds 1 to the value and loses its digits below -1" },
  ...rows("asinh acosh atan2", { ...close, why: "in f32 PyTorch's x² overflows from 2e19 on" }),
  ...rows("asin acos atanh", { ...close, why: "PyTorch's 1 - x² is rounded" }),
  erfinv: {
    f64: 4,
    f32: 5,
    why: "PyTorch is 17,000 units off near 1; the gradient is e to the value's square",
  },
  lgamma: {
    ...close,
    size: { y: (x) => x < 0 ? 1 : 0 },
    why: "reflection below 0 subtracts logarithms; PyTorch's digamma, its gradient, is 47 units off",
  },
  digamma: {
    ...close,
    why: "PyTorch's gradient is good to 5e-10 and noise at the poles; we have Infinity there",
  },
  sigmoid: { ...close, why: "PyTorch's value underflows from -88 (f32) and -710 (f64) on" },
  silu: { ...close, why: "as sigmoid" },
  ...rows("elu celu selu", { ...close, why: "expm1(x), where PyTorch 1.13 has exp(x) - 1" }),
  gelu: { f64: 4, f32: 2, why: "PyTorch's 1 + erf(x) cancels below 0" },
  geluTanh: { f64: 64, f32: 2, why: "PyTorch's 1 + tanh(u) cancels below 0; e^2u multiplies rounding by 2u" },
  mish: { ...close, why: "PyTorch's (1 + eˣ)² loses eˣ below -16 in f32" },
  hardsigmoid: { ...close, why: "PyTorch's gradient is 1/6 rounded to f32, in f64 too" },
  softsign: { ...close, why: "1/(1 + |x|)², where PyTorch subtracts two nearly equal quotients" },
  logaddexp: { ...close, why: "PyTorch loses the smaller of two exponentials beside the larger" },
};

/** Ops of the reference file that are not ours, and why; a name that core exports may not stand here. */
export const absent: Readonly<Record<string, string>> = {
  logaddexp2: "not among the ops of the first issue; log2 and logaddexp compose it",
};

/** The op of a row. */
export function opOf(name: string): Op {
  return (core as unknown as Record<string, Op>)[name];
}

/** An answer that differs from PyTorch's on purpose. */
export interface Exception {
  readonly op: string;
  readonly column: string;
  readonly inputs: readonly number[];
  readonly ours: number;
  readonly why: string;
  /** The one dtype where it differs. */
  readonly dtype?: Column;
}

const zeros = "which of 0 and -0 is larger depends on PyTorch's vector width; to us -0 is smaller";
const loops = "PyTorch's vector loop answers this, its scalar loop what we do";
const underflow = "a sum of terms that underflow from both sides";

/** Single answers that differ from PyTorch 1.13's, which is accepted as well. */
export const exceptions: readonly Exception[] = [
  { op: "maximum", column: "y", inputs: [0, -0], ours: 0, why: zeros },
  { op: "minimum", column: "y", inputs: [-0, 0], ours: -0, why: zeros },
  { op: "fmax", column: "y", inputs: [-0, 0], ours: 0, why: zeros },
  { op: "fmin", column: "y", inputs: [0, -0], ours: -0, why: zeros },
  { op: "relu", column: "y", inputs: [-0], ours: 0, why: zeros },
  { op: "relu6", column: "y", inputs: [-0], ours: 0, why: zeros },
  { op: "relu6", column: "dy", inputs: [NaN], ours: 1, why: loops },
  { op: "elu", column: "dy", inputs: [NaN], ours: 1, why: loops },
  { op: "elu", column: "y", inputs: [-0], ours: -0, why: "expm1 keeps the sign" },
  { op: "celu", column: "y", inputs: [-0], ours: -0, why: "expm1 keeps the sign" },
  { op: "selu", column: "y", inputs: [-0], ours: -0, why: "expm1 keeps the sign" },
  { op: "gelu", column: "y", inputs: [-0], ours: -0, why: "as PyTorch in f64", dtype: "f32" },
  { op: "geluTanh", column: "dy", inputs: [-1e30], ours: 0, why: underflow, dtype: "f32" },
  { op: "silu", column: "dy", inputs: [-1e4], ours: 0, why: underflow },
  { op: "silu", column: "dy", inputs: [-1e30], ours: 0, why: underflow },
  { op: "silu", column: "dy", inputs: [-3.5e38], ours: 0, why: underflow, dtype: "f64" },
  { op: "hardsigmoid", column: "dy", inputs: [NaN], ours: 1 / 6, why: "the value is NaN, no bound" },
  { op: "hardswish", column: "y", inputs: [-Infinity], ours: -0, why: "PyTorch multiplies -Infinity by 0" },
  {
    op: "softshrink",
    column: "dy",
    inputs: [NaN],
    ours: 0,
    why: "the value is the constant 0, as PyTorch's",
  },
  { op: "hardswish", column: "dy", inputs: [3], ours: 1.5, why: loops },
  { op: "softsign", column: "dy", inputs: [Infinity], ours: 0, why: "the limit, not ∞/∞" },
  { op: "softsign", column: "dy", inputs: [-Infinity], ours: 0, why: "the limit, not ∞/∞" },
  { op: "digamma", column: "dy", inputs: [-Infinity], ours: Infinity, why: "as at every other pole" },
];
