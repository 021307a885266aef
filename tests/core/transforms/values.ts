/** Making and comparing small tensors in tests. */
import { read, type Tensor, variable } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { precise, precision, within } from "../../backend_traits.ts";

/** What `tensor()` takes. */
export type Values = Parameters<typeof precise>[0];

/** A leaf of {@link precise} numbers that requires gradients. */
export function leaf(values: Values): Tensor {
  return variable(values, { dtype: precision });
}

const tolerance = within(1e-12, 2e-6);

/** Throws unless a tensor has the shape and, to some units in the last place, the elements of nested arrays. */
export async function assertClose(actual: Tensor, expected: Values): Promise<void> {
  const wanted = expected instanceof Object && "dtype" in expected ? expected as Tensor : precise(expected);
  assertEquals(actual.shape, wanted.shape);
  const [a, b] = await read([actual, wanted]);
  a.forEach((x, i) => {
    const near = Math.abs(x - b[i]) <= tolerance * Math.max(1, Math.abs(b[i]));
    assert(near, `element ${i} is ${x}, not ${b[i]}: ${actual} and ${wanted}`);
  });
}
