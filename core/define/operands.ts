/** What ops take: tensors and numbers, and the dtype in which they meet. */
import { checkNumber } from "../base/integers.ts";
import { operandLike } from "./numbers.ts";
import { isList, listOf } from "../base/shape.ts";
import { category, type DType, isFloating, promote } from "../base/dtype.ts";
import { DtypeError } from "../base/errors.ts";
import { defaultDtype } from "../device/context.ts";
import { currentBackend } from "../device/choice.ts";
import { withNumber } from "../expr/typing.ts";
import { constant } from "../tensor/constants.ts";
import { type Scalar, valueOf } from "../tensor/scalar.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";

/**
 * What functions of tensors take: a tensor, or a number or cell, which adapts to the tensors it meets.
 *
 * @category Tensors
 */
export type TensorLike = Tensor | Scalar | number | boolean;

/**
 * The dtype that operands meet in: PyTorch's rule, in which scalars yield to tensors within a category and
 * numbers to both. i32 with u32 is a {@link DtypeError}.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { commonDtype, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = zeros([2]), one = tensor(1, { dtype: "f64" }), whole = tensor([1], { dtype: "i32" });
 * assertEquals(commonDtype([x, one]), "f32"); // a scalar tensor does not widen
 * assertEquals(commonDtype([whole, 2]), "i32");
 * assertEquals(commonDtype([whole, 0.5]), "f32");
 * ```
 */
export function commonDtype(args: readonly TensorLike[]): DType {
  let sized: DType | null = null, scalar: DType | null = null;
  if (!isList(args)) listOf("find the dtype of", "the operands", args);
  for (const a of args) {
    if (!(a instanceof Tensor)) continue;
    if (a.rank > 0) sized = sized ? promote(sized, a.dtype) : a.dtype;
    else scalar = scalar ? promote(scalar, a.dtype) : a.dtype;
  }
  let common = sized && scalar ? meetScalar(sized, scalar) : sized ?? scalar;
  for (const given of args) {
    const a = valueOf(given);
    if (typeof a === "number") common = common ? withNumber(common, a) : defaultDtype();
    else if (typeof a === "boolean") common ??= "bool";
  }
  return common ?? defaultDtype();
}

function meetScalar(sized: DType, scalar: DType): DType {
  return category(scalar) > category(sized) ? promote(sized, scalar) : sized;
}

/**
 * A tensor as it is; a number or cell as a tensor of the dtype and on the backend of `like`. The result is shared:
 * it is to be read only.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { asTensor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertStrictEquals } from "@std/assert";
 *
 * const x = tensor([1, 2], { dtype: "f64" });
 * assertStrictEquals(asTensor(x), x);
 * assertEquals(asTensor(3, x).dtype, "f64");
 * assertEquals(asTensor(true).dtype, "bool");
 * ```
 */
export function asTensor(x: TensorLike, like?: Tensor): Tensor {
  if (x instanceof Tensor) return x;
  if (like !== undefined) {
    checkTensor("make a tensor like", like);
    return operandLike("make a tensor with", x, like);
  }
  const value = checkNumber("make a tensor with", valueOf(x));
  return constant(currentBackend(), commonDtype([x]), value, x);
}

/**
 * Refuses a dtype that an op on floats does not take, with a {@link DtypeError} that names the op.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { checkFloating, DtypeError, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * checkFloating("whiten", zeros([2]));
 * const whole = zeros([2], { dtype: "i32" });
 * assertThrows(() => checkFloating("whiten", whole), DtypeError, "Cannot take whiten of i32");
 * ```
 */
export function checkFloating(op: string, tensor: Tensor): void {
  checkTensor(op, tensor);
  if (isFloating(tensor.dtype)) return;
  throw new DtypeError(
    `Cannot take ${op} of ${tensor.dtype}: a floating dtype is needed, cast with to("f32")`,
    {
      op,
      dtypes: [tensor.dtype],
    },
  );
}
