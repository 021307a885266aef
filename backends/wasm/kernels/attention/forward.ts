/** The kernel of attention. */
import { type AttentionAttributes, e, input } from "@tapegrad/core/backend";
import type { WasmKernel } from "../kernel.ts";
import { multiply } from "../matmul/multiply.ts";
import { blocksOf, eachHead, headsOf, matrixAt, meansOf, rowsRun, runRows, tiled } from "./blocks.ts";
import { areMany, runByHeads } from "./by_heads.ts";
import { compute, once, put, repeated, turned, withRooms } from "./rooms.ts";
import { weighingRows } from "./rows_code.ts";

const [x, y] = [input(0), input(1)], scaled = e.mul(x, y);
const overTotal = e.div(x, e.select(e.eq(y, 0), 1, y));
const logOfTotal = e.select(e.eq(x, 0), Infinity, e.add(e.select(e.eq(y, -Infinity), 0, y), e.log(x)));

/** Attention and the log-sum-exp of each row. */
export const attention: WasmKernel<AttentionAttributes> = (inputs, [output, log], attributes, heap) => {
  const [q, k, v] = inputs, heads = headsOf(heap, inputs, attributes, [v]), { dtype, apart, batch } = heads;
  const queries = once(q, 2), keys = turned(once(k, 2)), means = meansOf(heap, heads);
  const weigh = rowsRun(heap, heads, weighingRows), blocks = blocksOf(heads);
  const { mask, columns, features, size } = heads, each = [...batch, heads.queries, 1];
  const isMany = areMany(heap, heads);
  withRooms(heap, {
    ...{ queries: { dtype, shape: queries.shape }, keys: { dtype, shape: keys.shape, apart } },
    ...{ scores: { dtype, shape: [heads.rows, apart] }, scale: { dtype, shape: [] } },
    ...{ peaks: { dtype, shape: each }, totals: { dtype, shape: each } },
  }, (rooms) => {
    put(heap, rooms.scale, attributes.scale);
    compute(heap, scaled, [queries, rooms.scale], rooms.queries);
    compute(heap, x, [keys], rooms.keys);
    const left = repeated(rooms.queries, q.shape), right = repeated(rooms.keys, turned(k).shape);
    const { scores, peaks, totals } = rooms, weights = matrixAt(scores, scores.pointer);
    const operands = [left, right, v, output, peaks, totals, ...mask ? [mask] : []];
    const isDone = isMany && runByHeads({
      ...{ heap, means, heads, operands, rooms: 1, part: 0 },
      tell(steps, { at, block: { start, rows, shown }, scores: [pointer] }): void {
        const c = matrixAt(scores, pointer), behind = start * size;
        const a = matrixAt(left, at[0], start), b = matrixAt(right, at[1]);
        steps.multiply("scores", { a, b, c, m: rows, n: tiled(shown), k: features }, { output: true });
        steps.runRows(weigh, at[6] ?? 0, [pointer, at[4] + behind, at[5] + behind], 1);
        const to = matrixAt(output, at[3], start), values = matrixAt(v, at[2]);
        steps.multiply("values", { a: c, b: values, c: to, m: rows, n: columns, k: shown }, { left: true });
      },
    });
    if (!isDone) {
      eachHead(heads, operands, (at) => {
        for (const block of blocks) {
          const { start, rows, shown } = block, behind = start * size;
          const a = matrixAt(left, at[0], start), b = matrixAt(right, at[1]);
          multiply(means, { a, b, c: weights, m: rows, n: tiled(shown), k: features });
          const along = [[scores.pointer, apart * size], [at[4] + behind, size], [
            at[5] + behind,
            size,
          ]] as const;
          runRows(heap, weigh, heads, block, { maskAt: at[6] ?? 0, along });
          const c = matrixAt(output, at[3], start);
          multiply(means, { a: weights, b: matrixAt(v, at[2]), c, m: rows, n: columns, k: shown });
        }
      });
    }
    compute(heap, overTotal, [output, totals], output);
    const row = { ...log, shape: each, strides: [...log.strides, 0] };
    compute(heap, logOfTotal, [totals, peaks], row);
  });
  return true;
};
