/** The dtype of every node of an expression, given those of its inputs. */
import { category, type DType, isFloating, promote } from "../base/dtype.ts";
import { DtypeError } from "../base/errors.ts";
import { call, cast, type Expr, rewrite, topological } from "./expr.ts";

const cache = new WeakMap<Expr, Map<string, ReadonlyMap<Expr, DType>>>();

/**
 * The dtypes of all nodes, given those of the inputs; constants take the dtype of what they meet, f32 where
 * they meet nothing.
 *
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

/** The dtype of the result. */
export function typeOf(root: Expr, inputs: readonly DType[]): DType {
  return typesOf(root, inputs).get(root)!;
}

function infer(root: Expr, inputs: readonly DType[]): ReadonlyMap<Expr, DType> {
  const types = new Map<Expr, DType>();
  for (const node of topological(root)) types.set(node, typeOfNode(node, inputs, types));
  return types;
}

function typeOfNode(node: Expr, inputs: readonly DType[], types: ReadonlyMap<Expr, DType>): DType {
  if (node.kind === "input") return inputs[node.value] ?? missingInput(node.value, inputs.length);
  if (node.kind === "constant") return "f32";
  if (node.kind === "cast") return node.dtype!;
  const rule = node.fn!.result;
  if (rule === "bool") return "bool";
  const met = meet(rule === "select" ? node.args.slice(1) : node.args, types);
  return rule === "float" && !isFloating(met) ? "f32" : met;
}

function missingInput(index: number, count: number): never {
  throw new RangeError(`Cannot compute an expression of ${count} inputs: it reads input ${index}`);
}

/** The dtype in which operands are computed together; a constant is as weak as a JavaScript number. */
export function meet(args: readonly Expr[], types: ReadonlyMap<Expr, DType>): DType {
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

/**
 * The expression with the operands of functions that give floats converted to floats first, which they then are
 * in the expansions of such functions too: call it before {@link lower}.
 *
 * @example
 * ```ts
 * import { e, withFloatOperands } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const softplus = e.softplus(e.input(0));
 * assertEquals(String(withFloatOperands(softplus, ["u32"])), "softplus(f32(x0))");
 * assertEquals(withFloatOperands(softplus, ["f32"]), softplus);
 * ```
 */
export function withFloatOperands(root: Expr, inputs: readonly DType[]): Expr {
  const types = typesOf(root, inputs);
  return rewrite(root, (node, args) => {
    if (node.fn?.result !== "float" || isFloating(meet(node.args, types))) return null;
    return call(node.fn, args.map((x) => x.kind === "constant" ? x : cast(x, types.get(node)!)));
  });
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
