/** How close we must be to PyTorch. */
import type { DType } from "@tapegrad/core";

/** Elements differ by no more than `absolute + relative·|expected|`. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
  /** Whether `relative` is of the largest element of the tensor. */
  readonly ofLargest?: boolean;
  /** Whether we may have a number where PyTorch has NaN. */
  readonly excusesNaN?: boolean;
}

/** Operators in which PyTorch's digits are fewer, or lost. */
interface Exception {
  readonly operators: RegExp;
  readonly relative?: number;
  /** The relative tolerance where f64 became f32. */
  readonly rounded?: number;
  readonly excusesNaN?: boolean;
  /** The reason; not read by anything. */
  readonly because: string;
}

/** The smallest magnitude that counts, as a multiple of the relative tolerance. */
const FLOOR = 1e-2;

const STRICT = 1e-10;

/** For results of PyTorch's in single precision. */
const SINGLE = 1e-6;

/** For backends without f64, of the largest element: the inputs are rounded too, and what cancels is lost. */
const ROUNDED = 1e-3;

const exceptions: readonly Exception[] = [
  {
    operators: /digamma|lgamma.*|mvlgamma.*|(special\.)?polygamma.*/,
    relative: 1e-9,
    because: "PyTorch's trigamma is good to 5e-10",
  },
  {
    operators: /nn\.functional\.binary_cross_entropy/,
    relative: 1e-8,
    because: "PyTorch adds 1e-12 to p(1 - p) in the second derivative",
  },
  {
    operators: /nn\.functional\.hardsigmoid/,
    relative: 1e-7,
    because: "PyTorch's sixth is one of single precision",
  },
  {
    operators: /logcumsumexp/,
    relative: 1e-8,
    because: "PyTorch's second derivative has noise of 1e-12 where it is 0",
  },
  {
    operators: /native_layer_norm/,
    relative: 1e-9,
    because: "PyTorch's result for a single element is not quite 0",
  },
  {
    operators: /nn\.functional\.normalize/,
    rounded: 1e-2,
    because: "in the second derivative of the norm of order ½ terms of 1e3 cancel",
  },
  { operators: /cov/, relative: 1e-5, because: "weights and their sums are in single precision" },
  {
    operators: /linalg\.norm\.subgradients_at_zero|masked\.logaddexp/,
    excusesNaN: true,
    because: "PyTorch's second derivative is NaN at zero and at two numbers masked out; ours is 0",
  },
];

/** The tolerance for results of a dtype in samples where f64 became `float`. */
export function toleranceOf(op: string, dtype: DType, float: DType): Tolerance {
  if (dtype !== "f32" && dtype !== "f64") return { relative: 0, absolute: 0 };
  const exception = exceptions.find(({ operators }) => new RegExp(`^(?:${operators.source})$`).test(op));
  const excusesNaN = exception?.excusesNaN ?? false;
  if (float === "f32") {
    const relative = exception?.rounded ?? ROUNDED;
    return { relative, absolute: relative / 10, ofLargest: true, excusesNaN };
  }
  const relative = exception?.relative ?? STRICT;
  if (dtype === "f32") return { relative: Math.max(relative, SINGLE), absolute: Math.max(relative, SINGLE) };
  return { relative, absolute: relative * FLOOR, excusesNaN };
}
