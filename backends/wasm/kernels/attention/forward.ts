/** The kernel of attention. */
import { type AttentionAttributes, e, input } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Run } from "../../modules.ts";
import type { Operand, WasmKernel } from "../kernel.ts";
import { type Means, multiply } from "../matmul/multiply.ts";
import {
  blocksOf,
  eachHead,
  type Heads,
  headsOf,
  matrixAt,
  meansOf,
  rowsRun,
  runRows,
  tiled,
} from "./blocks.ts";
import { areMany, type ByHeads, runByHeads } from "./by_heads.ts";
import { compute, once, put, repeated, turned, withRooms } from "./rooms.ts";
import { weighingRows } from "./rows_code.ts";

const [x, y] = [input(0), input(1)], scaled = e.mul(x, y);
const overTotal = e.div(x, e.select(e.eq(y, 0), 1, y));
const logOfTotal = e.select(e.eq(x, 0), Infinity, e.add(e.select(e.eq(y, -Infinity), 0, y), e.log(x)));

/** What a call computes with: queries, keys, values, the output, peaks and totals of rows, and a mask. */
interface Parts {
  readonly heap: Heap;
  readonly means: Means;
  readonly heads: Heads;
  readonly weigh: Run;
  readonly operands: readonly Operand[];
  /** Room for the scores of a block. */
  readonly scores: Operand;
}

// Scores, their weights, and the values that these weigh.
function tellOf({ heads, weigh, operands, scores }: Parts): ByHeads["tell"] {
  const { columns, features, size } = heads, [left, right, values, output] = operands;
  return (steps, { at, block: { start, rows, shown }, scores: [pointer] }) => {
    const c = matrixAt(scores, pointer), behind = start * size;
    const a = matrixAt(left, at[0], start), b = matrixAt(right, at[1]);
    steps.multiply("scores", { a, b, c, m: rows, n: tiled(shown), k: features }, { output: true });
    steps.runRows(weigh, at[6] ?? 0, [pointer, at[4] + behind, at[5] + behind], 1);
    const to = matrixAt(output, at[3], start), from = matrixAt(values, at[2]);
    steps.multiply("values", { a: c, b: from, c: to, m: rows, n: columns, k: shown }, { left: true });
  };
}

// One head after another, each of whose steps threads share.
function runOneByOne({ heap, means, heads, weigh, operands, scores }: Parts): void {
  const { apart, columns, features, size } = heads, [left, right, values, output] = operands;
  const weights = matrixAt(scores, scores.pointer), blocks = blocksOf(heads);
  eachHead(heads, operands, (at) => {
    for (const block of blocks) {
      const { start, rows, shown } = block, behind = start * size;
      const a = matrixAt(left, at[0], start), b = matrixAt(right, at[1]);
      multiply(means, { a, b, c: weights, m: rows, n: tiled(shown), k: features });
      const totals = [[at[4] + behind, size], [at[5] + behind, size]] as const;
      runRows(heap, weigh, heads, block, {
        maskAt: at[6] ?? 0,
        along: [[scores.pointer, apart * size], ...totals],
      });
      const c = matrixAt(output, at[3], start);
      multiply(means, { a: weights, b: matrixAt(values, at[2]), c, m: rows, n: columns, k: shown });
    }
  });
}

/** Attention and the log-sum-exp of each row. */
export const attention: WasmKernel<AttentionAttributes> = (inputs, [output, log], attributes, heap) => {
  const [q, k, v] = inputs, heads = headsOf(heap, inputs, attributes, [v]), { dtype, apart, batch } = heads;
  const queries = once(q, 2), keys = turned(once(k, 2)), means = meansOf(heap, heads);
  const weigh = rowsRun(heap, heads, weighingRows), { mask } = heads, each = [...batch, heads.queries, 1];
  withRooms(heap, {
    ...{ queries: { dtype, shape: queries.shape }, keys: { dtype, shape: keys.shape, apart } },
    ...{ scores: { dtype, shape: [heads.rows, apart] }, scale: { dtype, shape: [] } },
    ...{ peaks: { dtype, shape: each }, totals: { dtype, shape: each } },
  }, (rooms) => {
    put(heap, rooms.scale, attributes.scale);
    compute(heap, scaled, [queries, rooms.scale], rooms.queries);
    compute(heap, x, [keys], rooms.keys);
    const left = repeated(rooms.queries, q.shape), right = repeated(rooms.keys, turned(k).shape);
    const { scores, peaks, totals } = rooms, operands = [left, right, v, output, peaks, totals];
    const parts: Parts = {
      heap,
      means,
      heads,
      weigh,
      operands: mask ? [...operands, mask] : operands,
      scores,
    };
    const isDone = areMany(heap, heads) && runByHeads({ ...parts, rooms: 1, part: 0, tell: tellOf(parts) });
    if (!isDone) runOneByOne(parts);
    compute(heap, overTotal, [output, totals], output);
    const row = { ...log, shape: each, strides: [...log.strides, 0] };
    compute(heap, logOfTotal, [totals, peaks], row);
  });
  return true;
};
