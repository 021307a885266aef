/** What becomes of numbers that meet integers which cannot hold them. */
import { category, type DType, isFloating } from "../base/dtype.ts";
import { checkHeld, checkNumber, holds, rangeOf } from "../base/integers.ts";
import { evaluate } from "../expr/evaluate.ts";
import type { Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/typing.ts";
import { constant } from "../tensor/constants.ts";
import { valueOf } from "../tensor/scalar.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { TensorLike } from "./operands.ts";

/**
 * Operands, and the dtype in which they meet.
 *
 * @category Own ops
 */
export interface Met {
  /** The operands, numbers replaced by those that stand for them. */
  readonly args: readonly TensorLike[];
  /** The dtype in which they are computed. */
  readonly dtype: DType;
}

/**
 * What is called with numbers, and the dtype in which its tensors alone would meet, which is not floating.
 *
 * @category Own ops
 */
export interface Meeting extends Met {
  /** What errors call it. */
  readonly name: string;
  /** What is computed. */
  readonly expr: Expr;
  /** The dtype of the tensors. */
  readonly tensors: DType;
}

/**
 * Fits numbers to integers.
 *
 * @category Own ops
 */
export type NumberRule = (meeting: Meeting) => Met;

function replaced(
  args: readonly TensorLike[],
  by: (value: number, i: number) => number,
): readonly TensorLike[] {
  return args.map((a, i) => typeof a === "number" ? by(a, i) : a);
}

/** Refuses numbers that the dtype cannot hold, unless the result is floating: then all is computed in floats. */
export const refusing: NumberRule = ({ name, expr, args, dtype }) => {
  if (args.every((a) => typeof a !== "number" || holds(dtype, a))) return { args, dtype };
  if (isFloating(typeOf(expr, args.map(() => dtype)))) return { args, dtype: "f32" };
  return { args: replaced(args, (value) => checkHeld(`${name} with`, value, dtype)), dtype };
};

/** A number counts as whether it is 0. */
export const asTruths: NumberRule = ({ args, tensors }) => ({
  args: replaced(args, (value) => Number(value !== 0)),
  dtype: tensors,
});

/**
 * For functions that rise with each operand, as maximum does: a number beyond the range stands for the end of it,
 * and is refused where the result could lie beyond.
 */
export const saturating: NumberRule = (meeting) => {
  const { expr, args, dtype } = meeting, range = rangeOf(dtype);
  if (!range) return { args, dtype };
  const [least, largest] = range;
  const reached = range.map((end) => evaluate(expr, args.map((a) => typeof a === "number" ? a : end)));
  if (!reached.every((value) => holds(dtype, value))) return refusing(meeting);
  return { args: replaced(args, (value) => Math.min(Math.max(value, least), largest)), dtype };
};

/** The integer that decides a comparison with a number in its place, an infinity where none does. */
export type Rounding = (value: number) => number;

/**
 * For a comparison, whose number is rounded to the integer that decides it, by a rounding for each side. One that
 * is beyond the range is as good as an infinity.
 */
export function comparing(left: Rounding, right: Rounding): NumberRule {
  return ({ args, dtype, tensors }) => {
    const integer = category(tensors) === 1 ? tensors : "i32";
    const whole = replaced(args, (value, i) => i === 0 ? left(value) : right(value));
    if (whole.every((a) => typeof a !== "number" || holds(integer, a))) {
      return { args: whole, dtype: args.some((a) => typeof a === "number") ? integer : dtype };
    }
    return {
      args: replaced(whole, (value) => value > 0 ? Infinity : value < 0 ? -Infinity : value),
      dtype: "f32",
    };
  };
}

/** The rounding of a comparison for equality: no integer equals a fraction or NaN. */
export function exactly(value: number): number {
  return Number.isInteger(value) ? value : Infinity;
}

/**
 * A tensor as it is, a number or cell as a shared tensor of the dtype and on the backend of `like`, which holds
 * it, or the error begins with what was `asked`.
 */
export function operandLike(asked: string, x: TensorLike, like: Tensor): Tensor {
  if (x instanceof Tensor) return x;
  const value = checkHeld(asked, checkNumber(asked, valueOf(x)), like.dtype);
  return constant(like.backend, like.dtype, value, x);
}
