/** Single answers of elementwise ops that differ from PyTorch 1.13's, and ops of the reference file that are not ours. */
import type { Column } from "./compare.ts";

/** Ops of the reference file that are not ours, and why; a name that core exports may not stand here. */
export const absent: Readonly<Record<string, string>> = {};

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
const subnormal = "where f32 is not computed in double precision, exp(-100) has two digits";

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
  {
    op: "sigmoid",
    column: "dy",
    inputs: [37],
    ours: 2 ** -53,
    why: "y rounds to 1 or to what is next to it",
  },
  { op: "silu", column: "dy", inputs: [-100], ours: -3.745670795140236e-42, why: subnormal, dtype: "f32" },
  { op: "mish", column: "dy", inputs: [-100], ours: -3.745670795140236e-42, why: subnormal, dtype: "f32" },
  { op: "silu", column: "dy", inputs: [-710], ours: 0, why: underflow, dtype: "f32" },
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
