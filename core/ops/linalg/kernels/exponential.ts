/** Exponentials of matrices. */
import type { HostElements } from "../../../primitives/host.ts";
import { factorLu, solveFactored } from "./lu.ts";
import { copyTo, matricesOf, type Matrix, matrix, subtractProduct } from "./matrix.ts";

/**
 * Orders of Padé's approximations with the norms up to which they are exact to double precision: Higham, The Scaling
 * and Squaring Method for the Matrix Exponential Revisited, 2005.
 */
const orders: readonly (readonly [order: number, most: number])[] = [
  [3, 1.495585217958292e-2],
  [5, 2.53939833006323e-1],
  [7, 9.504178996162932e-1],
  [9, 2.097847961257068],
  [13, 5.371920351148152],
];

function coefficients(order: number): number[] {
  const all = [1];
  for (let k = 1; k <= order; k++) all.push(all[k - 1] * (order - k + 1) / (k * (2 * order - k + 1)));
  return all;
}

// The largest sum of sizes of a column.
function normOf({ data, rows, columns }: Matrix): number {
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) sums[j] += Math.abs(data[i * columns + j]);
  }
  return sums.reduce((a, b) => Math.max(a, b), 0);
}

function scaled(a: Matrix, factor: number): Matrix {
  const result = matrix(a.rows, a.columns, a.by);
  copyTo(a, result);
  for (let i = 0; i < result.data.length; i++) result.data[i] *= factor;
  return result;
}

function multiplied(a: Matrix, b: Matrix): Matrix {
  const result = matrix(a.rows, b.columns, a.by);
  subtractProduct(result, scaled(a, -1), b);
  return result;
}

function addDiagonal(a: Matrix, value: number): void {
  for (let i = 0; i < a.rows; i++) a.data[i * (a.columns + 1)] += value;
}

function addScaled(a: Matrix, b: Matrix, factor: number): void {
  for (let i = 0; i < a.data.length; i++) a.data[i] += factor * b.data[i];
}

// Σ c[k] aᵏ over every other k from the first, by powers of a² that are multiplied once each.
function everyOther(square: Matrix, c: readonly number[], first: number): Matrix {
  const sum = matrix(square.rows, square.columns, square.by);
  for (let k = c.length - 1 - (c.length - 1 - first) % 2; k > first; k -= 2) {
    addDiagonal(sum, c[k]);
    sum.data.set(multiplied(sum, square).data);
  }
  addDiagonal(sum, c[first]);
  return sum;
}

// q⁻¹ p of the approximation of an order, p and q being the even part plus and minus the odd one.
function approximated(a: Matrix, order: number): Matrix {
  const c = coefficients(order), square = multiplied(a, a);
  const even = everyOther(square, c, 0), odd = multiplied(a, everyOther(square, c, 1));
  const below = scaled(even, 1), pivots = new Float64Array(a.rows);
  addScaled(even, odd, 1);
  addScaled(below, odd, -1);
  factorLu(below, pivots);
  solveFactored(below, pivots, even, false);
  return even;
}

function exponentialOf(a: Matrix): Matrix {
  const norm = normOf(a);
  if (!Number.isFinite(norm)) return scaled(a, NaN);
  const fitting = orders.find(([, most]) => norm <= most);
  if (fitting) return approximated(a, fitting[0]);
  const [order, most] = orders[orders.length - 1], halvings = Math.ceil(Math.log2(norm / most));
  let result = approximated(scaled(a, 2 ** -halvings), order);
  for (let i = 0; i < halvings; i++) result = multiplied(result, result);
  return result;
}

/** The kernel of `matrixExp`. */
export function matrixExp([x]: readonly HostElements[], [result]: readonly HostElements[]): void {
  const found = matricesOf(result);
  matricesOf(x).forEach((a, i) => copyTo(exponentialOf(scaled(a, 1)), found[i]));
}
