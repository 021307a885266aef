/** Rows of `special`: functions that are put together from others, with derivatives of their own. */
import type { Grid } from "../grids.ts";
import { singles } from "../grids.ts";
import { combinations, inDtype } from "../values.ts";
import { anything, type ElementwiseRow, ofOne, positive, rounding, type Rows, slopes } from "./row.ts";

// Where it neither overflows nor is NaN.
const bounded = (most: number): Grid => (dtype) => [singles(dtype)[0].filter((x) => Math.abs(x) <= most)];
const above = (most: number): Grid => (dtype) => [singles(dtype)[0].filter((x) => x > 1e-12 && x <= most)];

/** What is left of f next to its zeros, where they are not known: as many units of what it swings within. */
function granted(amplitude: (x: number) => number): ElementwiseRow["granted"] {
  return (dtype, x) => 16 * rounding[dtype] * amplitude(Math.abs(x));
}

const airySwing = granted((x) => x < 1 ? 0 : 0.5642 / Math.sqrt(Math.sqrt(x)));
// In f64 all zeros are; where f32 alone is computed with, the first of each function.
const swingInSingle = granted((x) => Math.sqrt(2 / (Math.PI * x)));
const swing: ElementwiseRow["granted"] = (dtype, x) =>
  dtype === "f64" || Math.abs(x) < 24 ? 0 : swingInSingle!(dtype, x);

// Next to zeros as many units of the amplitude, which is at most 1, as elsewhere of the value.
const waves = ofOne(8);

// The slopes are differences: of two that are nearly equal one has digits of its own, the next has not.
const scaled = { budget: 8, slope: 16, curvature: ofOne(8) };

const orders: Grid = (dtype) =>
  combinations([inDtype([-1, -0.7, -0.3, 0, 0.1, 0.5, 0.9, 1], dtype), [0, 1, 2, 3, 5, 8]]);
const sumsAndPoints: Grid = (dtype) =>
  combinations([[1.5, 2, 3, 4.5, 8], inDtype([1e-3, 0.1, 0.5, 1, 1.5, 3, 7.25, 20, 100, 1e3], dtype)]);
const shapesAndPoints: Grid = (dtype) =>
  combinations([
    inDtype([0.1, 0.5, 1, 1.5, 3, 9, 25, 100], dtype),
    inDtype([0.01, 0.5, 1, 2, 4, 10, 22, 90], dtype),
  ]);

// Recurrences in f32 have its rounding once a step, of terms as large as the coefficients; in f64 they have twice its digits.
const polynomial: ElementwiseRow = {
  domain: null,
  points: orders,
  budget: { ulp: 64, floor: 1 },
  slope: { ulp: 32, floor: 16 },
  curvature: { ulp: 32, floor: 256 },
};
// Exponents up to 90 are rounded in f32 on WebGPU: elsewhere they are double.
const gamma: ElementwiseRow = {
  domain: null,
  points: shapesAndPoints,
  budget: { ulp: 32, floor: 2 ** -20 },
  slope: { ulp: 32, floor: 2 ** -20 },
  curvature: { ulp: 32, floor: 2 ** -10 },
};

/** Rows of special functions. */
export const specials: Rows = {
  "special.i0": { torch: "i0", budget: 8, ...slopes(8), points: bounded(80) },
  "special.i1": { torch: "special.i1", budget: 8, ...slopes(8), points: bounded(80) },
  "special.i0e": { torch: "special.i0e", budget: 8, ...slopes(ofOne(8)) },
  "special.i1e": { torch: "special.i1e", budget: 8, ...slopes(ofOne(8)) },
  "special.modifiedBesselK0": { domain: [positive], budget: 8, ...slopes(8), points: above(80) },
  "special.modifiedBesselK1": { domain: [positive], budget: 8, ...slopes(8), points: above(80) },
  "special.scaledModifiedBesselK0": { domain: [positive], ...scaled, points: above(1e37) },
  "special.scaledModifiedBesselK1": { domain: [positive], ...scaled, points: above(1e37) },
  "special.besselJ0": { granted: swing, budget: waves, ...slopes(waves) },
  "special.besselJ1": { granted: swing, budget: waves, ...slopes(waves) },
  "special.besselY0": {
    granted: swing,
    domain: [positive],
    budget: waves,
    ...slopes(waves),
    points: above(1e37),
  },
  "special.besselY1": {
    granted: swing,
    domain: [positive],
    budget: waves,
    ...slopes(waves),
    points: above(1e37),
  },
  "special.sphericalBesselJ0": { budget: 8, ...slopes(waves) },
  "special.airyAi": { granted: airySwing, budget: waves, ...slopes(waves), points: bounded(30) },
  "special.erfcx": { torch: "special.erfcx", budget: 8, slope: 8, curvature: ofOne(8), points: bounded(9) },
  "special.logNdtr": { torch: "special.log_ndtr", domain: [anything], budget: 8, ...slopes(16) },
  "special.gammainc": gamma,
  "special.gammaincc": gamma,
  "special.zeta": { domain: null, points: sumsAndPoints, budget: 8, ...slopes(8) },
  "special.chebyshevPolynomialT": polynomial,
  "special.chebyshevPolynomialU": polynomial,
  "special.chebyshevPolynomialV": polynomial,
  "special.chebyshevPolynomialW": polynomial,
  // Of terms that are as large.
  "special.hermitePolynomialH": { ...polynomial, budget: { ulp: 64, floor: 2 ** 18 } },
  "special.hermitePolynomialHe": polynomial,
  "special.laguerrePolynomialL": polynomial,
  "special.legendrePolynomialP": polynomial,
  "special.shiftedChebyshevPolynomialT": polynomial,
  "special.shiftedChebyshevPolynomialU": polynomial,
  "special.shiftedChebyshevPolynomialV": polynomial,
  "special.shiftedChebyshevPolynomialW": polynomial,
};
