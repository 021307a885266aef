/** The walk over an expression, which does not recurse: it may be a million nodes deep. */
import type { Expr } from "./expr.ts";

/** The nodes reachable from `root` without passing one that is `known`, each once, arguments before their users. */
export function argumentsFirst(root: Expr, known?: ReadonlyMap<Expr, Expr>): readonly Expr[] {
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
