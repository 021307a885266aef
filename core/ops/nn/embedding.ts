/** Rows of a table, looked up by number. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkSetting } from "../../base/settings.ts";
import { described } from "../../base/text.ts";
import { withRecording } from "../../call/record.ts";
import { defineOp } from "../../define/composite.ts";
import { assign } from "../../define/update.ts";
import { filled } from "../../tensor/constants.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add, div, mul } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { equal, greater } from "../comparison.ts";
import { logicalAnd } from "../logic.ts";
import { gather, indexSelect, scatter, scatterAdd } from "../indexing.ts";
import { reshape, unsqueeze } from "../shape.ts";
import { norm } from "../statistics.ts";
import { straightThrough } from "./straight_through.ts";

/**
 * What {@link embedding} may be told.
 *
 * @category Network functions
 */
export interface EmbeddingOptions {
  /** A row that gets no gradient; negative ones count from the end. */
  readonly paddingIdx?: number | undefined;
  /** The norm that rows which are looked up may have: longer ones are shortened, in the table itself. */
  readonly maxNorm?: number | undefined;
  /** The order of that norm: 2 unless said. */
  readonly normType?: number;
  /** Whether the gradient to a row is divided by how often it is looked up; not unless said. */
  readonly scaleGradByFreq?: boolean;
}

/** The options of {@link embedding}, each with a value of its kind. */
export const embeddingSettings = { paddingIdx: 0, maxNorm: 1, normType: 2, scaleGradByFreq: false };

function checkTable(op: string, index: Tensor, weight: Tensor): void {
  if (weight.rank === 2) return;
  throw new ShapeError(
    `Cannot take ${op} at ${showShape(index.shape)} of a table ${
      showShape(weight.shape)
    }: [rows, width] is needed`,
    { op, shapes: [index.shape, weight.shape] },
  );
}

/** Which row gets no gradient, counted from the front. */
export function paddingOf(op: string, weight: Tensor, { paddingIdx }: EmbeddingOptions): number | undefined {
  const rows = weight.shape[0];
  if (paddingIdx === undefined) return undefined;
  if (Number.isInteger(paddingIdx) && paddingIdx >= -rows && paddingIdx < rows) {
    return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  }
  throw new RangeError(
    `Cannot take ${op} with paddingIdx ${described(paddingIdx)}: the table has ${rows} rows`,
  );
}

/** Shortens the rows that are looked up, in place and off the tape. */
function renormalize(index: Tensor, weight: Tensor, maxNorm: number, order: number): void {
  withRecording(false, () => {
    const lengths = norm(weight, 1, { order, keepDims: true }), unused = filled(0, lengths.shape, index);
    const isUsed = equal(scatter(unused, 0, unsqueeze(index, 1), 1), 1);
    const factor = where(logicalAnd(isUsed, greater(lengths, maxNorm)), div(maxNorm, add(lengths, 1e-7)), 1);
    assign(weight, mul(weight, factor));
  });
}

/** How often each element of a vector of row numbers is in it. */
function frequencies(index: Tensor, rows: number): Tensor {
  return gather(scatterAdd(filled(0, [rows], index), 0, index, 1), 0, index);
}

/** Rows `[n, width]` at a vector of numbers; `op` names who asked. */
export function lookedUp(op: string, index: Tensor, weight: Tensor, options: EmbeddingOptions): Tensor {
  const { maxNorm, normType = 2, scaleGradByFreq = false } = options;
  checkTable(op, index, weight);
  const padding = paddingOf(op, weight, options);
  if (maxNorm !== undefined) {
    checkSetting(`take ${op}`, "maxNorm", maxNorm, 0);
    renormalize(index, weight, maxNorm, normType);
  }
  const found = indexSelect(weight, 0, index);
  const rows = padding === undefined
    ? found
    : where(unsqueeze(equal(index, padding), 1), found.detach(), found);
  if (!scaleGradByFreq) return rows;
  const counts = unsqueeze(frequencies(index, weight.shape[0]).to(rows.dtype), 1);
  return straightThrough(rows, div(rows, counts));
}

/**
 * The rows of a table `[rows, width]` that indices name, `[…]` to `[…, width]`: `torch.nn.functional.embedding`. An index
 * out of range is an {@link IndexError}, one that is not i32 or u32 a {@link DtypeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { embedding, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const table = variable([[0, 0], [1, 2], [3, 4]]), words = tensor([[2, 0], [2, 1]], { dtype: "i32" });
 * const rows = embedding(words, table, { paddingIdx: 0 });
 * assertEquals(await rows.array(), [[[3, 4], [0, 0]], [[3, 4], [1, 2]]]);
 * rows.sum().backward();
 * assertEquals(await table.grad!.array(), [[0, 0], [1, 1], [2, 2]]);
 * ```
 */
export const embedding: (index: Tensor, weight: Tensor, options?: EmbeddingOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "embedding",
    (index, weight, options = {}) =>
      reshape(lookedUp("embedding", reshape(index, [index.size]), weight, options), [
        ...index.shape,
        ...weight.shape.slice(1),
      ]),
    { arity: 2, known: embeddingSettings },
  );
