/** Arithmetic and rounding, elementwise and broadcasting. */
import { type BinaryOp, defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { saturating } from "../define/numbers.ts";
import { e } from "../expr/e.ts";

/**
 * a + b, elementwise. Operands broadcast and meet in one dtype, to which a JavaScript number adapts; extents
 * that do not fit are a {@link ShapeError}, i32 with u32 a {@link DtypeError}.
 *
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
export const add: BinaryOp = defineElementwise("add", (a, b) => e.add(a, b));

/**
 * a - b, elementwise, broadcasting. The gradient to an operand that was repeated is summed to its shape.
 *
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
export const sub: BinaryOp = defineElementwise("sub", (a, b) => e.sub(a, b));

/**
 * a · b, elementwise, broadcasting; integers wrap at 32 bits.
 *
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
 * a / b, elementwise, broadcasting. Integers give f32; division by zero gives ±Infinity, and NaN for 0 / 0.
 *
 * @example
 * ```ts
 * import { div, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await div(tensor([1, -1, 0]), 0).array(), [Infinity, -Infinity, NaN]);
 * assertEquals(await div(tensor([7], { dtype: "i32" }), 2).array(), [3.5]);
 * ```
 */
export const div: BinaryOp = defineElementwise("div", (a, b) => e.div(a, b));

/**
 * a to the power of b, elementwise, broadcasting; NaN where a is negative and b no integer. Integers stay
 * integers; an integer to a negative power is rounded towards 0. At a = 0 the gradient to b is 0 if b is not
 * negative.
 *
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
 * The larger of a and b, elementwise, broadcasting; NaN if either is. At a tie each takes half of the
 * gradient.
 *
 * @example
 * ```ts
 * import { maximum, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = variable([1, 2, 5]), b = variable([1, 3, 4]);
 * maximum(a, b).sum().backward();
 * assertEquals(await a.grad!.array(), [0.5, 0, 1]);
 * assertEquals(await b.grad!.array(), [0.5, 1, 0]);
 * ```
 */
export const maximum: BinaryOp = defineElementwise("maximum", (a, b) => e.maximum(a, b), {
  numbers: saturating,
});

/**
 * The smaller of a and b, elementwise, broadcasting; NaN if either is. At a tie each takes half of the
 * gradient.
 *
 * @example
 * ```ts
 * import { minimum, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await minimum(tensor([1, NaN, 5]), 3).array(), [1, NaN, 3]);
 * ```
 */
export const minimum: BinaryOp = defineElementwise("minimum", (a, b) => e.minimum(a, b), {
  numbers: saturating,
});

/**
 * The larger of a and b, elementwise, broadcasting; a NaN yields to the other. At a tie the gradient goes to
 * a.
 *
 * @example
 * ```ts
 * import { fmax, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await fmax(tensor([1, NaN, 5]), 3).array(), [3, 3, 5]);
 * const a = variable(2), b = variable(2);
 * fmax(a, b).backward();
 * assertEquals([await a.grad!.item(), await b.grad!.item()], [1, 0]);
 * ```
 */
export const fmax: BinaryOp = defineElementwise("fmax", (a, b) => e.fmax(a, b), { numbers: saturating });

/**
 * The smaller of a and b, elementwise, broadcasting; a NaN yields to the other. At a tie the gradient goes
 * to a.
 *
 * @example
 * ```ts
 * import { fmin, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await fmin(tensor([1, NaN, 5]), 3).array(), [1, 3, 3]);
 * assertEquals(await fmin(tensor(NaN), NaN).item(), NaN);
 * ```
 */
export const fmin: BinaryOp = defineElementwise("fmin", (a, b) => e.fmin(a, b), { numbers: saturating });

/**
 * √(a² + b²), elementwise, broadcasting, without overflow; integers give f32. At a = b = 0 the gradient is
 * NaN.
 *
 * @example
 * ```ts
 * import { hypot, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assert, assertEquals } from "@std/assert";
 *
 * assertEquals(await hypot(tensor([3, 5]), tensor([4, 12])).array(), [5, 13]);
 * const huge = tensor(1e30); // its square is Infinity in f32
 * assertEquals(await huge.square().item(), Infinity);
 * assert(Number.isFinite(await hypot(huge, huge).item()));
 * ```
 */
export const hypot: BinaryOp = defineElementwise("hypot", (a, b) => e.hypot(a, b));

/**
 * |a| with the sign of b, elementwise, broadcasting; integers give f32. A zero has a sign too, and so has a NaN on
 * cpu, that of its bit; on webgpu the sign of a NaN is not specified.
 *
 * @example
 * ```ts
 * import { copysign, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await copysign(tensor([3, -3]), tensor([-1, 1])).array(), [-3, 3]);
 * assertEquals(await copysign(tensor(3), -0).item(), -3);
 * ```
 */
export const copysign: BinaryOp = defineElementwise("copysign", (a, b) => e.copysign(a, b));

/**
 * -x, elementwise, of the dtype of x.
 *
 * @example
 * ```ts
 * import { neg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await neg(tensor([1, -2, NaN])).array(), [-1, 2, NaN]);
 * ```
 */
export const neg: UnaryOp = defineElementwise("neg", (x) => e.neg(x));

/**
 * x|, elementwise, of the dtype of x; the gradient at 0 is 0.
 *
 * @example
 * ```ts
 * import { abs, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([-2, 0, 3]);
 * abs(x).sum().backward();
 * assertEquals(await x.grad!.array(), [-1, 0, 1]);
 * ```
 */
export const abs: UnaryOp = defineElementwise("abs", (x) => e.abs(x));

/**
 * -1, 0 or 1, elementwise, of the dtype of x; 0 for NaN, as PyTorch. The gradient is 0.
 *
 * @example
 * ```ts
 * import { sign, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await sign(tensor([-0.5, 0, Infinity, NaN])).array(), [-1, 0, 1, 0]);
 * ```
 */
export const sign: UnaryOp = defineElementwise("sign", (x) => e.sign(x));

/**
 * x², elementwise, of the dtype of x.
 *
 * @example
 * ```ts
 * import { square, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([-3, 0]);
 * const y = square(x);
 * y.sum().backward();
 * assertEquals(await y.array(), [9, 0]);
 * assertEquals(await x.grad!.array(), [-6, 0]);
 * ```
 */
export const square: UnaryOp = defineElementwise("square", (x) => e.square(x));

/**
 * √x, elementwise; NaN below 0, integers give f32. The gradient at 0 is Infinity.
 *
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
 * @example
 * ```ts
 * import { rsqrt, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await rsqrt(tensor([4, 0, -1])).array(), [0.5, Infinity, NaN]);
 * ```
 */
export const rsqrt: UnaryOp = defineElementwise("rsqrt", (x) => e.rsqrt(x));

/**
 * 1/x, elementwise; integers give f32.
 *
 * @example
 * ```ts
 * import { reciprocal, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await reciprocal(tensor([4, 0], { dtype: "i32" })).array(), [0.25, Infinity]);
 * const x = variable(2);
 * reciprocal(x).backward();
 * assertEquals(await x.grad!.item(), -0.25);
 * ```
 */
export const reciprocal: UnaryOp = defineElementwise("reciprocal", (x) => e.reciprocal(x));

/**
 * Rounds down, elementwise, in the dtype of x. The gradient is 0.
 *
 * @example
 * ```ts
 * import { floor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await floor(tensor([1.5, -1.5, Infinity])).array(), [1, -2, Infinity]);
 * ```
 */
export const floor: UnaryOp = defineElementwise("floor", (x) => e.floor(x));

/**
 * Rounds up, elementwise, in the dtype of x. The gradient is 0.
 *
 * @example
 * ```ts
 * import { ceil, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ceil(tensor([1.5, -1.5, NaN])).array(), [2, -1, NaN]);
 * ```
 */
export const ceil: UnaryOp = defineElementwise("ceil", (x) => e.ceil(x));

/**
 * Rounds towards zero, elementwise, in the dtype of x. The gradient is 0.
 *
 * @example
 * ```ts
 * import { tensor, trunc } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await trunc(tensor([1.5, -1.5])).array(), [1, -1]);
 * ```
 */
export const trunc: UnaryOp = defineElementwise("trunc", (x) => e.trunc(x));

/**
 * Rounds to the nearest integer, halves to the even one, elementwise, in the dtype of x. The gradient is 0.
 *
 * @example
 * ```ts
 * import { round, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await round(tensor([0.5, 1.5, 2.5, -2.5])).array(), [0, 2, 2, -2]);
 * const x = variable(1.7);
 * round(x).backward();
 * assertEquals(await x.grad!.item(), 0);
 * ```
 */
export const round: UnaryOp = defineElementwise("round", (x) => e.round(x));

/**
 * x - trunc(x), elementwise, in the dtype of x: the part behind the point, with the sign of x.
 *
 * @example
 * ```ts
 * import { frac, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await frac(tensor([1.25, -1.25, 3])).array(), [0.25, -0.25, 0]);
 * ```
 */
export const frac: UnaryOp = defineElementwise("frac", (x) => e.sub(x, e.trunc(x)));
