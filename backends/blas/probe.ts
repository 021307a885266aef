/** Whether a library computes what it is to compute. */
import { hostArray } from "@tapegrad/core/backend";
import { multiplyBy, type Routines } from "./multiply.ts";

// Zero times NaN is NaN, which some leave out, and what was in the product before does not count, which some read.
const left = [1, 2, 3, 4, 0, 0], right = [5, 6, NaN, 7, 8, 0];
const products = [19, 22, NaN, 43, 50, NaN, 0, 0, NaN];

/** Whether so many rows of a left matrix are multiplied rightly. */
export function isRight(dtype: "f32" | "f64", routines: Routines, m: number): boolean {
  const data = hostArray(dtype, 21);
  data.set([...left, ...right, ...products.map(() => NaN)]);
  const b = { data, start: 6, row: 3, column: 1 }, c = { ...b, start: 12 };
  const done = multiplyBy(routines, { a: { data, start: 0, row: 2, column: 1 }, b, c, m, n: 3, k: 2 });
  return done && products.slice(0, 3 * m).every((x, i) => Object.is(x, data[12 + i]));
}
