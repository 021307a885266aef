/** What expressions cost. */
import { type Expr, topological } from "../../expr/expr.ts";
import { DIVISION, FUNCTION } from "./thumbs.ts";

const simple = /* @__PURE__ */ new Set(
  /* @__PURE__ */ ("add sub mul neg abs maximum minimum lt le gt ge eq ne and or xor not select square relu isNaN " +
    "bitAnd bitOr bitXor shiftLeft shiftRight floor ceil trunc").split(" "),
);
const divisions = new Set(["div", "sqrt", "reciprocal", "rsqrt"]);

/** What it takes to compute expressions together, in additions. */
export function costOf(exprs: readonly Expr[]): number {
  let cost = 0;
  for (const { kind, fn } of nodesOf(exprs)) {
    if (kind === "call") cost += simple.has(fn!.name) ? 1 : divisions.has(fn!.name) ? DIVISION : FUNCTION;
  }
  return cost;
}

/** All nodes of expressions, each once. */
export function nodesOf(exprs: readonly Expr[]): ReadonlySet<Expr> {
  const nodes = new Set<Expr>();
  for (const expr of exprs) for (const node of topological(expr)) nodes.add(node);
  return nodes;
}
