/** Products of which an expression is stored: in panels it is computed before they are, else of what is stored. */
import {
  bytesPerElement,
  coalesce,
  type DType,
  type ElementExpr,
  type Expr,
  isContiguous,
  type MapAttributes,
  sizeOf,
} from "@tapegrad/core/backend";
import { KernelCache } from "../../../common/kernel_cache.ts";
import { legalized } from "../../../common/legal.ts";
import { wasmKnows } from "../../expr/knows.ts";
import type { Heap } from "../../memory/heap.ts";
import { perHeap } from "../../modules.ts";
import type { Operand, WasmKernel } from "../kernel.ts";
import { map } from "../map.ts";
import { type Beside, hooksOf } from "./expression.ts";
import { matmul } from "./matmul.ts";
import { multiplyAlike, type Product, wayOf } from "./multiply.ts";
import { Products } from "./products.ts";

/** `output = expression of a × b and others`. */
export const mappedMatmul: WasmKernel<ElementExpr> = (inputs, [output], { name, expr }, heap) => {
  const all = asMatrices(inputs, output);
  if (all && heap.multiplier === undefined && inPanels(heap, expr, all)) return true;
  const [a, b, ...beside] = inputs, attributes: MapAttributes = { name, exprs: [expr] };
  if (sizeOf(output.shape) === 0) return true;
  if (!isLarge(output)) {
    return apart(heap, [a, b], output, () => map([output, ...beside], [output], attributes, heap));
  }
  // Threads share no map in place.
  return heap.scratch(sizeOf(output.shape) * bytesPerElement(output.dtype), (pointer) => {
    const product = { ...output, pointer };
    return apart(heap, [a, b], product, () => map([product, ...beside], [output], attributes, heap));
  });
};

/** From so many elements on threads may share a map. */
const LARGE = 2 ** 15;

function isLarge({ shape }: Operand): boolean {
  return sizeOf(shape) >= LARGE;
}

function apart(heap: Heap, factors: readonly Operand[], product: Operand, then: () => boolean): boolean {
  if (!matmul(factors, [product], null, heap)) {
    heap.clear(product.pointer, sizeOf(product.shape) * bytesPerElement(product.dtype)); // sums of nothing
  }
  return then();
}

/** Two factors, what stands beside, and the product, each of two axes. */
interface Matrices {
  readonly a: Operand;
  readonly b: Operand;
  readonly beside: readonly Operand[];
  readonly output: Operand;
}

// Rows of a batch are rows of one product where all meet one right matrix.
function asMatrices([a, b, ...beside]: readonly Operand[], output: Operand): Matrices | null {
  const rank = output.shape.length, rows = [a, ...beside, output];
  if (output.dtype !== "f32" && output.dtype !== "f64" || a.shape[rank - 1] === 0) return null;
  if (rank === 2) return { a, b, beside, output };
  if (b.strides.slice(0, -2).some((step) => step !== 0)) return null;
  const { shape, strides } = coalesce(rows.map((one) => one.strides.slice(0, -1)), output.shape.slice(0, -1));
  if (shape.length !== 1) return null;
  const [left, ...others] = rows.map((one, i): Operand => (
    { ...one, shape: [shape[0], one.shape[rank - 1]], strides: [strides[i][0], one.strides[rank - 1]] }
  ));
  const right = { ...b, shape: b.shape.slice(-2), strides: b.strides.slice(-2) };
  return { a: left, b: right, beside: others.slice(0, -1), output: others.at(-1)! };
}

const productsOf = perHeap(() => new KernelCache<string, { readonly products: Products | null }>());

/**
 * What takes more terms is computed of what is stored: beside the sums of a tile there are not the registers for it. A
 * step of 2-64-64-1 with tanh takes 0.130 ms in panels, 0.116 so.
 */
const MOST_TERMS = 16;

function hasRoom(expr: Expr, dtypes: readonly DType[]): boolean {
  return legalized([expr], dtypes, wasmKnows).order.length <= MOST_TERMS;
}

// Whether it is computed so: where products are packed, with columns beside that lie side by side, or are the same for all.
function inPanels(heap: Heap, expr: Expr, { a, b, beside, output }: Matrices): boolean {
  const element = output.dtype as "f32" | "f64", size = bytesPerElement(element);
  const [[m, n], k] = [output.shape, a.shape[1]];
  const matrix = ({ pointer, strides: [row, column] }: Operand) => ({
    pointer,
    row: row * size,
    column: column * size,
  });
  const product: Product = { a: matrix(a), b: matrix(b), c: matrix(output), m, n, k };
  if (m * n === 0 || !isContiguous(output) || wayOf(product, size) !== "packed") return false;
  const operands = beside.map(besideOf);
  if (operands.includes(null)) return false;
  const key = [element, ...operands.flatMap((one) => [one!.dtype, one!.across])].join();
  const { products } = productsOf(heap).get([expr], key, () => {
    if (!hasRoom(expr, [element, ...beside.map(({ dtype }) => dtype)])) return { products: null };
    const hooks = hooksOf({ epilogue: expr, operands: operands as readonly Beside[] }, element, heap.simd);
    return { products: new Products(heap.memory, element, heap.simd, hooks) };
  });
  if (products === null) return false;
  const parameters = beside.flatMap((
    { pointer, dtype, strides: [row] },
  ) => [pointer, row * bytesPerElement(dtype)]);
  multiplyAlike({ products, heap }, [{ product, parameters }]);
  return true;
}

function besideOf({ dtype, strides: [, column], shape: [, n] }: Operand): Beside | null {
  if (column === 0 || n === 1) return { dtype, across: "one" };
  return column === 1 ? { dtype, across: "each" } : null;
}
