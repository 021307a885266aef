import type { DType } from "./dtype.ts";
import type { ScalarFunction } from "./scalar.ts";

/** What a node of an expression is. */
export type ExprKind = "input" | "constant" | "call" | "cast";

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

  /** Not for use outside this file: {@link e} builds nodes, so that equal ones are shared. */
  constructor(
    id: number,
    kind: ExprKind,
    fn: ScalarFunction | null,
    args: readonly Expr[],
    value: number,
    dtype: DType | null,
  ) {
    this.id = id;
    this.kind = kind;
    this.fn = fn;
    this.args = args;
    this.value = value;
    this.dtype = dtype;
    this.arity = kind === "input" ? value + 1 : args.reduce((n, a) => Math.max(n, a.arity), 0);
  }

  /** Prefix notation with inputs as `x0, x1, …`. */
  toString(): string {
    if (this.kind === "input") return `x${this.value}`;
    if (this.kind === "constant") return Object.is(this.value, -0) ? "-0" : String(this.value);
    const head = this.kind === "cast" ? this.dtype : this.fn!.name;
    return `${head}(${this.args.join(", ")})`;
  }
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
    node = new Expr(interned.size, kind, fn, args, value, dtype);
    interned.set(key, node);
  }
  return node;
}

/** The `index`-th input of the expression. */
export function input(index: number): Expr {
  return intern(`x${index}`, "input", null, [], index, null);
}

/** A number; it takes the dtype of what it is combined with. */
export function constant(value: number): Expr {
  return intern(Object.is(value, -0) ? "-0" : String(value), "constant", null, [], value, null);
}

/** The subexpression converted to `dtype`. */
export function cast(x: Expr, dtype: DType): Expr {
  if (x.kind === "cast" && x.dtype === dtype) return x;
  return intern(`${dtype}(${x.id})`, "cast", null, [x], 0, dtype);
}

/** `fn` applied to subexpressions, simplified where that is exact. */
export function call(fn: ScalarFunction, args: readonly Expr[]): Expr {
  if (args.every((a) => a.kind === "constant")) {
    return constant(fn.evaluate(...args.map((a) => a.value)));
  }
  const simpler = fn.simplify?.(...args);
  if (simpler) return simpler;
  return intern(`${fn.name}(${args.map((a) => a.id).join()})`, "call", fn, args, 0, null);
}

/** Rebuilds an expression bottom-up with `replace` asked first at every node. */
export function rewrite(root: Expr, replace: (node: Expr) => Expr | null): Expr {
  const done = new Map<Expr, Expr>();
  for (const node of topological(root)) {
    const args = node.args.map((a) => done.get(a)!);
    done.set(node, replace(node) ?? rebuild(node, args));
  }
  return done.get(root)!;
}

function rebuild(node: Expr, args: readonly Expr[]): Expr {
  if (args.every((a, i) => a === node.args[i])) return node;
  return node.kind === "cast" ? cast(args[0], node.dtype!) : call(node.fn!, args);
}

/** Every node reachable from `root`, arguments before their users, without recursion. */
export function topological(root: Expr): readonly Expr[] {
  let order = orders.get(root);
  if (!order) orders.set(root, order = visit(root));
  return order;
}

const orders = new WeakMap<Expr, readonly Expr[]>();

function visit(root: Expr): readonly Expr[] {
  const seen = new Set<Expr>(), order: Expr[] = [], stack: [Expr, number][] = [[root, 0]];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const [node, next] = top;
    if (next === 0 && seen.has(node)) {
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

/** The indices of the inputs that occur, ascending. */
export function inputsOf(root: Expr): readonly number[] {
  return topological(root).filter((n) => n.kind === "input").map((n) => n.value).sort((a, b) => a - b);
}

/** The expression with its inputs replaced, input `i` by `by[i]`. */
export function substitute(root: Expr, by: readonly Expr[]): Expr {
  return rewrite(root, (node) => node.kind === "input" ? by[node.value] : null);
}

/**
 * Expands the functions that `keep` refuses into their definitions in simpler ones: what a backend
 * calls to be left with functions it knows.
 */
export function lower(root: Expr, keep: (fn: ScalarFunction) => boolean): Expr {
  const done = new Map<Expr, Expr>();
  for (const node of topological(root)) {
    const args = node.args.map((a) => done.get(a)!);
    const expands = node.fn?.expand && !keep(node.fn);
    done.set(node, expands ? lower(node.fn!.expand!(...args), keep) : rebuild(node, args));
  }
  return done.get(root)!;
}

/** The value of an expression in double precision: what every backend's kernels approximate. */
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

/** A number as an element of `dtype` holds it; floats truncate towards zero to integers. */
export function castNumber(x: number, dtype: DType): number {
  switch (dtype) {
    case "f64":
      return x;
    case "f32":
      return Math.fround(x);
    case "i32":
      return x | 0;
    case "u32":
      return x >>> 0;
    case "bool":
      return x !== 0 ? 1 : 0;
  }
}
