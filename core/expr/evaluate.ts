/** What expressions mean: their values, one number an input. */
import { type DType, isFloating } from "../base/dtype.ts";
import { roundToHalf } from "../base/half.ts";
import { type Expr, input, topological } from "./expr.ts";
import type { ScalarFunction } from "./scalar.ts";
import { computedIn, operandDtype, typesOf } from "./typing.ts";

/**
 * The value of an expression on one number an input: in double precision, which every backend's kernels approximate,
 * or on elements of given dtypes, where integers wrap at every step and floats are rounded where they are converted.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e, evaluate } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const x = e.input(0);
 * assertEquals(evaluate(e.select(e.lt(x, 0), 0, e.sqrt(x)), [9]), 3);
 * assertEquals(evaluate(e.softplus(x), [1000]), 1000);
 * assertEquals(evaluate(e.mul(x, x), [65537], ["i32"]), 131073);
 * ```
 */
export function evaluate(root: Expr, inputs: readonly number[], dtypes?: readonly DType[]): number {
  const types = dtypes && typesOf(root, dtypes), values = new Map<Expr, number>();
  for (const node of topological(root)) values.set(node, valueOf(node, inputs, values, types));
  return values.get(root)!;
}

type Types = ReadonlyMap<Expr, DType>;

function valueOf(
  node: Expr,
  inputs: readonly number[],
  values: ReadonlyMap<Expr, number>,
  types: Types | undefined,
): number {
  if (node.kind === "input") return inputs[node.value];
  if (node.kind === "constant") return node.value;
  const args = node.args.map((a) => values.get(a)!);
  if (node.kind === "cast") return castNumber(args[0], node.dtype!);
  return types ? typedValue(node, args, types) : implementationOf(node.fn!, "f64")(...args);
}

// As legalize() would have it, for one who knows every function.
function typedValue(node: Expr, args: readonly number[], types: Types): number {
  const fn = node.fn!, met = computedIn(node, types), wanted = operandDtype(fn, met), type = types.get(node)!;
  if (met === "f16" && fn.expandHalf) {
    return evaluate(fn.expandHalf(...args.map((_, i) => input(i))), args, args.map(() => met));
  }
  const isOther = (x: Expr) => wanted && x.kind !== "constant" && types.get(x) !== wanted;
  const operands = args.map((x, i) => isOther(node.args[i]) ? castNumber(x, wanted!) : x);
  const value = implementationOf(fn, wanted ?? met)(...operands);
  return isFloating(type) ? value : castNumber(value, type);
}

/**
 * What computes a scalar function on operands of a dtype, up to the cast to the dtype of the result: for backends that
 * compute with JavaScript's numbers.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { implementationOf, scalarFunctions } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const shift = scalarFunctions().find((fn) => fn.name === "shiftRight")!;
 * assertEquals(implementationOf(shift, "i32")(-8, 1), -4);
 * assertEquals(implementationOf(shift, "u32")(2 ** 31, 1), 2 ** 30);
 * ```
 */
export function implementationOf(fn: ScalarFunction, dtype: DType): (...args: number[]) => number {
  if (fn.evaluate === undefined) throw notLoaded(fn);
  if (dtype === "f64") return fn.evaluate;
  if (isFloating(dtype)) return fn.evaluateSingle ?? fn.evaluate;
  return fn.evaluateInteger ?? (fn.name === "shiftRight" && dtype === "u32" ? logicalShift : fn.evaluate);
}

function notLoaded({ name }: ScalarFunction): TypeError {
  return new TypeError(`Cannot evaluate ${name}: its code is not loaded, import "@tapegrad/core/backend"`);
}

// Shifting an unsigned word right brings zeros in.
function logicalShift(a: number, b: number): number {
  return a >>> b;
}

/**
 * A number as an element of `dtype` holds it; floats truncate towards zero to integers, which wrap at 32
 * bits, and all but 0 is true.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { castNumber } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(castNumber(-1.9, "i32"), -1);
 * assertEquals(castNumber(-1, "u32"), 2 ** 32 - 1);
 * assertEquals(castNumber(NaN, "bool"), 1);
 * assertEquals(castNumber(0.1, "f32"), Math.fround(0.1));
 * assertEquals(castNumber(70_000, "f16"), Infinity);
 * ```
 */
export function castNumber(x: number, dtype: DType): number {
  switch (dtype) {
    case "f64":
      return x;
    case "f32":
      return Math.fround(x);
    case "f16":
      return roundToHalf(x);
    case "i32":
      return x | 0;
    case "u32":
      return x >>> 0;
    case "bool":
      return x !== 0 ? 1 : 0;
  }
}
