/** Tensors beside each other, on top of each other and behind each other, with axes added where they lack them. */
import { dtypes } from "../base/dtype.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger, checkOptions } from "../base/settings.ts";
import { MOST_AXES } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor, tensorsOf } from "../tensor/tree.ts";
import { fromArray } from "./creation.ts";
import { indexSelect } from "./indexing.ts";
import { concat, stack } from "./joining.ts";
import { meshgrid } from "./matrices.ts";
import { pad } from "./padding.ts";
import { reshape, unsqueeze } from "./shape.ts";

/**
 * One tensor for one, several for a list of them.
 *
 * @category Shape
 */
export type EachOf<T> = T extends Tensor ? Tensor : Tensor[];

function each<T extends Tensor | readonly Tensor[]>(
  op: string,
  x: T,
  change: (x: Tensor) => Tensor,
): EachOf<T> {
  if (Array.isArray(x)) return tensorsOf(op, x).map(change) as EachOf<T>;
  checkTensor(op, x);
  return change(x as Tensor) as EachOf<T>;
}

const row = (x: Tensor): Tensor => x.rank === 0 ? reshape(x, [1]) : x;
const rows = (x: Tensor): Tensor => x.rank < 2 ? reshape(x, [1, x.size]) : x;
const columns = (x: Tensor): Tensor => x.rank < 2 ? reshape(x, [x.size, 1]) : x;
const layers = (x: Tensor): Tensor => x.rank < 3 ? unsqueeze(rows(x), 2) : x;

/**
 * A scalar, or each of a list, as a vector of one; others as they are: `torch.atleast_1d`.
 *
 * @category Shape
 * @example
 * ```ts
 * import { atleast2d, atleast3d, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(atleast2d(tensor([1, 2, 3])).shape, [1, 3]);
 * assertEquals(atleast3d([tensor(1), zeros([2, 3])]).map((x) => x.shape), [[1, 1, 1], [2, 3, 1]]);
 * ```
 */
export function atleast1d<T extends Tensor | readonly Tensor[]>(x: T): EachOf<T> {
  return each("atleast1d", x, row);
}

/**
 * A vector, or each of a list, as a row `[1, n]`; matrices and more as they are: `torch.atleast_2d`.
 *
 * @category Shape
 */
export function atleast2d<T extends Tensor | readonly Tensor[]>(x: T): EachOf<T> {
  return each("atleast2d", x, rows);
}

/**
 * A matrix, or each of a list, as `[m, n, 1]`, a vector as `[1, n, 1]`: `torch.atleast_3d`.
 *
 * @category Shape
 */
export function atleast3d<T extends Tensor | readonly Tensor[]>(x: T): EachOf<T> {
  return each("atleast3d", x, layers);
}

/**
 * Tensors beside each other: along the second axis, vectors along their one: `torch.hstack`.
 *
 * @category Shape
 * @example
 * ```ts
 * import { columnStack, dstack, hstack, tensor, vstack } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([1, 2]), b = tensor([3, 4]);
 * assertEquals(await hstack([a, b]).array(), [1, 2, 3, 4]);
 * assertEquals(await vstack([a, b]).array(), [[1, 2], [3, 4]]);
 * assertEquals(await columnStack([a, b]).array(), [[1, 3], [2, 4]]);
 * assertEquals(dstack([a, b]).shape, [1, 2, 2]);
 * ```
 */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const parts = tensorsOf("hstack", tensors).map(row);
  return concat(parts, parts[0]?.rank === 1 ? 0 : 1);
}

/**
 * Tensors on top of each other: along the first axis, vectors as rows: `torch.vstack`.
 *
 * @category Shape
 */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return concat(tensorsOf("vstack", tensors).map(rows));
}

/**
 * Tensors behind each other: along the third axis, which matrices and vectors are given: `torch.dstack`.
 *
 * @category Shape
 */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return concat(tensorsOf("dstack", tensors).map(layers), 2);
}

/**
 * Tensors beside each other along the second axis, vectors as columns: `torch.column_stack`.
 *
 * @category Shape
 */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  return concat(tensorsOf("columnStack", tensors).map(columns), 1);
}

/**
 * Matrices along the diagonal of one, with 0 elsewhere; a vector is a row: `torch.block_diag`.
 *
 * @category Shape
 * @example
 * ```ts
 * import { blockDiag, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([[1], [2]]), b = tensor([3, 4]);
 * assertEquals(await blockDiag([a, b]).array(), [[1, 0, 0], [2, 0, 0], [0, 3, 4]]);
 * ```
 */
export function blockDiag(tensors: readonly Tensor[]): Tensor {
  const blocks = tensorsOf("blockDiag", tensors).map(rows), large = blocks.find((block) => block.rank > 2);
  if (large) {
    throw new ShapeError(`Cannot blockDiag ${showShape(large.shape)}: matrices are needed`, {
      op: "blockDiag",
      shapes: [large.shape],
    });
  }
  const width = blocks.reduce((total, { shape: [, n] }) => total + n, 0);
  let before = 0;
  return concat(blocks.map((block) => {
    before += block.shape[1];
    return pad(block, [[before - block.shape[1], width - before]]);
  }));
}

/**
 * All ways to take an element of each vector, a row each; of one vector itself: `torch.cartesian_prod`.
 *
 * @category Creation
 * @example
 * ```ts
 * import { cartesianProd, combinations, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const pairs = cartesianProd([tensor([1, 2]), tensor([5, 6])]);
 * assertEquals(await pairs.array(), [[1, 5], [1, 6], [2, 5], [2, 6]]);
 * assertEquals(await combinations(tensor([1, 2, 3])).array(), [[1, 2], [1, 3], [2, 3]]);
 * ```
 */
export function cartesianProd(vectors: readonly Tensor[]): Tensor {
  const grids = meshgrid(vectors);
  return grids.length === 1 ? grids[0] : stack(grids.map((grid) => reshape(grid, [-1])), -1);
}

/**
 * What {@link combinations} may be told.
 *
 * @category Creation
 */
export interface CombinationsOptions {
  /** How many are taken; 2 unless said. */
  readonly r?: number;
  /** Whether one may be taken again. */
  readonly withReplacement?: boolean;
}

/**
 * All ways to take r elements of a vector in order, a row each: `torch.combinations`.
 *
 * @category Creation
 */
export function combinations(x: Tensor, options: CombinationsOptions = {}): Tensor {
  checkTensor("combinations", x);
  checkOptions("combinations", options, { r: 2, withReplacement: false });
  const { r = 2, withReplacement = false } = options;
  checkInteger("take combinations", "r", r, 0, MOST_AXES);
  if (x.rank !== 1) {
    throw new ShapeError(`Cannot take combinations of ${showShape(x.shape)}: a vector is needed`, {
      op: "combinations",
      shapes: [x.shape],
    });
  }
  const places = placesOf(x.size, r, withReplacement ? 0 : 1);
  const index = fromArray(Int32Array.from(places.flat()), [places.length * r], { backend: x.backend });
  return reshape(indexSelect(x, 0, index), [places.length, r]);
}

const MOST_ROWS = 2 ** 20;

function placesOf(size: number, r: number, apart: number): number[][] {
  let found: number[][] = [[]];
  for (let k = 0; k < r && found.length > 0; k++) {
    found = found.flatMap((places) => {
      const first = places.length === 0 ? 0 : places[places.length - 1] + apart;
      return Array.from({ length: Math.max(0, size - first) }, (_, i) => [...places, first + i]);
    });
    if (found.length <= MOST_ROWS) continue;
    throw new ShapeError(`Cannot take combinations of ${r} of ${size}: there are more than ${MOST_ROWS}`);
  }
  return found;
}

registerFunctions({
  atleast1d: Infinity,
  atleast2d: Infinity,
  atleast3d: Infinity,
  hstack: Infinity,
  vstack: Infinity,
  dstack: Infinity,
  columnStack: Infinity,
  blockDiag: Infinity,
  cartesianProd: Infinity,
  combinations: 1,
}, { dtypes });
