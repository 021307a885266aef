/** How close we must be to PyTorch. */
import type { DType } from "@tapegrad/core";
import { elementwise, torchNames } from "../../../backends/conformance/ops/elementwise.ts";

/** Elements differ by no more than `absolute + relative·|expected|`. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
  /** Whether `relative` is of the largest element of the tensor. */
  readonly ofLargest?: boolean;
  /** Whether we may have a number where PyTorch has NaN. */
  readonly excusesNaN?: boolean;
}

/** Why and by how much PyTorch's digits are fewer, or lost. */
interface Exception {
  readonly relative?: number;
  /** The relative tolerance where f64 became f32. */
  readonly rounded?: number;
  readonly excusesNaN?: boolean;
  /** The reason; not read by anything. */
  readonly why?: string;
}

/** The smallest magnitude that counts, as a multiple of the relative tolerance. */
const FLOOR = 1e-2;

const STRICT = 1e-10;

/** For results of PyTorch's in single precision. */
const SINGLE = 1e-6;

/** For backends without f64, of the largest element: the inputs are rounded too, and what cancels is lost. */
const ROUNDED = 1e-3;

// Of operators that are no elementwise op of ours, whose rows say it themselves.
const exceptions: readonly (Exception & { readonly operators: RegExp })[] = [
  { operators: /mvlgamma.*/, ...elementwise.lgamma.parity },
  {
    operators: /nn\.functional\.binary_cross_entropy/,
    relative: 1e-8,
    why: "PyTorch adds 1e-12 to p(1 - p) in the second derivative",
  },
  {
    operators: /logcumsumexp/,
    relative: 1e-8,
    why: "PyTorch's second derivative has noise of 1e-12 where it is 0",
  },
  {
    operators: /native_layer_norm/,
    relative: 1e-9,
    why: "PyTorch's result for a single element is not quite 0",
  },
  {
    operators: /nn\.functional\.normalize/,
    rounded: 1e-2,
    why: "in the second derivative of the norm of order ½ terms of 1e3 cancel",
  },
  {
    operators: /linalg\.householder_product/,
    relative: 1e-8,
    why:
      "PyTorch divides by what cancels: of -342.105371019954162 in 60 digits it has -342.10537120 and we all of f64",
  },
  { operators: /half/, relative: 1e-3, why: "in forward mode too halves are rounded" },
  { operators: /cov/, relative: 1e-5, why: "weights and their sums are in single precision" },
  {
    operators: /linalg\.norm\.subgradients_at_zero|masked\.logaddexp/,
    excusesNaN: true,
    why: "PyTorch's second derivative is NaN at zero and at two numbers masked out; ours is 0",
  },
];

/** Operators of which PyTorch's gradients are no answer, and why: values alone are compared. */
export const valuesAlone: ReadonlyMap<string, string> = new Map([
  ["as_strided_scatter", "the gradient to what is written into is memory that PyTorch never wrote to"],
]);

const ofRows: ReadonlyMap<string, Exception> = new Map(
  Object.entries(elementwise).flatMap(([op, { parity }]) =>
    parity ? torchNames(op).map((name) => [name, parity] as const) : []
  ),
);

/** What is said beside the rows of an operator's digits. */
export function otherExceptionOf(op: string): Exception | undefined {
  return exceptions.find(({ operators }) => new RegExp(`^(?:${operators.source})$`).test(op));
}

/** The tolerance for results of a dtype in samples where f64 became `float`. */
export function toleranceOf(op: string, dtype: DType, float: DType): Tolerance {
  if (dtype !== "f32" && dtype !== "f64") return { relative: 0, absolute: 0 };
  const exception = ofRows.get(op) ?? otherExceptionOf(op);
  const excusesNaN = exception?.excusesNaN ?? false;
  if (float === "f32") {
    const relative = exception?.rounded ?? ROUNDED;
    return { relative, absolute: relative / 10, ofLargest: true, excusesNaN };
  }
  const relative = exception?.relative ?? STRICT;
  if (dtype === "f32") return { relative: Math.max(relative, SINGLE), absolute: Math.max(relative, SINGLE) };
  return { relative, absolute: relative * FLOOR, excusesNaN };
}
