/** What is said of matrices that are refused for their elements, wherever these are found. */
import { showShape } from "../../base/errors.ts";
import type { Shape } from "../../base/shape.ts";
import { LinAlgError } from "./lin_alg_error.ts";

/** Which of the matrices of a shape is meant, by its count. */
export function placeOf(shape: Shape, i: number): string {
  const lead = shape.slice(0, -2);
  if (lead.length === 0) return "the matrix";
  const place: number[] = [];
  for (let axis = lead.length - 1, left = i; axis >= 0; left = Math.floor(left / lead[axis]), axis--) {
    place.unshift(left % lead[axis]);
  }
  return `the matrix at ${showShape(place)}`;
}

/**
 * The error of the i-th matrix of a shape, of which a leading minor is not positive.
 *
 * @category Backends
 * @example
 * ```ts
 * import { notDefinite } from "@tapegrad/core/backend";
 * import { assertMatch } from "@std/assert";
 *
 * assertMatch(notDefinite([2, 3, 3], 1, 2).message, /matrix at \[1\] .* minor of order 2/);
 * ```
 */
export function notDefinite(shape: Shape, i: number, order: number): Error {
  return new LinAlgError(
    `Cannot cholesky ${showShape(shape)}: ${placeOf(shape, i)} is not positive definite, its leading minor ` +
      `of order ${order} is not positive; choleskyEx() tells instead`,
  );
}

/**
 * The error of the i-th matrix of a shape, of whose elimination a pivot is 0, in a function that has a namesake in `Ex`.
 *
 * @category Backends
 */
export function singular(op: string, shape: Shape, i: number, pivot: number): Error {
  return new LinAlgError(
    `Cannot ${op} ${showShape(shape)}: ${placeOf(shape, i)} is singular, pivot ${pivot} of its ` +
      `elimination is 0; ${op}Ex() tells instead`,
  );
}

/**
 * The error of a row to be exchanged that there is not.
 *
 * @category Backends
 */
export function noRow(row: number, rows: number): Error {
  return new RangeError(`Cannot exchange row ${row} of ${rows}: rows count from 1`);
}
