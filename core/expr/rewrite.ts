/** Expressions made from others, node by node. */
import { call, cast, type Expr, topological } from "./expr.ts";

/** Rebuilds an expression bottom-up with `replace` asked first at every node, given its rebuilt arguments. */
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

/** The expression with its inputs replaced, input `i` by `by[i]`. */
export function substitute(root: Expr, by: readonly Expr[]): Expr {
  return rewrite(root, (node) => node.kind === "input" ? by[node.value] : null);
}
