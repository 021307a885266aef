/** What the code of expressions is written from, found out once for all places where it stands. */
import { computedIn, type DType, type Expr } from "@tapegrad/core/backend";
import type { Legal } from "../../common/legal.ts";
import { type Helper, helperOf } from "./helper.ts";
import { regionsOf } from "./regions.ts";

/** Legal expressions with what is asked of each node. */
export interface Plan {
  readonly legal: Legal;
  /** The nodes that are computed for their own sake, under `null`, and those that only a rare branch needs. */
  readonly regions: ReadonlyMap<Expr | null, readonly Expr[]>;
  /** How often the value of a node is read. */
  readonly uses: ReadonlyMap<Expr, number>;
  /** The dtypes of nodes as they are computed. */
  readonly types: ReadonlyMap<Expr, DType>;
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
  const types = widened(legal), met = new Map<Expr, DType>(), helpers = new Map<Expr, Helper>();
  for (const node of legal.order) {
    if (node.kind !== "call") continue;
    const gives = types.get(node)!,
      dtype = gives === legal.types.get(node) ? computedIn(node, legal.types) : gives;
    const helper = helperOf(node.fn!, dtype, gives, isFused);
    met.set(node, dtype);
    if (helper) helpers.set(node, helper);
  }
  return { legal, types, regions: regionsOf(legal), uses: usesOf(legal), met, helpers };
}

/** Functions that f64 has the same instructions for. */
const plain: ReadonlySet<string> = new Set(["select", "add", "sub", "mul", "div", "neg", "abs", "sqrt"]);

// Beside f64, what comes of constants alone is computed in it: they have no dtype, and all their digits count.
function widened({ order, types }: Legal): ReadonlyMap<Expr, DType> {
  if (!order.some((node) => types.get(node) === "f64")) return types;
  const wide = new Map(types), weak = new Set<Expr>();
  for (const node of order) {
    const { kind, fn, args } = node;
    const isPlain = kind === "call" && plain.has(fn!.name) &&
      args.slice(fn!.name === "select" ? 1 : 0).every((x) => weak.has(x));
    if (kind === "constant" || isPlain) weak.add(node);
    if (isPlain) wide.set(node, "f64");
  }
  return wide;
}

function usesOf({ roots, order }: Legal): ReadonlyMap<Expr, number> {
  const uses = new Map<Expr, number>(),
    use = (x: Expr) => uses.set(x, (uses.get(x) ?? 0) + 1);
  for (const root of roots) use(root);
  for (const node of order) for (const x of node.args) use(x);
  return uses;
}
