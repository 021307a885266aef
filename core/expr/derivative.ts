/** Symbolic derivatives of scalar expressions, reverse and forward. */
import { isFloating } from "../base/dtype.ts";
import { type Expr, input, isConstant, topological } from "./expr.ts";
import { rewrite } from "./rewrite.ts";
import { add } from "./scalars/arithmetic.ts";
import { select } from "./scalars/logic.ts";

/**
 * What a gradient may read.
 *
 * @category Expressions
 */
export interface GradientOptions {
  /** Which expressions have a cotangent; all unless said. */
  readonly present?: readonly boolean[];
  /** Whether saved outputs are at hand; they are unless said. */
  readonly readsOutputs?: boolean;
}

/**
 * The gradient of m expressions together to each of their `arity` inputs, as expressions whose inputs are the
 * original ones, then the m saved outputs, then the m cotangents. `null` stands for a derivative that is zero
 * wherever it exists.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e, gradientExprs } from "@tapegrad/core/expr";
 * import { assertEquals } from "@std/assert";
 *
 * const product = e.mul(e.input(0), e.exp(e.input(1)));
 * assertEquals(gradientExprs([product], 2).map(String), ["mul(x3, exp(x1))", "mul(mul(x3, x0), exp(x1))"]);
 * assertEquals(gradientExprs([e.exp(e.input(0))], 1).map(String), ["mul(x2, x1)"]);
 * ```
 */
export function gradientExprs(
  roots: readonly Expr[],
  arity: number,
  { present, readsOutputs = true }: GradientOptions = {},
): readonly (Expr | null)[] {
  const adjoints = new Map<Expr, Expr>();
  roots.forEach((root, k) => {
    if (present?.[k] ?? true) addTo(adjoints, root, input(arity + roots.length + k));
  });
  const order = ordered(roots);
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k], ct = adjoints.get(node);
    if (!ct) continue;
    node.args.forEach((arg, i) => addTo(adjoints, arg, partOf(node, i, ct)));
  }
  return Array.from({ length: arity }, (_, i) => {
    const found = adjoints.get(input(i));
    if (!found || isZero(found)) return null;
    return readsOutputs ? readOutputs(found, roots, arity) : found;
  });
}

function addTo(sums: Map<Expr, Expr>, key: Expr, part: Expr | null): void {
  const sum = sums.get(key);
  if (part) sums.set(key, sum ? add(sum, part) : part);
}

// Arguments before their users, of all expressions together.
function ordered(roots: readonly Expr[]): readonly Expr[] {
  return roots.length === 1 ? topological(roots[0]) : [...new Set(roots.flatMap(topological))];
}

function isZero(x: Expr): boolean {
  return isConstant(x, 0);
}

// What a node passes on to its i-th operand; the same rule carries tangents the other way. A choice
// against zero stays outermost, so that the branch not taken cannot make a NaN of 0·∞.
function partOf(node: Expr, i: number, ct: Expr): Expr | null {
  const [condition, taken, other] = ct.fn?.name === "select" ? ct.args : [];
  if (condition && isZero(other)) {
    const part = partOf(node, i, taken);
    return part && select(condition, part, 0);
  }
  if (condition && isZero(taken)) {
    const part = partOf(node, i, other);
    return part && select(condition, 0, part);
  }
  if (node.kind === "cast") return isFloating(node.dtype!) ? ct : null;
  return node.fn?.vjp[i]?.(ct, node, ...node.args) ?? null;
}

// Where the derivative contains the function itself, the saved output stands for it.
function readOutputs(found: Expr, roots: readonly Expr[], arity: number): Expr {
  return rewrite(found, (node) => {
    const k = node.kind === "call" ? roots.indexOf(node) : -1;
    return k < 0 ? null : input(arity + k);
  });
}

const tangents = new WeakMap<Expr, Map<string, Expr | null>>();

/**
 * The tangent of an expression, from the original inputs followed by the tangents of those that
 * `moving` marks, in order; `null` where it is zero.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { e, tangentExpr } from "@tapegrad/core/expr";
 * import { assertEquals } from "@std/assert";
 *
 * const product = e.mul(e.input(0), e.input(1));
 * assertEquals(String(tangentExpr(product, [true, false])), "mul(x2, x1)");
 * assertEquals(tangentExpr(e.floor(e.input(0)), [true]), null);
 * ```
 */
export function tangentExpr(root: Expr, moving: readonly boolean[]): Expr | null {
  let byMoving = tangents.get(root);
  if (!byMoving) tangents.set(root, byMoving = new Map());
  const key = moving.map(Number).join("");
  let found = byMoving.get(key);
  if (found === undefined) byMoving.set(key, found = push(root, moving));
  return found;
}

function push(root: Expr, moving: readonly boolean[]): Expr | null {
  const out = new Map<Expr, Expr>();
  let next = moving.length;
  moving.forEach((moves, i) => {
    if (moves) out.set(input(i), input(next++));
  });
  for (const node of topological(root)) {
    node.args.forEach((arg, i) => {
      const t = out.get(arg);
      if (t) addTo(out, node, partOf(node, i, t));
    });
  }
  const found = out.get(root);
  return found && !isZero(found) ? found : null;
}
