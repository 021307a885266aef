import { checkDtype, type DType } from "../base/dtype.ts";
import { roundToHalf } from "../base/half.ts";
import type { ScalarFunction } from "./scalar.ts";
import { described } from "../base/text.ts";

/** What a node of an expression is. */
export type ExprKind = "input" | "constant" | "call" | "cast";

/** Known to this file alone, so that every node was checked and interned by it. */
const MAKER = Symbol("maker of expressions");

/**
 * A scalar expression: an immutable node over inputs, constants, scalar functions and casts.
 *
 * Nodes are hash-consed: two expressions of the same structure are the same object, so equality is
 * `===`, shared subterms are stored and evaluated once, and {@link Expr.id} is a cache key.
 * Build them with {@link e}.
 *
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

const interned = new Map<string, Expr>();

function intern(
  key: string,
  kind: ExprKind,
  fn: ScalarFunction | null,
  args: readonly Expr[],
  value: number,
  dtype: DType | null,
): Expr {
  let node = interned.get(key);
  if (!node) {
    node = new Expr(MAKER, interned.size, kind, fn, args, value, dtype);
    interned.set(key, node);
  }
  return node;
}

/**
 * The `index`-th input of the expression, the same object for the same index; {@link e} has it too.
 *
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

/** The subexpression converted to `dtype`. */
export function cast(x: Expr, dtype: DType): Expr {
  checkDtype(dtype, "cast an expression to");
  checkExpr(x);
  if (x.kind === "cast" && x.dtype === dtype) return x;
  return intern(`cast ${dtype} ${x.id}`, "cast", null, [x], 0, dtype);
}

/** `fn` applied to subexpressions, simplified where that is exact. */
export function call(fn: ScalarFunction, args: readonly Expr[]): Expr {
  if (args.every((a) => a.kind === "constant")) {
    return constant(fn.evaluate(...args.map((a) => a.value)));
  }
  const simpler = fn.simplify?.(...args);
  if (simpler) return checkExpr(simpler);
  return intern(`call ${fn.name} ${args.map((a) => a.id).join()}`, "call", fn, args, 0, null);
}

/** Refuses what was not built here, of which generated code would contain any text. */
export function checkExpr(x: Expr): Expr {
  if (Expr.is(x)) return x;
  throw new TypeError(`Cannot use ${described(x)} as an expression: build one with e`);
}

/** Rebuilds an expression bottom-up with `replace` asked first at every node, given its rebuilt arguments. */
export function rewrite(root: Expr, replace: (node: Expr, args: readonly Expr[]) => Expr | null): Expr {
  const done = new Map<Expr, Expr>();
  for (const node of topological(root)) {
    const args = node.args.map((a) => done.get(a)!);
    done.set(node, replace(node, args) ?? rebuild(node, args));
  }
  return done.get(root)!;
}

function rebuild(node: Expr, args: readonly Expr[]): Expr {
  if (args.every((a, i) => a === node.args[i])) return node;
  return node.kind === "cast" ? cast(args[0], node.dtype!) : call(node.fn!, args);
}

/**
 * Every node reachable from `root`, each once, arguments before their users, without recursion.
 *
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
  if (!order) orders.set(root, order = visit(checkExpr(root)));
  return order;
}

const orders = new WeakMap<Expr, readonly Expr[]>();

function visit(root: Expr, known?: ReadonlyMap<Expr, Expr>): readonly Expr[] {
  const seen = new Set<Expr>(), order: Expr[] = [], stack: [Expr, number][] = [[root, 0]];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const [node, next] = top;
    if (next === 0 && (seen.has(node) || known?.has(node))) {
      stack.pop();
      continue;
    }
    seen.add(node);
    if (next < node.args.length) {
      top[1]++;
      if (!seen.has(node.args[next])) stack.push([node.args[next], 0]);
    } else {
      order.push(node);
      stack.pop();
    }
  }
  return order;
}

/**
 * The indices of the inputs that occur, each once, ascending.
 *
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

/** The expression with its inputs replaced, input `i` by `by[i]`. */
export function substitute(root: Expr, by: readonly Expr[]): Expr {
  return rewrite(root, (node) => node.kind === "input" ? by[node.value] : null);
}

/**
 * Expands the functions that `keep` refuses into their definitions in simpler ones: what a backend calls to
 * be left with functions it knows. A function without a definition stays.
 *
 * @example
 * ```ts
 * import { e, evaluate, lower, topological } from "@tapegrad/core";
 * import { assert, assertAlmostEquals } from "@std/assert";
 *
 * const precise = e.sigmoid(e.input(0));
 * const plain = lower(precise, (fn) => fn.name !== "sigmoid");
 * assert(topological(plain).every((node) => node.fn?.name !== "sigmoid"));
 * assertAlmostEquals(evaluate(plain, [-2]), evaluate(precise, [-2]));
 * ```
 */
export function lower(root: Expr, keep: (fn: ScalarFunction) => boolean): Expr {
  return lowerInto(new Map(), checkExpr(root), keep);
}

// `done` holds what is lowered already, results included, so that an expansion's operands are not walked again.
function lowerInto(done: Map<Expr, Expr>, root: Expr, keep: (fn: ScalarFunction) => boolean): Expr {
  for (const node of visit(root, done)) {
    const args = node.args.map((a) => done.get(a)!);
    const expands = node.fn?.expand && !keep(node.fn);
    const simpler = expands ? checkExpr(node.fn!.expand!(...args)) : rebuild(node, args);
    const lowered = simpler === node ? node : lowerInto(done, simpler, keep);
    done.set(node, lowered).set(lowered, lowered);
  }
  return done.get(root)!;
}

/**
 * The value of an expression in double precision, on one number an input: what every backend's kernels
 * approximate.
 *
 * @example
 * ```ts
 * import { e, evaluate } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const x = e.input(0);
 * assertEquals(evaluate(e.select(e.lt(x, 0), 0, e.sqrt(x)), [9]), 3);
 * assertEquals(evaluate(e.softplus(x), [1000]), 1000);
 * ```
 */
export function evaluate(root: Expr, inputs: readonly number[]): number {
  const values = new Map<Expr, number>();
  for (const node of topological(root)) values.set(node, valueOf(node, inputs, values));
  return values.get(root)!;
}

function valueOf(node: Expr, inputs: readonly number[], values: ReadonlyMap<Expr, number>): number {
  if (node.kind === "input") return inputs[node.value];
  if (node.kind === "constant") return node.value;
  const args = node.args.map((a) => values.get(a)!);
  return node.kind === "cast" ? castNumber(args[0], node.dtype!) : node.fn!.evaluate(...args);
}

/**
 * A number as an element of `dtype` holds it; floats truncate towards zero to integers, which wrap at 32
 * bits, and all but 0 is true.
 *
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
