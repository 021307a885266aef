/** The kernel of `matmul`. */
import { bytesPerElement, coalesce, type DType, sizeOf } from "@tapegrad/core/backend";
import { eachOuter } from "../../../common/walk.ts";
import type { Operand, WasmKernel } from "../kernel.ts";
import { multiplyHalves } from "./halves.ts";
import type { Element } from "./lanes.ts";
import { type Matrix, type Means, multiply, multiplyBatch, type Product } from "./multiply.ts";
import { productsOf } from "./products.ts";

// Words are multiplied alike, signed or not.
const elements: Partial<Readonly<Record<DType, Element>>> = {
  f16: "f32",
  f32: "f32",
  f64: "f64",
  i32: "i32",
  u32: "i32",
};

/** `output = a × b` over the last two axes, batched over the others. */
export const matmul: WasmKernel<null> = ([a, b], [output], _, heap) => {
  const { dtype, shape } = output, element = elements[dtype], k = a.shape[shape.length - 1];
  if (element === undefined || k === 0 || sizeOf(shape) === 0) return false;
  const means = { products: productsOf(heap, element), heap };
  const run = (a: Operand, b: Operand, output: Operand) => multiplyEach(means, a, b, output);
  if (dtype === "f16") multiplyHalves(run, [a, b], output, heap);
  else run(a, b, output);
  return true;
};

/** So many products of a batch are known at a time. */
const BATCH = 4096;

function multiplyEach(means: Means, a: Operand, b: Operand, output: Operand): void {
  if (output.shape.length === 2) return eachProduct(a, b, output, (product) => multiply(means, product));
  let some: Product[] = [];
  const run = () => {
    if (some.length > 0) multiplyBatch(means, some);
    some = [];
  };
  eachProduct(a, b, output, (product) => {
    if (some.push(product) === BATCH) run();
  });
  run();
}

/** Visits every product of a batch; rows that all meet one right matrix are one. */
export function eachProduct(
  a: Operand,
  b: Operand,
  output: Operand,
  visit: (product: Product) => void,
): void {
  const axis = output.shape.length - 1, n = output.shape[axis], k = a.shape[axis];
  if (axis === 1) {
    const m = output.shape[0];
    return visit({
      a: matrix(a, 0, a.strides[0]),
      b: matrix(b, 0, b.strides[0]),
      c: matrix(output, 0, output.strides[0]),
      m,
      n,
      k,
    });
  }
  const outer = [a.strides.slice(0, -1), [...b.strides.slice(0, -2), 0], output.strides.slice(0, -1)];
  const { shape, strides } = coalesce(outer, output.shape.slice(0, -1)), last = shape.length - 1;
  const isMatrix = last >= 0 && strides[1][last] === 0, m = isMatrix ? shape[last] : 1;
  const [aRow, , cRow] = strides.map((steps) => isMatrix ? steps[last] : 0), bRow = b.strides[axis - 1];
  const walk = { shape, strides, size: sizeOf(shape), starts: [0, 0, 0] };
  eachOuter(walk, isMatrix ? 1 : 0, (at) => {
    visit({ a: matrix(a, at[0], aRow), b: matrix(b, at[1], bRow), c: matrix(output, at[2], cRow), m, n, k });
  });
}

// From an element on, with rows so many elements apart.
function matrix({ pointer, dtype, strides }: Operand, start: number, row: number): Matrix {
  const size = bytesPerElement(dtype);
  return { pointer: pointer + start * size, row: row * size, column: strides[strides.length - 1] * size };
}
