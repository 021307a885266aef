/** Tensors as the scripts of tests/nn/reference write them. */
import { type DType, fromArray, type Tensor } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";

/** A tensor of a script. */
export interface Row {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** The tensor of a row. */
export function tensorOf({ shape, data }: Row, dtype: DType): Tensor {
  return fromArray(Float64Array.from(data), shape, { dtype });
}

/** Whether a tensor is as a row, to so much of 1 and of the size of its elements. */
export async function assertRow(
  x: Tensor,
  { shape, data }: Row,
  tolerance: number,
  what: string,
): Promise<void> {
  assertEquals(x.shape, shape, what);
  const found = Array.from(await x.data(), Number);
  found.forEach((value, i) => {
    const isNear = Object.is(value, data[i]) || value === data[i] ||
      Math.abs(value - data[i]) <= tolerance * (1 + Math.abs(data[i]));
    assert(isNear, `${what}: element ${i} is ${value}, not ${data[i]}`);
  });
}

/** What a module gave, as a list. */
export function listed(given: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(given) ? given : [given as Tensor];
}
