/** The words of keys, on the host and in tensors: how keys are checked, split and read. */
import { ShapeError, showShape } from "../base/errors.ts";
import { isCount, sameShape } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { apply } from "../call/apply.ts";
import type { Backend } from "../device/backend.ts";
import { withBackend } from "../device/choice.ts";
import { e } from "../expr/e.ts";
import { input } from "../expr/expr.ts";
import { map, type MapAttributes } from "../primitives/map.ts";
import { countTo } from "../primitives/ordered.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Key, KeyWords } from "./keys.ts";
import { reshape } from "./shape.ts";
import { exprWords, threefry } from "./threefry.ts";
import { narrow } from "./windows.ts";

/** A key, or the error that says what it is instead. */
export function checkKey<K extends Key>(given: K): K {
  return given instanceof Tensor ? checkTensor(given) : checkWords(given as KeyWords) as K;
}

function checkTensor<T extends Tensor>(given: T): T {
  if (given.dtype === "u32" && sameShape(given.shape, [2])) return given;
  throw new ShapeError(
    `Cannot draw with a key of ${given.dtype} ${showShape(given.shape)}: make one with keyTensor(), u32 [2]`,
    { op: "draw", shapes: [given.shape] },
  );
}

function checkWords(given: KeyWords): KeyWords {
  const [high, low] = [given?.high, given?.low];
  if ([high, low].every((word) => isCount(word) && word < 2 ** 32)) return given;
  throw new TypeError(
    `Cannot draw with a key of words ${described(high)} and ${
      described(low)
    }: make one with key(seed) or splitKey()`,
  );
}

// Of a counter from 0, words of the keys that a key is split into: both of the first, then both of the second …
const [SPLIT_A, SPLIT_B] = threefry(exprWords, [input(1), input(2)], [
  e.cast(0, "u32"),
  e.shiftRightLogical(input(0), 1),
]);
const splitMap: MapAttributes = {
  name: "splitKey",
  exprs: [e.select(e.eq(e.bitAnd(input(0), 1), 0), SPLIT_A, SPLIT_B)],
};

/** 0, 1, 2, … on a backend, which random numbers are counted with. */
export function counted(length: number, backend: Backend): Tensor {
  return withBackend(backend, () => apply(countTo, [], { length }));
}

/** The words of a key that is a tensor, as tensors without axes. */
export function wordsOf(key: Tensor): Tensor[] {
  return [0, 1].map((i) => reshape(narrow(key, 0, i, 1), []));
}

/** Keys that are made of one, `[count, 2]`. */
export function keysFrom(from: Tensor, count: number): Tensor {
  const counter = counted(2 * count, from.backend);
  return reshape(apply(map, [counter, ...wordsOf(from)], splitMap), [count, 2]);
}

/** Keys that are made of one, each a tensor. */
export function splitTensor(from: Tensor, count: number): Tensor[] {
  const keys = keysFrom(from, count);
  return Array.from({ length: count }, (_, i) => reshape(narrow(keys, 0, i, 1), [2]));
}
