/** Products by a library, which is given elements where they are in wasm memory. */
import { bytesPerElement } from "@tapegrad/core/backend";
import type { Library, Real } from "../../../blas/library.ts";
import { lieOf } from "../../../blas/multiply.ts";
import type { Matrix } from "../../../common/matrix.ts";
import type { Heap } from "../../memory/heap.ts";
import { copyElements } from "../copy.ts";
import type { Matrix as Place, Multiplier } from "./multiply.ts";

/** With fewer products of numbers the call costs more than it saves. */
const LEAST = 512;

/** What multiplies numbers of a heap by a library, copying factors that lie as it cannot be told. */
export function multiplierOn(heap: Heap, library: Library): Multiplier {
  return (element, product, adds) => {
    const { a, b, c, m, n, k } = product;
    if (m * n * k < LEAST || (element !== "f32" && element !== "f64")) return false;
    const numbers: Numbers = { heap, dtype: element, size: bytesPerElement(element) };
    const multiply = (a: Place, b: Place): boolean => {
      const [x, y, z] = [a, b, c].map((place) => inElements(numbers, place));
      return library.multiply(element, { a: x, b: y, c: z, m, n, k }, adds);
    };
    if (multiply(a, b)) return true;
    if (!lieOf(inElements(numbers, c), m, n)) return false;
    return withDense(numbers, a, [m, k], (a) => withDense(numbers, b, [k, n], (b) => multiply(a, b)));
  };
}

/** Where and of what matrices are. */
interface Numbers {
  readonly heap: Heap;
  readonly dtype: Real;
  readonly size: number;
}

// Asked anew for each call: an array over a memory that grew has no elements.
function inElements({ heap, dtype, size }: Numbers, { pointer, row, column }: Place): Matrix {
  return { data: heap.array(dtype), start: pointer / size, row: row / size, column: column / size };
}

function withDense(
  numbers: Numbers,
  place: Place,
  shape: readonly [rows: number, columns: number],
  use: (dense: Place) => boolean,
): boolean {
  const { heap, dtype, size } = numbers, [rows, columns] = shape;
  if (lieOf(inElements(numbers, place), rows, columns)) return use(place);
  return heap.scratch(rows * columns * size, (pointer) => {
    const like = { dtype, shape }, strides = [place.row / size, place.column / size];
    copyElements(heap, { ...like, pointer: place.pointer, strides }, {
      ...like,
      pointer,
      strides: [columns, 1],
    });
    return use({ pointer, row: columns * size, column: size });
  });
}
