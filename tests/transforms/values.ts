/** Making and comparing small tensors in tests. */
import { type Tensor, tensor, variable } from "@tapegrad/core";
import "@tapegrad/backends";
import { assert, assertEquals } from "@std/assert";

/** What `tensor()` takes. */
export type Values = Parameters<typeof tensor>[0];

/** Numbers as f64. */
export function f64(values: Values): Tensor {
  return tensor(values, { dtype: "f64" });
}

/** A leaf of f64 that requires gradients. */
export function leaf(values: Values): Tensor {
  return variable(values, { dtype: "f64" });
}

/** Throws unless a tensor has the shape and, to 1e-12 relative, the elements of nested arrays. */
export function assertClose(actual: Tensor, expected: Values): void {
  const wanted = expected instanceof Object && "dtype" in expected ? expected as Tensor : f64(expected);
  assertEquals(actual.shape, wanted.shape);
  const [a, b] = [actual.dataSync(), wanted.dataSync()];
  a.forEach((x, i) => {
    const near = Math.abs(x - b[i]) <= 1e-12 * Math.max(1, Math.abs(b[i]));
    assert(near, `element ${i} is ${x}, not ${b[i]}: ${actual} and ${wanted}`);
  });
}
