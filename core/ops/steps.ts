/** Steps, and the places in triangles. */
import { dtypes } from "../base/dtype.ts";
import { checkInteger, checkOptions } from "../base/settings.ts";
import { registerFunctions } from "../call/catalog.ts";
import type { TensorLike } from "../define/operands.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { where } from "./choice.ts";
import { equal, greater } from "./comparison.ts";
import { to } from "./convert.ts";
import { type CreationOptions, fromArray } from "./creation.ts";

/**
 * 0 where x is negative or NaN, 1 where it is positive, and `values` at 0, which broadcast: `torch.heaviside`.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { heaviside, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await heaviside(tensor([-2, 0, 3]), 0.5).array(), [0, 0.5, 1]);
 * ```
 */
export function heaviside(x: Tensor, values: TensorLike): Tensor {
  checkTensor("heaviside", x);
  return where(equal(x, 0), values, to(greater(x, 0), x.dtype));
}

/**
 * What {@link trilIndices} and {@link triuIndices} may be told.
 *
 * @category Creation
 */
export interface TriangleOptions extends Pick<CreationOptions, "backend"> {
  /** Up to, or from, which diagonal: 0 unless said. */
  readonly offset?: number;
}

function triangle(
  op: string,
  [rows, columns]: readonly [number, number],
  { offset = 0, ...options }: TriangleOptions,
  takes: (above: number, offset: number) => boolean,
): Tensor {
  checkInteger(op, "number of rows", rows, 0, 2 ** 15);
  checkInteger(op, "number of columns", columns, 0, 2 ** 15);
  checkOptions(op, { offset }, { offset: 0 });
  const down: number[] = [], across: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++) if (takes(k - i, offset)) down.push(i), across.push(k);
  }
  return fromArray(Int32Array.from([...down, ...across]), [2, down.length], options);
}

/**
 * The rows and columns of the elements of a matrix up to a diagonal, as two rows of i32: `torch.tril_indices`.
 *
 * @category Creation
 * @example
 * ```ts
 * import { trilIndices, triuIndices } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await trilIndices(2, 3).array(), [[0, 1, 1], [0, 0, 1]]);
 * assertEquals(await triuIndices(2, 3, { offset: 1 }).array(), [[0, 0, 1], [1, 2, 2]]);
 * ```
 */
export function trilIndices(rows: number, columns: number, options: TriangleOptions = {}): Tensor {
  return triangle("trilIndices", [rows, columns], options, (above, offset) => above <= offset);
}

/**
 * The rows and columns of the elements of a matrix from a diagonal on, as two rows of i32: `torch.triu_indices`.
 *
 * @category Creation
 */
export function triuIndices(rows: number, columns: number, options: TriangleOptions = {}): Tensor {
  return triangle("triuIndices", [rows, columns], options, (above, offset) => above >= offset);
}

registerFunctions({ heaviside: 1, trilIndices: 0, triuIndices: 0 }, { dtypes });
