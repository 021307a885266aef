/** The kernel of `matmul`. */
import { bytesPerElement, coalesce, type DType, sizeOf } from "@tapegrad/core/backend";
import { eachOuter } from "../../../common/walk.ts";
import type { Operand, WasmKernel } from "../kernel.ts";
import type { Element } from "./lanes.ts";
import { type Matrix, multiply, type Product } from "./multiply.ts";
import { productsOf } from "./products.ts";

// Words are multiplied alike, signed or not; halves are the cpu's.
const elements: Partial<Readonly<Record<DType, Element>>> = {
  f32: "f32",
  f64: "f64",
  i32: "i32",
  u32: "i32",
};

/** `output = a × b` over the last two axes, batched over the others. */
export const matmul: WasmKernel<null> = ([a, b], [output], _, heap) => {
  const element = elements[output.dtype], rank = output.shape.length, k = a.shape[rank - 1];
  if (element === undefined || k === 0 || sizeOf(output.shape) === 0) return false;
  const products = productsOf(heap, element), means = { products, heap };
  eachProduct(a, b, output, (product) => multiply(means, product));
  return true;
};

/** Visits every product of a batch; rows that all meet one right matrix are one. */
export function eachProduct(
  a: Operand,
  b: Operand,
  output: Operand,
  visit: (product: Product) => void,
): void {
  const axis = output.shape.length - 1, n = output.shape[axis], k = a.shape[axis];
  const outer = [a.strides.slice(0, -1), [...b.strides.slice(0, -2), 0], output.strides.slice(0, -1)];
  const { shape, strides } = coalesce(outer, output.shape.slice(0, -1)), last = shape.length - 1;
  const isMatrix = last >= 0 && strides[1][last] === 0, m = isMatrix ? shape[last] : 1;
  const [aRow, , cRow] = strides.map((steps) => isMatrix ? steps[last] : 0);
  const size = bytesPerElement(output.dtype),
    matrix = (of: Operand, start: number, row: number): Matrix => ({
      pointer: of.pointer + start * size,
      row: row * size,
      column: of.strides[axis] * size,
    });
  const walk = { shape, strides, size: sizeOf(shape), starts: [0, 0, 0] };
  eachOuter(walk, isMatrix ? 1 : 0, (at) => {
    const left = matrix(a, at[0], aRow), right = matrix(b, at[1], b.strides[axis - 1]);
    visit({ a: left, b: right, c: matrix(output, at[2], cRow), m, n, k });
  });
}
