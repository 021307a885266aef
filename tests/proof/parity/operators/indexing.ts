/** Operators that pick and place elements. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";
import { madeOf, NotCovered } from "../sample.ts";
import { getItem } from "./get_item.ts";
import { lifted } from "./reductions.ts";

function indices(list: readonly number[], shape: readonly number[] = [list.length]): Tensor {
  return t.tensor([...list], { dtype: "i32" }).reshape(shape);
}

/** A vector of indices along an axis, repeated over the others. */
function along(index: Tensor, axis: number, shape: readonly number[]): Tensor {
  const at = axis < 0 ? axis + shape.length : axis;
  const wide = index.reshape(shape.map((_, i) => i === at ? index.size : 1));
  return t.expand(wide, shape.map((n, i) => i === at ? index.size : n));
}

/**
 * Leaves out samples that write one place twice: what is overwritten has no gradient with us, and PyTorch
 * documents that its own "will be incorrect" there.
 */
function checkDistinct(
  places: readonly number[],
  shape: readonly number[] = [places.length],
  axis = 0,
): void {
  const at = axis < 0 ? axis + shape.length : axis, inner = shape.slice(at + 1).reduce((a, b) => a * b, 1);
  const line = inner * shape[at];
  const targets = places.map((place, i) => `${Math.floor(i / line)} ${i % inner} ${place}`);
  if (new Set(targets).size < targets.length) throw new NotCovered("places written twice");
}

function withAxis(x: Tensor, run: (lifted: Tensor) => Tensor): Tensor {
  return run(lifted(x)).reshape(x.shape);
}

function gather(c: Call): Tensor {
  const index = c.tensor(2);
  return t.gather(lifted(c.tensor(0)), c.number(1), lifted(index)).reshape(index.shape);
}

function sourceOf(c: Call, index: Tensor): Tensor | number {
  const source = c.operand(3, "src");
  if (typeof source !== "object") return source;
  return t.slice(lifted(source), ...index.shape.map((n): [number, number] => [0, n]));
}

function scatter(op: typeof t.scatter): Operator {
  return (c) =>
    withAxis(c.tensor(0), (x) => {
      if (c.value(NAMED, "reduce") === "multiply") throw new NotCovered("scatter by multiplication");
      const index = lifted(c.tensor(2)), how = c.value(NAMED, "reduce") === "add" ? t.scatterAdd : op;
      if (how === t.scatter) checkDistinct(madeOf(c.tensor(2)), index.shape, c.number(1));
      return how(x, c.number(1), index, sourceOf(c, index));
    });
}

function scatterReduced(mean: boolean): Operator {
  return (c) =>
    withAxis(c.tensor(0), (x) => {
      const index = lifted(c.tensor(2)), axis = c.number(1), self = c.flag(NAMED, "include_self", true);
      const counts = t.scatterAdd(self ? x.onesLike() : x.zerosLike(), axis, index, 1);
      const start = self ? x : t.where(t.scatter(x.zerosLike(), axis, index, 1), 0, x);
      const total = t.scatterAdd(start, axis, index, sourceOf(c, index));
      return mean ? total.div(t.maximum(counts, 1)) : total;
    });
}

function atIndex(op: typeof t.scatter): Operator {
  return (c) =>
    withAxis(c.tensor(0), (x) => {
      const axis = c.number(1), index = along(c.tensor(2), axis, x.shape), source = c.operand(3);
      if (typeof source !== "object" || source.rank === 0 && x.size !== 1) return op(x, axis, index, source);
      if (op === t.scatter) checkDistinct(madeOf(c.tensor(2)));
      const alpha = c.number(NAMED, "alpha", 1), values = lifted(source);
      return op(x, axis, index, alpha === 1 ? values : values.mul(alpha));
    });
}

function indexPut(c: Call): Tensor {
  const x = c.tensor(0), [index, ...more] = c.tensors(1);
  if (more.length > 0) throw new NotCovered("index_put at more than one axis");
  const numbers = madeOf(index), mask = numbers.flatMap((n, i) => n ? [i] : []);
  const op = c.flag(3, "accumulate", false) ? t.scatterAdd : t.scatter;
  const places = index.dtype === "bool" ? mask : numbers, rows = indices(places);
  if (op === t.scatter) checkDistinct(places);
  return op(x, 0, along(rows, 0, x.shape), c.tensor(2));
}

function positions(index: Tensor, size: number): Tensor {
  return indices(madeOf(index).map((n) => n < 0 ? n + size : n));
}

function put(c: Call): Tensor {
  const x = c.tensor(0), op = c.flag(3, "accumulate", false) ? t.scatterAdd : t.scatter;
  if (op === t.scatter) checkDistinct(madeOf(c.tensor(1)));
  return op(x.reshape([-1]), 0, positions(c.tensor(1), x.size), c.tensor(2).reshape([-1])).reshape(x.shape);
}

function take(c: Call): Tensor {
  const x = c.tensor(0), index = c.tensor(1);
  return t.gather(x.reshape([-1]), 0, positions(index, x.size)).reshape(index.shape);
}

function maskedScatter(c: Call): Tensor {
  const [x, mask] = t.broadcastTensors([c.tensor(0), c.tensor(1)]), source = c.tensor(2).reshape([-1]);
  const place = t.cumsum(mask.reshape([-1]).to("i32"), 0).sub(1);
  return t.where(mask, t.gather(source, 0, t.maximum(place, 0)).reshape(x.shape), x);
}

function selectScatter(c: Call): Tensor {
  const x = c.tensor(0), axis = c.number(2, "dim"), at = c.number(3, "index"), n = x.shape.at(axis)!;
  const index = along(indices([at < 0 ? at + n : at]), axis, x.shape);
  return t.scatter(x, axis, index, t.unsqueeze(c.tensor(1), axis));
}

/** Axes with two of them moved to the end. */
function moved(rank: number, c: Call, at: number): number[] {
  const pair = [c.number(at, "dim1", 0), c.number(at + 1, "dim2", 1)].map((a) => a < 0 ? a + rank : a);
  return [...Array.from({ length: rank }, (_, i) => i).filter((i) => !pair.includes(i)), ...pair];
}

function back(x: Tensor, order: readonly number[]): Tensor {
  return t.permute(x, order.map((_, i) => order.indexOf(i)));
}

function diagonal(c: Call): Tensor {
  return t.diagonal(t.permute(c.tensor(0), moved(c.tensor(0).rank, c, 2)), c.number(1, "offset", 0));
}

function diagonalScatter(c: Call): Tensor {
  const order = moved(c.tensor(0).rank, c, 3),
    x = t.permute(c.tensor(0), order),
    k = c.number(2, "offset", 0);
  const [rows, columns] = x.shape.slice(-2), source = c.tensor(1);
  const [i, j] = [Math.max(0, -k), Math.max(0, k)];
  const flat = indices(Array.from({ length: source.shape.at(-1)! }, (_, n) => (i + n) * columns + j + n));
  const merged = x.reshape([...x.shape.slice(0, -2), rows * columns]);
  return back(t.scatter(merged, -1, along(flat, -1, merged.shape), source).reshape(x.shape), order);
}

function diagonalEmbed(c: Call): Tensor {
  const x = c.tensor(0), k = c.number(1, "offset", 0), n = x.shape.at(-1)!, rank = x.rank + 1;
  const padded = t.pad(x, [k > 0 ? [k, 0] : [0, -k]]);
  const mask = t.diag(t.ones([n]), k), matrices = t.where(mask, t.unsqueeze(padded, -2), 0);
  const pair = [c.number(2, "dim1", -2), c.number(3, "dim2", -1)].map((a) => a < 0 ? a + rank : a);
  return back(matrices, [...matrices.shape.map((_, i) => i).filter((i) => !pair.includes(i)), ...pair]);
}

/** PyTorch's names of operators that pick and place. */
export const indexing: Readonly<Record<string, Operator>> = {
  "__getitem__": getItem,
  "gather": gather,
  "index_select": (c) => withAxis(c.tensor(0), (x) => t.indexSelect(x, c.number(1), c.tensor(2))),
  "take": take,
  "take_along_dim": (c) =>
    t.takeAlongAxis(
      c.tensor(0),
      c.tensor(1),
      c.value(2, "dim") === undefined ? undefined : c.number(2, "dim"),
    ),
  "scatter": scatter(t.scatter),
  "scatter_add": scatter(t.scatterAdd),
  "scatter_reduce.sum": scatterReduced(false),
  "scatter_reduce.mean": scatterReduced(true),
  "index_add": atIndex(t.scatterAdd),
  "index_copy": atIndex(t.scatter),
  "index_fill": atIndex(t.scatter),
  "index_put": indexPut,
  "put": put,
  "masked_scatter": maskedScatter,
  "select_scatter": selectScatter,
  "diag": (c) => t.diag(c.tensor(0), c.number(1, "diagonal", 0)),
  "diagonal": diagonal,
  "diagonal_scatter": diagonalScatter,
  "diag_embed": diagonalEmbed,
  "diagflat": (c) => t.diag(c.tensor(0).reshape([-1]), c.number(1, "offset", 0)),
  "tril": (c) => t.tril(c.tensor(0), c.number(1, "diagonal", 0)),
  "triu": (c) => t.triu(c.tensor(0), c.number(1, "diagonal", 0)),
};
