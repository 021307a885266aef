/** Bags of rows of a table, each added up. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { sameShape } from "../../base/shape.ts";
import { described } from "../../base/text.ts";
import { defineOp } from "../../define/composite.ts";
import { filled } from "../../tensor/constants.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { div, mul, sub } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { equal, lessEqual, notEqual } from "../comparison.ts";
import { argsort, cumsum } from "../cumulative.ts";
import { gather, scatterAdd, slice } from "../indexing.ts";
import { logicalAnd } from "../logic.ts";
import { maximum, minimum } from "../magnitude.ts";
import { arange } from "../ranges.ts";
import { expand, reshape, unsqueeze } from "../shape.ts";
import { type EmbeddingOptions, embeddingSettings, lookedUp, paddingOf } from "./embedding.ts";

/**
 * What {@link embeddingBag} may be told.
 *
 * @category Network functions
 */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** Where each bag begins in a vector of indices, from 0. */
  readonly offsets?: Tensor | undefined;
  /** What is taken of the rows of a bag: the mean unless said. */
  readonly mode?: "sum" | "mean" | "max";
  /** What each row is multiplied with, of the shape of the indices; for sums. */
  readonly perSampleWeights?: Tensor | undefined;
  /** Whether the last offset is the end of the last bag, not the beginning of another; not unless said. */
  readonly includeLastOffset?: boolean;
}

interface Bags {
  /** The bag of each index: `[n]`. */
  readonly of: Tensor;
  /** Where each bag begins: `[bags]`. */
  readonly starts: Tensor;
  /** Whether each index is in a bag, `[n]`; all are where none can lie behind the last. */
  readonly isIn?: Tensor;
}

function refusal(index: Tensor, why: string): ShapeError {
  return new ShapeError(`Cannot take embeddingBag at ${showShape(index.shape)}: ${why}`, {
    op: "embeddingBag",
    shapes: [index.shape],
  });
}

function bagsOf(index: Tensor, { offsets, includeLastOffset = false }: EmbeddingBagOptions): Bags {
  const on = { dtype: "i32", backend: index.backend } as const;
  if (index.rank === 2) {
    if (offsets) throw refusal(index, "rows of bags need no offsets");
    const [count, size] = index.shape, starts = mul(arange(count, undefined, on), size);
    return {
      starts,
      of: reshape(expand(unsqueeze(arange(count, undefined, on), 1), index.shape), [index.size]),
    };
  }
  if (index.rank !== 1 || offsets?.rank !== 1) {
    throw refusal(index, "[bags, size], or a vector with offsets, a vector too, is needed");
  }
  if (includeLastOffset && offsets.size === 0) {
    throw refusal(index, "one offset at least is needed, the last");
  }
  const begun = scatterAdd(filled(0, [index.size + 1], { ...on, dtype: index.dtype }), 0, offsets, 1);
  const bags = sub(slice(cumsum(begun.to("i32"), 0), [0, index.size]), 1);
  if (!includeLastOffset) return { starts: offsets, of: bags };
  const last = offsets.size - 2;
  return {
    starts: slice(offsets, [0, -1]),
    of: minimum(bags, Math.max(last, 0)),
    isIn: lessEqual(bags, last),
  };
}

/** Along rows `[n, width]`, the first of those that are largest in each bag, column by column; 0 of an empty one. */
function largest(rows: Tensor, bags: Bags, isEmpty: Tensor): Tensor {
  const [n, width] = rows.shape, count = isEmpty.size;
  if (n === 0) return filled(0, [count, width], rows);
  const byValue = argsort(rows.detach(), 0, { descending: true });
  const bagsByValue = gather(expand(unsqueeze(bags.of, 1), rows.shape), 0, byValue);
  const order = gather(byValue, 0, argsort(bagsByValue, 0));
  const first = where(isEmpty, 0, bags.starts.to("i32"));
  const found = gather(rows, 0, gather(order, 0, expand(unsqueeze(first, 1), [count, width])));
  return where(unsqueeze(isEmpty, 1), 0, found);
}

function isMode(mode: unknown): boolean {
  return mode === "sum" || mode === "mean" || mode === "max";
}

function checkMode(index: Tensor, options: EmbeddingBagOptions): void {
  const { mode = "mean", perSampleWeights: weights } = options;
  if (!isMode(mode)) {
    throw new TypeError(`Cannot take embeddingBag in mode ${described(mode)}: choose one of sum, mean, max`);
  }
  if (mode === "max" && options.scaleGradByFreq) {
    throw new TypeError(
      "Cannot take embeddingBag in mode max with scaleGradByFreq: it is for sums and means",
    );
  }
  if (!weights) return;
  checkTensor("take embeddingBag with perSampleWeights, which are", weights);
  if (mode !== "sum") {
    throw new TypeError(`Cannot take embeddingBag in mode ${mode} with perSampleWeights: they are for sums`);
  }
  if (!sameShape(weights.shape, index.shape)) {
    throw refusal(index, `its perSampleWeights are ${showShape(weights.shape)}, the same shape is needed`);
  }
}

interface Contents {
  /** What is in each bag: `[n, width]`. */
  readonly rows: Tensor;
  readonly bags: Bags;
  /** Whether each counts, `[n, 1]`; all do where there is no padding. */
  readonly counts: Tensor | undefined;
}

function total({ rows, bags, counts }: Contents, weights: Tensor | undefined): Tensor {
  const kept = counts ? where(counts, rows, 0) : rows, [n, width] = rows.shape;
  const weighted = weights ? mul(kept, reshape(weights, [n, 1])) : kept;
  const none = filled(0, [bags.starts.size, width], weighted);
  return scatterAdd(none, 0, expand(unsqueeze(bags.of, 1), rows.shape), weighted);
}

function counted(isRow: Tensor, { isIn }: Bags): Tensor {
  return isIn ? logicalAnd(isRow, isIn) : isRow;
}

/** How many rows that count are in each bag: `[bags]`, in the dtype of rows. */
function sizes({ rows, bags, counts }: Contents): Tensor {
  const ones = counts ? reshape(counts, [rows.shape[0]]).to(rows.dtype) : 1;
  return scatterAdd(filled(0, bags.starts.shape, rows), 0, bags.of, ones);
}

function reduced(contents: Contents, { mode = "mean", perSampleWeights }: EmbeddingBagOptions): Tensor {
  if (mode === "sum") return total(contents, perSampleWeights);
  const size = sizes(contents), { rows, bags, counts } = contents;
  if (mode === "mean") return div(total(contents, undefined), unsqueeze(maximum(size, 1), 1));
  return largest(counts ? where(counts, rows, -Infinity) : rows, bags, equal(size, 0));
}

const settings = {
  ...embeddingSettings,
  offsets: null,
  mode: "mean",
  perSampleWeights: null,
  includeLastOffset: false,
};

/**
 * The mean, sum or largest of bags of rows of a table `[rows, width]`, `[bags, size]` to `[bags, width]`, or of a vector of
 * indices in which bags begin at offsets; 0 of an empty bag: `torch.nn.functional.embedding_bag`. The row of `paddingIdx`
 * does not count. Of rows that are equally large the first has the gradient. Errors are those of {@link embedding}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { embeddingBag, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const table = tensor([[1, 1], [3, 5], [5, 0]]), i32 = { dtype: "i32" } as const;
 * assertEquals(await embeddingBag(tensor([[0, 1], [2, 2]], i32), table).array(), [[2, 3], [5, 0]]);
 * const words = tensor([0, 1, 2], i32), offsets = tensor([0, 0, 1], i32);
 * assertEquals(await embeddingBag(words, table, { offsets, mode: "max" }).array(), [[0, 0], [1, 1], [5, 5]]);
 * ```
 */
export const embeddingBag: (index: Tensor, weight: Tensor, options?: EmbeddingBagOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "embeddingBag",
    (index, weight, options = {}) => {
      checkMode(index, options);
      const bags = bagsOf(index, options), list = reshape(index, [index.size]);
      const rows = lookedUp("embeddingBag", list, weight, options);
      const padding = paddingOf("embeddingBag", weight, options);
      const isRow = padding === undefined ? bags.isIn : counted(notEqual(list, padding), bags);
      return reduced({ rows, bags, counts: isRow && unsqueeze(isRow, 1) }, options);
    },
    { arity: 2, known: settings },
  );
