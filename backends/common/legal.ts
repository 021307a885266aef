/** What backends make of the expressions of one kernel. */
import { type DType, type Expr, type Knows, legalize, topological, typesOf } from "@tapegrad/core/backend";

/** Expressions in scalar functions that a backend knows, each shared subterm once. */
export interface Legal {
  /** The expressions. */
  readonly roots: readonly Expr[];
  /** Their nodes, operands before their users. */
  readonly order: readonly Expr[];
  /** The dtype of each node. */
  readonly types: ReadonlyMap<Expr, DType>;
}

/** The expressions of one kernel of inputs of given dtypes, as a backend can compute them. */
export function legalized(exprs: readonly Expr[], dtypes: readonly DType[], knows: Knows): Legal {
  const roots = exprs.map((expr) => legalize(expr, dtypes, knows));
  const order = new Set<Expr>(), types = new Map<Expr, DType>();
  for (const root of roots) {
    for (const node of topological(root)) order.add(node);
    for (const [node, dtype] of typesOf(root, dtypes)) types.set(node, dtype);
  }
  return { roots, order: [...order], types };
}
