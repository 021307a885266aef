/** What the code of expressions is written from, found out once for all places where it stands. */
import { computedIn, type DType, type Expr } from "@tapegrad/core/backend";
import type { Legal } from "../../common/legal.ts";
import { type Helper, helperOf } from "./helper.ts";
import { isWeak, regionsOf } from "./regions.ts";

/** Legal expressions with what is asked of each node. */
export interface Plan {
  readonly legal: Legal;
  /** The nodes that are computed for their own sake, under `null`, and those that only a rare branch needs. */
  readonly regions: ReadonlyMap<Expr | null, readonly Expr[]>;
  /** How often the value of a node is read. */
  readonly uses: ReadonlyMap<Expr, number>;
  /** The dtypes that the operands of calls meet in. */
  readonly met: ReadonlyMap<Expr, DType>;
  /** What calls that have no instructions call. */
  readonly helpers: ReadonlyMap<Expr, Helper>;
}

const plans = new WeakMap<Legal, Plan>();

/** The plan of expressions; relaxed products and sums may be fused, which is the same for all of a process. */
export function planOf(legal: Legal, isFused: boolean): Plan {
  let plan = plans.get(legal);
  if (!plan) plans.set(legal, plan = planned(legal, isFused));
  return plan;
}

function planned(legal: Legal, isFused: boolean): Plan {
  const met = new Map<Expr, DType>(), helpers = new Map<Expr, Helper>();
  for (const node of legal.order) {
    if (node.kind !== "call") continue;
    const dtype = computedIn(node, legal.types);
    const helper = helperOf(node.fn!, dtype, legal.types.get(node)!, isFused);
    met.set(node, dtype);
    if (helper) helpers.set(node, helper);
  }
  return { legal, regions: regionsOf(legal), uses: usesOf(legal), met, helpers };
}

function usesOf({ roots, order }: Legal): ReadonlyMap<Expr, number> {
  const uses = new Map<Expr, number>(),
    use = (x: Expr, times: number) => uses.set(x, (uses.get(x) ?? 0) + times);
  for (const root of roots) use(root, 1);
  for (const node of order) {
    // What is chosen between constants is computed for each who uses it.
    const times = isWeak(node) ? 2 : 1;
    for (const x of node.args) use(x, times);
  }
  return uses;
}
