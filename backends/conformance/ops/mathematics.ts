/** Rows of mathematical functions. */
import { type Grid, ordersAndPoints, singles } from "../grids.ts";
import {
  aboveMinusOne,
  anything,
  close,
  closer,
  type ElementwiseRow,
  exact,
  inside,
  ofOne,
  positive,
  rounding,
  type Rows,
  slopes,
} from "./row.ts";

const inverse = closer("PyTorch's 1 - x² is rounded");
const hyperbolic = closer("in f32 PyTorch's x² overflows from 2e19 on");

// Series and asymptotic forms. Next to the zeros of lgamma and digamma, which have no exact reduction, 8 units of 1/2
// are 8 times the rounding of 1.
const gamma: ElementwiseRow = {
  domain: [positive],
  budget: { ulp: 8, floor: 0.5 },
  ...slopes(ofOne(8)),
  parity: { relative: 1e-9, why: "PyTorch's trigamma is good to 5e-10" },
  granted: (dtype) => 8 * rounding[dtype],
};

// Below 0 a slope is NaN, which compilers of shaders need not know.
const notNegative: Grid = (dtype) => [singles(dtype)[0].filter((x) => x >= 0)];

// Budgets as in the table of relative errors in the OpenCL C specification, full profile: what devices for f32 promise.
// Where that is more than 8 units, a device's own function is not good enough.
/** Rows of mathematical functions. */
export const mathematics: Rows = {
  exp: { torch: "exp", budget: 3, special: close },
  exp2: { torch: "exp2", budget: 3, special: close },
  expm1: {
    torch: "expm1",
    budget: 3,
    special: closer("eˣ, where PyTorch adds 1 to the value and loses its digits below -1"),
  },
  log: { torch: "log", domain: [positive], budget: 3, special: close },
  log1p: { torch: "log1p", domain: [aboveMinusOne], budget: 2, special: close },
  log2: { torch: "log2", domain: [positive], budget: 3, special: close },
  log10: { torch: "log10", domain: [positive], budget: 3, special: close },
  sin: { torch: "sin", budget: 4, special: close },
  cos: { torch: "cos", budget: 4, special: close },
  tan: { torch: "tan", domain: [[-1.2, 1.2]], budget: 5, special: close },
  asin: { torch: "asin", domain: [inside], budget: 4, ...slopes(12), special: inverse },
  acos: { torch: "acos", domain: [inside], budget: 4, ...slopes(12), special: inverse },
  atan: { torch: "atan", budget: 5, special: close },
  atan2: { torch: "atan2", budget: 6, special: hyperbolic },
  sinh: { torch: "sinh", budget: 4, special: close },
  cosh: { torch: "cosh", budget: 4, special: close },
  tanh: {
    torch: "tanh",
    budget: 5,
    ...slopes(ofOne(4)),
    special: { f64: 2, f32: 3, why: "1 - y² of a y that f32 has rounded" },
  },
  asinh: { torch: "asinh", budget: 4, ...slopes(12), special: hyperbolic },
  acosh: { torch: "acosh", domain: [[1.2, 3]], budget: 4, ...slopes(12), special: hyperbolic },
  atanh: { torch: "atanh", domain: [inside], budget: 5, special: inverse },
  // Of the distance to a whole number, which is exact.
  sinc: {
    torch: "sinc",
    budget: 5,
    ...slopes(ofOne(16)),
    special: {
      ...close,
      size: { y: () => 1, dy: (x) => 1 / Math.max(1, Math.abs(x)) },
      why: "PyTorch rounds πx; its gradient cancels; the terms of ours are of size 1/x",
    },
  },
  // The derivatives are eᵃ, where rounding a costs a units.
  erf: { torch: "erf", budget: 8, ...slopes(16), special: close },
  erfc: { torch: "erfc", budget: 8, ...slopes(16), special: close },
  erfinv: {
    torch: "erfinv",
    domain: [inside],
    budget: 8,
    ...slopes(64),
    special: {
      f64: 4,
      f32: 5,
      why: "PyTorch is 17,000 units off near 1; the gradient is e to the value's square",
    },
  },
  lgamma: {
    ...gamma,
    torch: "lgamma",
    special: {
      ...close,
      size: { y: (x) => x < 0 ? 1 : 0 },
      why: "reflection below 0 subtracts logarithms; PyTorch's digamma, its gradient, is 47 units off",
    },
  },
  digamma: {
    ...gamma,
    torch: "digamma",
    special: closer("PyTorch's gradient is good to 5e-10 and noise at the poles; we have Infinity there"),
  },
  polygamma: {
    torch: "polygamma.polygamma_n_0 polygamma.polygamma_n_1 polygamma.polygamma_n_2 " +
      "polygamma.polygamma_n_3 polygamma.polygamma_n_4 special.polygamma.special_polygamma_n_0",
    domain: null,
    points: ordersAndPoints,
    budget: 8,
    ...slopes(ofOne(8)),
    parity: gamma.parity,
  },
  // As softplus; next to its zeros in twice the digits.
  logaddexp: {
    torch: "logaddexp",
    budget: { ulp: 6, floor: 2 ** -22 },
    curvature: ofOne(8),
    special: closer("PyTorch loses the smaller of two exponentials beside the larger"),
    // Half of the digits again, of numbers of the size of 1.
    granted: (dtype) => 8 * rounding[dtype] ** 2,
  },
  logaddexp2: {
    torch: "logaddexp2",
    budget: ofOne(8),
    ...slopes(ofOne(8)),
    special: {
      f64: 8,
      f32: 8,
      size: { y: () => 1 },
      why: "the exponential of the gradient magnifies the rounding of log(2)·(a - b), up to |a - b| = 8",
    },
  },
  nextafter: { budget: 1, ...slopes(exact) },
  ldexp: { torch: "ldexp", budget: 4 },
  deg2rad: { torch: "deg2rad", budget: 1 },
  rad2deg: { torch: "rad2deg", budget: 1 },
  logit: { torch: "logit", domain: null, parameters: [{ torch: "eps", sample: 0.1 }], budget: 8 },
  entr: { torch: "special.entr", domain: [positive], budget: 4, points: notNegative },
  ndtr: { torch: "special.ndtr", budget: 8, ...slopes(16) },
  // The square of a value up to 38, in an exponent.
  ndtri: { torch: "special.ndtri", domain: [[0.1, 0.9]], budget: 8, ...slopes(4096) },
  xlogy: { torch: "xlogy", domain: [anything, positive], budget: 4, special: close },
  xlog1py: { torch: "special.xlog1py", domain: [anything, aboveMinusOne], budget: 4 },
};
