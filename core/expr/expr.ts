import { checkDtype, type DType } from "../base/dtype.ts";
import { described } from "../base/text.ts";
import { Interned } from "./interned.ts";
import type { ScalarFunction } from "./scalar.ts";
import { argumentsFirst } from "./traverse.ts";

/**
 * What a node of an expression is.
 *
 * @category Expressions
 */
export type ExprKind = "input" | "constant" | "call" | "cast";

/** Known to this file alone, so that every node was checked and interned by it. */
const MAKER = Symbol("maker of expressions");

/**
 * A scalar expression: an immutable node over inputs, constants, scalar functions and casts.
 *
 * Nodes are hash-consed: two expressions of the same structure are the same object for as long as anyone
 * holds it, so equality is `===`, shared subterms are stored and evaluated once, and caches are keyed by
 * expressions, or by {@link Expr.id}, which no other ever has.
 * Build them with {@link e}.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e } from "@tapegrad/core";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const x = e.input(0);
 * assertStrictEquals(e.mul(x, e.tanh(x)), e.mul(x, e.tanh(x)));
 * assertStrictEquals(String(e.mul(x, e.tanh(x))), "mul(x0, tanh(x0))");
 * ```
 */
export class Expr {
  /** Distinct for each distinct structure. */
  readonly id: number;
  /** What the node is. */
  readonly kind: ExprKind;
  /** The function of a call. */
  readonly fn: ScalarFunction | null;
  /** Subexpressions of a call or a cast. */
  readonly args: readonly Expr[];
  /** The number of a constant, the index of an input. */
  readonly value: number;
  /** The target of a cast. */
  readonly dtype: DType | null;
  /** One more than the highest input index that occurs. */
  readonly arity: number;
  readonly #genuine: boolean;

  /** Not for use outside this file, where it throws: {@link e} builds nodes, so that equal ones are shared. */
  constructor(
    maker: symbol,
    id: number,
    kind: ExprKind,
    fn: ScalarFunction | null,
    args: readonly Expr[],
    value: number,
    dtype: DType | null,
  ) {
    if (maker !== MAKER) throw new TypeError("Cannot make an expression with new: build it with e");
    this.id = id;
    this.kind = kind;
    this.fn = fn;
    this.args = Object.freeze([...args]);
    this.value = value;
    this.dtype = dtype;
    this.arity = kind === "input" ? value + 1 : args.reduce((n, a) => Math.max(n, a.arity), 0);
    this.#genuine = true;
    Object.freeze(this);
  }

  /** Whether a value is an expression that {@link e} built, and not one that looks like it. */
  static is(value: unknown): value is Expr {
    return typeof value === "object" && value !== null && #genuine in value;
  }

  /** Prefix notation with inputs as `x0, x1, …`. */
  toString(): string {
    const texts = new Map<Expr, string>();
    for (const node of topological(this)) texts.set(node, textOf(node, texts));
    return texts.get(this)!;
  }
}

function textOf(node: Expr, texts: ReadonlyMap<Expr, string>): string {
  if (node.kind === "input") return `x${node.value}`;
  if (node.kind === "constant") return Object.is(node.value, -0) ? "-0" : String(node.value);
  let text = `${node.kind === "cast" ? node.dtype : node.fn!.name}(`;
  // Added piece by piece, which copies no characters until the whole is read.
  node.args.forEach((a, i) => text += (i > 0 ? ", " : "") + texts.get(a)!);
  return text + ")";
}

const interned = new Interned<Expr>();
// Never given twice, so that what is cached under the id of an expression that is gone is not another's.
let made = 0;

function intern(
  key: string,
  kind: ExprKind,
  fn: ScalarFunction | null,
  args: readonly Expr[],
  value: number,
  dtype: DType | null,
): Expr {
  let node = interned.get(key);
  if (!node) interned.set(key, node = new Expr(MAKER, made++, kind, fn, args, value, dtype));
  return node;
}

/**
 * The `index`-th input of the expression, the same object for the same index; {@link e} has it too.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e, input } from "@tapegrad/core";
 * import { assertEquals, assertStrictEquals } from "@std/assert";
 *
 * assertEquals(String(e.sub(input(1), input(0))), "sub(x1, x0)");
 * assertStrictEquals(input(0), e.input(0));
 * ```
 */
export function input(index: number): Expr {
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new RangeError(`Cannot make input ${described(index)} of an expression: an index from 0 is needed`);
  }
  return intern(`input ${index}`, "input", null, [], index + 0, null);
}

/** A number; it takes the dtype of what it is combined with. */
export function constant(value: number): Expr {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot make a constant of ${described(value)}: a number is needed`);
  }
  return intern(`constant ${Object.is(value, -0) ? "-0" : value}`, "constant", null, [], value, null);
}

/** Whether an expression is that number; -0 counts as 0. */
export function isConstant(x: Expr, value: number): boolean {
  return x.kind === "constant" && x.value === value;
}

/** The subexpression converted to `dtype`. */
export function cast(x: Expr, dtype: DType): Expr {
  checkDtype(dtype, "cast an expression to");
  checkExpr(x);
  if (x.kind === "cast" && x.dtype === dtype) return x;
  return intern(`cast ${dtype} ${x.id}`, "cast", null, [x], 0, dtype);
}

/** `fn` applied to subexpressions, simplified where that is exact. */
export function call(fn: ScalarFunction, args: readonly Expr[]): Expr {
  if (folds(fn) && args.every((a) => a.kind === "constant")) {
    return constant(fn.evaluate(...args.map((a) => a.value)));
  }
  const simpler = fn.simplify?.(...args);
  if (simpler) return checkExpr(simpler);
  return intern(`call ${fn.name} ${args.map((a) => a.id).join()}`, "call", fn, args, 0, null);
}

// A constant has no dtype: it can be neither of a certain one nor what depends on it.
function folds({ result, evaluate, evaluateSingle }: ScalarFunction): boolean {
  return evaluate !== undefined && !evaluateSingle && result !== "f32" && result !== "i32" &&
    result !== "u32";
}

/** Refuses what was not built here, of which generated code would contain any text. */
export function checkExpr(x: Expr): Expr {
  if (Expr.is(x)) return x;
  throw new TypeError(`Cannot use ${described(x)} as an expression: build one with e`);
}

const orders = new WeakMap<Expr, readonly Expr[]>();

/**
 * Every node reachable from `root`, each once, arguments before their users, without recursion.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e, topological } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const x = e.input(0), t = e.tanh(x), root = e.mul(t, t);
 * assertEquals(topological(root).map(String), ["x0", "tanh(x0)", "mul(tanh(x0), tanh(x0))"]);
 * ```
 */
export function topological(root: Expr): readonly Expr[] {
  let order = orders.get(root);
  if (!order) orders.set(root, order = argumentsFirst(checkExpr(root)));
  return order;
}

/**
 * The indices of the inputs that occur, each once, ascending.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e, inputsOf } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(inputsOf(e.add(e.input(2), e.mul(e.input(0), e.input(2)))), [0, 2]);
 * ```
 */
export function inputsOf(root: Expr): readonly number[] {
  return topological(root).filter((n) => n.kind === "input").map((n) => n.value).sort((a, b) => a - b);
}
