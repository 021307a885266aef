/** Functions of complex numbers as scalar expressions of their parts, from which their gradients follow. */
import { dtypes } from "../../base/dtype.ts";
import { defineOp } from "../../define/composite.ts";
import type { Backend } from "../../device/backend.ts";
import { elementwise } from "../../define/elementwise.ts";
import { commonDtype } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import type { Expr } from "../../expr/expr.ts";
import { cast, narrow, reshape } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { arange } from "../ranges.ts";
import { floating, pairsOf, partOf } from "./pairs.ts";

/** The real part and the imaginary part of a number. */
export type Parts = readonly [re: Expr, im: Expr];

// 0 at the real parts, 1 at the imaginary ones.
function placesOn(backend: Backend): Tensor {
  return arange(2, { dtype: "i32", backend });
}

function choose(place: Expr, [re, im]: Parts): Expr {
  return e.select(e.ne(place, 0), im, re);
}

// The parts along a last axis of extent 1, which broadcasts to that of the pairs.
function spreadParts(z: Tensor): [Tensor, Tensor] {
  return [narrow(z, z.rank - 1, 0, 1), narrow(z, z.rank - 1, 1, 1)];
}

/** Pairs of pairs, within a function that has a name. */
export function elementPairs(op: string, build: (...z: Parts) => Parts): (z: Tensor) => Tensor {
  const run = elementwise(op, (re, im, at) => choose(at, build(re, im)));
  return (z) => {
    const pairs = pairsOf(op, z);
    return run(...spreadParts(pairs), placesOn(pairs.backend));
  };
}

/** Pairs of pairs. */
export function pairFunction(op: string, build: (...z: Parts) => Parts): (z: Tensor) => Tensor {
  return defineOp(op, elementPairs(op, build), { dtypes });
}

/** Pairs of two of them, which broadcast and meet in one dtype. */
export function twoPairFunction(
  op: string,
  build: (z: Parts, w: Parts) => Parts,
): (z: Tensor, w: Tensor) => Tensor {
  const run = elementwise(op, (a, b, c, d, at) => choose(at, build([a, b], [c, d])));
  return defineOp(op, (z, w) => {
    const [left, right] = meeting(op, [z, w]);
    return run(...spreadParts(left), ...spreadParts(right), placesOn(left.backend));
  }, { dtypes, arity: 2 });
}

/** Real numbers of pairs. */
export function realFunction(op: string, build: (...z: Parts) => Expr): (z: Tensor) => Tensor {
  const run = elementwise(op, build);
  return defineOp(op, (z) => {
    const pairs = pairsOf(op, z);
    return run(partOf(pairs, 0), partOf(pairs, 1));
  }, { dtypes });
}

/** Pairs of two real numbers, which broadcast. */
export function pairOfReals(op: string, build: (...of: Parts) => Parts): (a: Tensor, b: Tensor) => Tensor {
  const run = elementwise(op, (a, b, at) => choose(at, build(a, b)));
  return defineOp(op, (a, b) => {
    const [x, y] = [a, b].map((part) => floating(op, part));
    return run(reshape(x, [...x.shape, 1]), reshape(y, [...y.shape, 1]), placesOn(x.backend));
  }, { dtypes, arity: 2 });
}

/** Operands of one dtype. */
export function meeting(op: string, operands: readonly Tensor[]): Tensor[] {
  const pairs = operands.map((z) => pairsOf(op, z)), dtype = commonDtype(pairs);
  return pairs.map((z) => cast(z, dtype));
}
