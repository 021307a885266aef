/** The distances of rows from each other. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { broadcastShapes } from "../../base/shape.ts";
import { defineOp } from "../../define/composite.ts";
import { checkFloating } from "../../define/operands.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { sub } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { equal } from "../comparison.ts";
import { fromArray } from "../creation.ts";
import { indexSelect } from "../indexing.ts";
import { abs } from "../magnitude.ts";
import { max, sum } from "../reductions.ts";
import { unsqueeze } from "../shape.ts";
import { norm } from "../statistics.ts";
import { widened } from "../widen.ts";
import { together } from "./similarity.ts";
import { straightThrough } from "./straight_through.ts";

/**
 * What {@link cdist} and {@link pdist} may be told.
 *
 * @category Network functions
 */
export interface CdistOptions {
  /** The order of the norm, from 0: 2 unless said. */
  readonly p?: number;
}

function checkRows(a: Tensor, b: Tensor): void {
  if (a.rank >= 2 && b.rank >= 2 && a.shape.at(-1) === b.shape.at(-1)) {
    broadcastShapes("cdist", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
    return;
  }
  throw new ShapeError(
    `Cannot cdist ${showShape(a.shape)} and ${showShape(b.shape)}: rows of one length, [..., P, M] and ` +
      "[..., R, M], are needed",
    { op: "cdist", shapes: [a.shape, b.shape] },
  );
}

// Where several coordinates are farthest apart, each has the whole gradient, in PyTorch.
function largest(distances: Tensor): Tensor {
  const found = max(distances, -1, { keepDims: true }).detach();
  const farthest = sum(where(equal(distances.detach(), found), distances, 0), -1);
  return straightThrough(found.reshape(farthest.shape), farthest);
}

/** The p-norms of differences along the last axis. */
function lengths(difference: Tensor, p: number): Tensor {
  checkSetting("take distances", "p", p, 0, Infinity);
  if (p === Infinity && difference.size > 0) return widened(abs(difference), largest);
  return norm(difference, -1, { order: Math.min(p, Number.MAX_VALUE) });
}

/**
 * The distance of each of P rows to each of R rows, `[…, P, M]` and `[…, R, M]` to `[…, P, R]`, by a p-norm:
 * `torch.cdist`. Leading axes broadcast; a distance of 0 has the gradient 0. Rows of different lengths are a {@link
 * ShapeError}, integers a {@link DtypeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { cdist, pdist, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([[0, 0], [3, 4]]), b = tensor([[0, 0], [3, 0], [0, 4]]);
 * assertEquals(await cdist(a, b).array(), [[0, 3, 4], [5, 4, 3]]);
 * assertEquals(await cdist(a, b, { p: 0 }).array(), [[0, 1, 1], [2, 1, 1]]);
 * assertEquals(await pdist(b).array(), [3, 4, 5]);
 * ```
 */
export const cdist: (x1: Tensor, x2: Tensor, options?: CdistOptions) => Tensor = /* @__PURE__ */ defineOp(
  "cdist",
  (x1, x2, { p = 2 } = {}) => {
    checkRows(x1, x2);
    const [a, b] = together("cdist", x1, x2), difference = sub(unsqueeze(a, -2), unsqueeze(b, -3));
    return lengths(difference, p);
  },
  { arity: 2, known: { p: 2 } },
);

/** The first and the second row of each pair of different rows, in the order of the first. */
function pairsOf(count: number): readonly Int32Array<ArrayBuffer>[] {
  const size = count * (count - 1) / 2, first = new Int32Array(size), second = new Int32Array(size);
  for (let i = 0, at = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++, at++) {
      first[at] = i;
      second[at] = j;
    }
  }
  return [first, second];
}

/**
 * The distances of all pairs of n different rows, `[n, M]` to `[n·(n - 1)/2]`, in the order of the first of them:
 * `torch.nn.functional.pdist`. Gradients and errors are those of {@link cdist}.
 *
 * @category Network functions
 */
export const pdist: (x: Tensor, options?: CdistOptions) => Tensor = /* @__PURE__ */ defineOp(
  "pdist",
  (x, options = {}) => {
    checkOptions("pdist", options, { p: 2 });
    checkFloating("pdist", x);
    if (x.rank !== 2) {
      throw new ShapeError(`Cannot pdist ${showShape(x.shape)}: rows [n, M] are needed`, {
        op: "pdist",
        shapes: [x.shape],
      });
    }
    const [a, b] = pairsOf(x.shape[0]).map((list) =>
      indexSelect(x, 0, fromArray(list, [list.length], { backend: x.backend }))
    );
    return lengths(sub(a, b), options.p ?? 2);
  },
);
