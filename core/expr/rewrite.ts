/** Expressions made from others, node by node. */
import { call, cast, type Expr, topological } from "./expr.ts";

/**
 * Rebuilds an expression bottom-up with `replace` asked first at every node, given its rebuilt arguments.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e, rewrite } from "@tapegrad/core/expr";
 * import { assertEquals } from "@std/assert";
 *
 * const root = e.add(e.sin(e.input(0)), 1);
 * const changed = rewrite(root, (node, args) => node.fn?.name === "sin" ? e.cos(args[0]) : null);
 * assertEquals(String(changed), "add(cos(x0), 1)");
 * ```
 */
export function rewrite(root: Expr, replace: (node: Expr, args: readonly Expr[]) => Expr | null): Expr {
  const done = new Map<Expr, Expr>();
  for (const node of topological(root)) {
    const args = node.args.map((a) => done.get(a)!);
    done.set(node, replace(node, args) ?? rebuild(node, args));
  }
  return done.get(root)!;
}

/** A node with other arguments, simplified where that is exact. */
export function rebuild(node: Expr, args: readonly Expr[]): Expr {
  if (args.every((a, i) => a === node.args[i])) return node;
  return node.kind === "cast" ? cast(args[0], node.dtype!) : call(node.fn!, args);
}

/**
 * The expression with its inputs replaced, input `i` by `by[i]`.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e, substitute } from "@tapegrad/core/expr";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const [x, y] = [e.input(0), e.input(1)];
 * assertStrictEquals(substitute(e.sub(x, y), [y, x]), e.sub(y, x));
 * ```
 */
export function substitute(root: Expr, by: readonly Expr[]): Expr {
  return rewrite(root, (node) => node.kind === "input" ? by[node.value] : null);
}
