/** Arithmetic. */
import { isFloating } from "../base/dtype.ts";
import { described } from "../base/text.ts";
import { type BinaryOp, defineElementwise, elementwise, type UnaryOp } from "../define/elementwise.ts";
import { commonDtype, type TensorLike } from "../define/operands.ts";
import { e } from "../expr/e.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * What {@link add} and {@link sub} may be told.
 *
 * @category Elementwise
 */
export interface AlphaOptions {
  /** What the second operand is multiplied by; 1 unless said. */
  readonly alpha?: number;
}

/**
 * A sum or a difference of two operands, the second of which may be multiplied by a number first.
 *
 * @category Elementwise
 */
export type SumOp = (a: TensorLike, b: TensorLike, options?: AlphaOptions) => Tensor;

const scaledSum = elementwise("add", (a, b, alpha) => e.add(a, e.mul(alpha, b)));
const scaledDifference = elementwise("sub", (a, b, alpha) => e.sub(a, e.mul(alpha, b)));

/**
 * a + b, or a + alpha·b, elementwise: `torch.add`. Operands broadcast and meet in one dtype, to which a JavaScript
 * number adapts; extents that do not fit are a {@link ShapeError}, i32 with u32 a {@link DtypeError}.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { add, ShapeError, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const matrix = tensor([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(await add(matrix, tensor([10, 20, 30])).array(), [[11, 22, 33], [14, 25, 36]]);
 * assertThrows(() => add(matrix, tensor([1, 2])), ShapeError, "extents at axis -1 are 3 and 2");
 * assertEquals(add(tensor([1], { dtype: "i32" }), 0.5).dtype, "f32");
 * ```
 */
export const add: SumOp = defineElementwise("add", (a, b) => e.add(a, b), {
  choices: {
    known: { alpha: 1 },
    of: ({ alpha = 1 }: AlphaOptions, a, b) => scaledSum(a, b, alpha),
  },
});

/**
 * a - b, or a - alpha·b, elementwise, broadcasting: `torch.sub`. The gradient to an operand that was repeated is summed to its shape.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { sub, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const shift = variable(1);
 * const y = sub(tensor([5, 6, 7]), shift);
 * y.sum().backward();
 * assertEquals(await y.array(), [4, 5, 6]);
 * assertEquals(await shift.grad!.item(), -3);
 * ```
 */
export const sub: SumOp = defineElementwise("sub", (a, b) => e.sub(a, b), {
  choices: {
    known: { alpha: 1 },
    of: ({ alpha = 1 }: AlphaOptions, a, b) => scaledDifference(a, b, alpha),
  },
});

/**
 * a · b, elementwise, broadcasting; integers wrap at 32 bits.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { mul, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = variable([1, 2]), b = variable([3, 4]);
 * mul(a, b).sum().backward();
 * assertEquals(await a.grad!.array(), [3, 4]);
 * assertEquals(await b.grad!.array(), [1, 2]);
 * assertEquals(await mul(tensor(2 ** 30, { dtype: "i32" }), 3).item(), -(2 ** 30));
 * ```
 */
export const mul: BinaryOp = defineElementwise("mul", (a, b) => e.mul(a, b));

/**
 * What {@link div} may be told.
 *
 * @category Elementwise
 */
export interface DivOptions {
  /** Round the quotient towards zero or down; integers then stay integers, and the gradient is 0. */
  readonly roundingMode?: "trunc" | "floor";
}

const truncated = elementwise("div", (a, b) => e.trunc(e.div(a, b)));
const wholeQuotient = elementwise("div", (a, b) => e.floorDivide(e.sub(a, e.fmod(a, b)), b));

function rounded({ roundingMode }: DivOptions, a: TensorLike, b: TensorLike): Tensor {
  if (roundingMode === undefined) return div(a, b);
  if (roundingMode === "floor") return floorDivide(a, b);
  if (roundingMode !== "trunc") {
    throw new TypeError(
      `Cannot div with a roundingMode of ${described(roundingMode)}: choose trunc or floor`,
    );
  }
  return (isFloating(commonDtype([a, b])) ? truncated : wholeQuotient)(a, b);
}

/**
 * a / b, elementwise, broadcasting: `torch.div`. Integers give f32; division by zero gives ±Infinity, and NaN for 0 / 0.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { div, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await div(tensor([1, -1, 0]), 0).array(), [Infinity, -Infinity, NaN]);
 * const whole = tensor([7, -7], { dtype: "i32" });
 * assertEquals(await div(whole, 2).array(), [3.5, -3.5]);
 * assertEquals(await div(whole, 2, { roundingMode: "trunc" }).array(), [3, -3]);
 * ```
 */
export const div: (a: TensorLike, b: TensorLike, options?: DivOptions) => Tensor = defineElementwise(
  "div",
  (a, b) => e.div(a, b),
  { choices: { known: { roundingMode: "" }, of: rounded } },
);

/**
 * a to the power of b, elementwise, broadcasting; NaN where a is negative and b no integer. Integers stay
 * integers; an integer to a negative power is rounded towards 0. At a = 0 the gradient to b is 0 if b is not
 * negative.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { pow, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await pow(tensor([0, 2, -8]), tensor([0, 3, 1 / 3])).array(), [1, 8, NaN]);
 * assertEquals(await pow(tensor([1, 2], { dtype: "i32" }), -1).array(), [1, 0]);
 * const x = variable(0);
 * pow(x, 2).backward();
 * assertEquals(await x.grad!.item(), 0);
 * ```
 */
export const pow: BinaryOp = defineElementwise("pow", (a, b) => e.pow(a, b));

/**
 * a / b rounded down, elementwise, broadcasting; an integer divided by zero is 0. The gradient is 0.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { floorDivide, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await floorDivide(tensor([7, -7]), 2).array(), [3, -4]);
 * const whole = tensor([7, -7], { dtype: "i32" });
 * assertEquals(await floorDivide(whole, 2).array(), [3, -4]);
 * assertEquals(await floorDivide(whole, 0).array(), [0, 0]);
 * ```
 */
export const floorDivide: BinaryOp = defineElementwise("floorDivide", (a, b) => e.floorDivide(a, b));

/**
 * a - b·⌊a/b⌋, elementwise, broadcasting: the remainder with the sign of b, as Python's `%`. By zero it is
 * NaN, for integers 0.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { remainder, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await remainder(tensor([7, -7]), 3).array(), [1, 2]);
 * assertEquals(await remainder(tensor([7, -7]), -3).array(), [-2, -1]);
 * const turns = remainder(tensor([370, -10]), 360);
 * assertEquals(await turns.array(), [10, 350]);
 * ```
 */
export const remainder: BinaryOp = defineElementwise("remainder", (a, b) => e.remainder(a, b));

/**
 * The remainder of a / b with the sign of a, elementwise, broadcasting, as C's `fmod`. By zero it is NaN,
 * for integers 0.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { fmod, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await fmod(tensor([7, -7]), 3).array(), [1, -1]);
 * assertEquals(await fmod(tensor([7, -7]), -3).array(), [1, -1]);
 * ```
 */
export const fmod: BinaryOp = defineElementwise("fmod", (a, b) => e.fmod(a, b));

/**
 * -x, elementwise, of the dtype of x.
 *
 * @category Elementwise
 */
export const neg: UnaryOp = defineElementwise("neg", (x) => e.neg(x));

/**
 * x², elementwise, of the dtype of x.
 *
 * @category Elementwise
 */
export const square: UnaryOp = defineElementwise("square", (x) => e.square(x));

/**
 * √x, elementwise; NaN below 0, integers give f32. The gradient at 0 is Infinity.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { sqrt, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await sqrt(tensor([4, 0, -1])).array(), [2, 0, NaN]);
 * const x = variable([4, 0]);
 * sqrt(x).sum().backward();
 * assertEquals(await x.grad!.array(), [0.25, Infinity]);
 * ```
 */
export const sqrt: UnaryOp = defineElementwise("sqrt", (x) => e.sqrt(x));

/**
 * 1/√x, elementwise; Infinity at 0, NaN below, integers give f32.
 *
 * @category Elementwise
 */
export const rsqrt: UnaryOp = defineElementwise("rsqrt", (x) => e.rsqrt(x));

/**
 * 1/x, elementwise; integers give f32.
 *
 * @category Elementwise
 */
export const reciprocal: UnaryOp = defineElementwise("reciprocal", (x) => e.reciprocal(x));

/**
 * What a product or a quotient is added to, its two operands, and the number that it is multiplied by, 1 unless said.
 *
 * @category Elementwise
 */
export type AddedOp = (x: TensorLike, a: TensorLike, b: TensorLike, value?: TensorLike) => Tensor;

/**
 * x + value·a·b, elementwise, broadcasting, `value` being 1 unless said: `torch.addcmul`.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { addcdiv, addcmul, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 2]), a = tensor([4, 6]), b = tensor([2, 3]);
 * assertEquals(await addcmul(x, a, b).array(), [9, 20]);
 * assertEquals(await addcdiv(x, a, b, -1).array(), [-1, 0]);
 * ```
 */
export const addcmul: AddedOp = defineElementwise(
  "addcmul",
  (x, a, b, value) => e.add(x, e.mul(value, e.mul(a, b))),
  { defaults: [1] },
);

/**
 * x + value·a/b, elementwise, broadcasting, `value` being 1 unless said; integers give f32: `torch.addcdiv`.
 *
 * @category Elementwise
 */
export const addcdiv: AddedOp = defineElementwise(
  "addcdiv",
  (x, a, b, value) => e.add(x, e.mul(value, e.div(a, b))),
  { defaults: [1] },
);
