/** Host elements by their numbers. */
import { hostArray, type TypedArray } from "../../base/dtype.ts";

/** What a function gives of each number below a length, in double precision; one that memory does not hold is refused. */
export function counted(length: number, at: (i: number) => number): TypedArray {
  const elements = hostArray("f64", length);
  for (let i = 0; i < length; i++) elements[i] = at(i);
  return elements;
}
