/** Rows of indexing and linear algebra. */
import * as tg from "@tapegrad/core";
import { i32, type Row, row, sample } from "./row.ts";

const matrix = (): tg.Tensor => sample([3, 4]);
const index = (): tg.Tensor => i32([[2, 0, 2], [1, 1, 0]]);
const repeated = (): tg.Tensor => i32([[2, 0, 1], [2, 1, 1]]);
const source = (): tg.Tensor => sample([2, 3], { seed: 1 });

const indexing: readonly Row[] = [
  row("gather", "first axis, repeated", {
    inputs: () => [matrix(), index()],
    call: (x, i) => tg.gather(x, 0, i),
  }),
  row("gather", "last axis", { inputs: () => [matrix(), index()], call: (x, i) => tg.gather(x, -1, i) }),
  row("scatter", "repeated, the last staying", {
    inputs: () => [matrix(), repeated(), source()],
    call: (x, i, s) => tg.scatter(x, 0, i, s),
  }),
  row("scatter", "last axis, repeated", {
    inputs: () => [matrix(), index(), source()],
    call: (x, i, s) => tg.scatter(x, 1, i, s),
  }),
  row("scatter", "number", {
    inputs: () => [matrix(), index()],
    call: (x, i) => tg.scatter(x, 0, i, 0.5),
  }),
  row("scatterAdd", "repeated", {
    inputs: () => [matrix(), index(), source()],
    call: (x, i, s) => tg.scatterAdd(x, 0, i, s),
  }),
  row("indexSelect", "last axis", {
    inputs: () => [matrix(), i32([3, 0, 3])],
    call: (x, i) => tg.indexSelect(x, 1, i),
  }),
  row("takeAlongAxis", "broadcast", {
    inputs: () => [sample([3, 1]), i32([[2, 0, 1, 2]])],
    call: (x, i) => tg.takeAlongAxis(x, i, 0),
  }),
  row("takeAlongAxis", "flattened", {
    inputs: () => [matrix(), i32([7, 0, 7])],
    call: (x, i) => tg.takeAlongAxis(x, i),
  }),
  row("choice", "with replacement", {
    inputs: () => [matrix()],
    call: (x) => tg.choice(x, 5, { key: tg.key(1) }),
  }),
  row("choice", "without", {
    inputs: () => [matrix()],
    call: (x) => tg.choice(x, 2, { key: tg.key(1), replace: false }),
  }),
];

function product(name: string, a: number[], b: number[]): Row {
  return row("matmul", name, {
    inputs: () => [sample(a), sample(b, { seed: 1 })],
    call: (x, y) => tg.matmul(x, y),
  });
}

function sums(equation: string, ...shapes: number[][]): Row {
  return row("einsum", equation, {
    inputs: () => shapes.map((shape, seed) => sample(shape, { seed })),
    call: (...operands) => tg.einsum(equation, ...operands),
  });
}

const algebra: readonly Row[] = [
  product("matrices", [2, 3], [3, 4]),
  product("vector and matrix", [3], [3, 2]),
  product("matrix and vector", [2, 3], [3]),
  product("vectors", [3], [3]),
  product("batches", [2, 2, 3], [2, 3, 2]),
  product("batches that broadcast", [2, 1, 2, 3], [4, 3, 2]),
  product("batch and vector", [2, 2, 3], [3]),
  row("matmul", "transposed views", {
    inputs: () => [sample([3, 2]), sample([4, 3], { seed: 1 })],
    call: (a, b) => tg.matmul(a.transpose(), b.transpose()),
  }),
  row("matmul", "with itself", { inputs: () => [sample([3, 3])], call: (x) => tg.matmul(x, x) }),
  row("dot", "vectors", {
    inputs: () => [sample([4]), sample([4], { seed: 1 })],
    call: (a, b) => tg.dot(a, b),
  }),
  row("outer", "vectors", {
    inputs: () => [sample([2]), sample([3], { seed: 1 })],
    call: (a, b) => tg.outer(a, b),
  }),
  row("trace", "batch", { inputs: () => [sample([2, 3, 3])], call: (x) => tg.trace(x) }),
  sums("ij,jk->ik", [2, 3], [3, 2]),
  sums("ii->", [3, 3]),
  sums("ij->ji", [2, 3]),
  sums("bij,bjk,bk->bi", [2, 2, 3], [2, 3, 2], [2, 2]),
  sums("...i,...i", [2, 3], [3]),
];

/** Rows of indexing and linear algebra. */
export const indexingRows: readonly Row[] = [...indexing, ...algebra];
