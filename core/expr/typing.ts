/** The dtype of every node of an expression, given those of its inputs. */
import { checkHeld, holds } from "../base/integers.ts";
import { category, type DType, isFloating, promote } from "../base/dtype.ts";
import { DtypeError } from "../base/errors.ts";
import { type Expr, topological } from "./expr.ts";
import type { ScalarFunction } from "./scalar.ts";

const cache = new WeakMap<Expr, Map<string, ReadonlyMap<Expr, DType>>>();

/**
 * The dtypes of all nodes, given those of the inputs; constants take the dtype of what they meet, f32 where
 * they meet nothing.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e, typesOf } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const half = e.mul(e.input(0), 0.5), isLow = e.lt(half, 10);
 * const types = typesOf(isLow, ["i32"]);
 * assertEquals([types.get(half), types.get(isLow)], ["f32", "bool"]);
 * ```
 */
export function typesOf(root: Expr, inputs: readonly DType[]): ReadonlyMap<Expr, DType> {
  let byInputs = cache.get(root);
  if (!byInputs) cache.set(root, byInputs = new Map());
  const key = inputs.join();
  let types = byInputs.get(key);
  if (!types) byInputs.set(key, types = infer(root, inputs));
  return types;
}

/**
 * The dtype of the result, given those of the inputs.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e, typeOf } from "@tapegrad/core/expr";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(typeOf(e.sqrt(e.input(0)), ["i32"]), "f32");
 * ```
 */
export function typeOf(root: Expr, inputs: readonly DType[]): DType {
  return typesOf(root, inputs).get(root)!;
}

function infer(root: Expr, inputs: readonly DType[]): ReadonlyMap<Expr, DType> {
  const types = new Map<Expr, DType>();
  for (const node of topological(root)) types.set(node, typeOfNode(node, inputs, types));
  return types;
}

/** The dtype of a node whose arguments are in `types`. */
export function typeOfNode(node: Expr, inputs: readonly DType[], types: ReadonlyMap<Expr, DType>): DType {
  if (node.kind === "input") return inputs[node.value] ?? missingInput(node.value, inputs.length);
  if (node.kind === "constant") return "f32";
  if (node.kind === "cast") return node.dtype!;
  const rule = node.fn!.result;
  if (rule !== "same" && rule !== "float" && rule !== "select") return rule;
  const met = computedIn(node, types);
  if (rule === "float") return isFloating(met) ? met : "f32";
  for (const x of node.args) if (x.kind === "constant") checkWord(node.fn!.name, x.value, met);
  return met;
}

// A word of 32 bits may be written with a sign or without.
function checkWord(name: string, value: number, dtype: DType): void {
  if (!isFloating(dtype) && !holds("i32", value) && !holds("u32", value)) {
    checkHeld(`${name} with`, value, dtype);
  }
}

function missingInput(index: number, count: number): never {
  throw new RangeError(`Cannot compute an expression of ${count} inputs: it reads input ${index}`);
}

/**
 * The dtype of a call's operands when it is computed: the one that the function takes, or the one they meet in, given
 * the dtypes of all nodes.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { computedIn, e, typesOf } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const isLow = e.lt(e.input(0), 10), isHigh = e.not(isLow);
 * const types = typesOf(isHigh, ["u32"]);
 * assertEquals([isLow, isHigh].map((node) => computedIn(node, types)), ["u32", "bool"]);
 * ```
 */
export function computedIn({ fn, args }: Expr, types: ReadonlyMap<Expr, DType>): DType {
  return fn!.operands ?? meet(fn!.result === "select" ? args.slice(1) : args, types);
}

/** The dtype that operands must have, `null` where it is the one they meet in. */
export function operandDtype(fn: ScalarFunction, met: DType): DType | null {
  if (fn.operands) return fn.operands;
  return fn.result === "float" && !isFloating(met) ? "f32" : null;
}

// A constant is as weak as a JavaScript number.
function meet(args: readonly Expr[], types: ReadonlyMap<Expr, DType>): DType {
  const strong = args.filter((a) => a.kind !== "constant");
  if (strong.length === 0) return "f32";
  const met = strong.map((a) => types.get(a)!).reduce(promote);
  return args.filter((a) => a.kind === "constant").reduce((d, c) => withNumber(d, c.value), met);
}

/** The dtype a number takes when it meets a tensor of `dtype`: the tensor's, unless it cannot hold it. */
export function withNumber(dtype: DType, value: number): DType {
  if (isFloating(dtype)) return dtype;
  if (!Number.isInteger(value)) return "f32";
  return category(dtype) === 1 ? dtype : "i32";
}

/** Refuses floats where only integers and bool make sense. */
export function checkIntegers(op: string, inputs: readonly DType[]): void {
  if (!inputs.some(isFloating)) return;
  throw new DtypeError(
    `Cannot ${op} ${inputs.join(" and ")}: integer or bool operands are needed, cast with to()`,
    {
      op,
      dtypes: inputs,
    },
  );
}
