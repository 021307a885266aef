/** What a backend gets: an expression in scalar functions that it knows. */
import { holds } from "../base/integers.ts";
import type { DType } from "../base/dtype.ts";
import { BackendError } from "../base/errors.ts";
import "./complete.ts";
import { call, cast, checkExpr, constant, type Expr } from "./expr.ts";
import { rebuild } from "./rewrite.ts";
import type { ScalarFunction } from "./scalar.ts";
import { argumentsFirst } from "./traverse.ts";
import { computedIn, operandDtype, typeOfNode } from "./typing.ts";

/**
 * The scalar functions that a backend has code for; make one and keep it, since results are cached by it.
 *
 * @category Backends
 */
export interface Knows {
  /** The backend's name, for errors. */
  readonly backend: string;
  /** Whether it can compute a function on operands that meet in `dtype`. */
  has(fn: ScalarFunction, dtype: DType): boolean;
  /** How it computes a function that it has not, if not as that says itself, such as `approximationOf`. */
  expands?(fn: ScalarFunction, dtype: DType): ((...operands: Expr[]) => Expr) | undefined;
}

const cache = new WeakMap<Knows, WeakMap<Expr, Map<string, Expr>>>();

/**
 * The expression as a backend can compute it on inputs of given dtypes: operands are of the dtypes that functions
 * take, floats where a function gives floats, and functions that it does not know are expanded until it knows all. A
 * function that it does not know and that has no expansion is a {@link BackendError}.
 *
 * @category Backends
 * @example
 * ```ts
 * import { BackendError, e, legalize } from "@tapegrad/core";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const small = { backend: "pocket", has: ({ name }: { name: string }) => "add div abs".includes(name) };
 * assertEquals(String(legalize(e.softsign(e.input(0)), ["f32"], small)), "div(x0, add(1, abs(x0)))");
 * assertEquals(String(legalize(e.div(e.input(0), 2), ["i32"], small)), "div(f32(x0), 2)");
 * assertThrows(() => legalize(e.exp(e.input(0)), ["f32"], small), BackendError, '"exp" of f32 on pocket');
 * ```
 */
export function legalize(expr: Expr, dtypes: readonly DType[], knows: Knows): Expr {
  let byExpr = cache.get(knows);
  if (!byExpr) cache.set(knows, byExpr = new WeakMap());
  let byDtypes = byExpr.get(expr);
  if (!byDtypes) byExpr.set(checkExpr(expr), byDtypes = new Map());
  const key = dtypes.join();
  let legal = byDtypes.get(key);
  if (!legal) byDtypes.set(key, legal = new Legalizer(dtypes, knows).legal(expr));
  return legal;
}

class Legalizer {
  readonly #dtypes: readonly DType[];
  readonly #knows: Knows;
  readonly #types = new Map<Expr, DType>();
  // Holds results too, so that an expansion's operands are not walked again.
  readonly #done = new Map<Expr, Expr>();

  constructor(dtypes: readonly DType[], knows: Knows) {
    this.#dtypes = dtypes;
    this.#knows = knows;
  }

  legal(root: Expr): Expr {
    for (const node of argumentsFirst(root, this.#done)) {
      const simpler = this.#step(node, node.args.map((a) => this.#done.get(a)!));
      const legal = simpler === node ? node : this.legal(simpler);
      this.#done.set(node, legal).set(legal, legal);
    }
    return this.#done.get(root)!;
  }

  /** A node with legal arguments, one step nearer to what the backend knows; itself where it is there. */
  #step(node: Expr, args: readonly Expr[]): Expr {
    const rebuilt = rebuild(node, args);
    if (rebuilt !== node) return rebuilt;
    this.#types.set(node, typeOfNode(node, this.#dtypes, this.#types));
    return node.fn ? this.#ofCall(node, node.fn) : node;
  }

  #ofCall(node: Expr, fn: ScalarFunction): Expr {
    const dtype = computedIn(node, this.#types), wanted = operandDtype(fn, dtype);
    if (wanted && node.args.some((x) => this.#differs(x, wanted))) {
      return call(fn, node.args.map((x) => this.#differs(x, wanted) ? cast(x, wanted) : x));
    }
    if (fn.result === "bool" && node.args.some((x) => isBeyond(x, dtype))) {
      return call(
        fn,
        node.args.map((x) => isBeyond(x, dtype) ? constant(x.value > 0 ? Infinity : -Infinity) : x),
      );
    }
    if (dtype === "f16" && fn.expandHalf) return checkExpr(fn.expandHalf(...node.args));
    if (this.#knows.has(fn, dtype)) return node;
    const expand = this.#knows.expands?.(fn, dtype) ?? fn.expand ??
      (dtype === "f64" ? undefined : fn.expandSingle);
    if (expand) return checkExpr(expand(...node.args));
    throw unknown(fn, dtype, this.#knows);
  }

  // A constant is written in whatever dtype it is wanted.
  #differs(x: Expr, dtype: DType): boolean {
    return x.kind !== "constant" && this.#types.get(x) !== dtype;
  }
}

// No integer is such a constant, which for a comparison is as good as an infinity.
function isBeyond(x: Expr, dtype: DType): boolean {
  return x.kind === "constant" && !holds(dtype, x.value);
}

function unknown({ name }: ScalarFunction, dtype: DType, { backend }: Knows): BackendError {
  return new BackendError(
    `Cannot compute "${name}" of ${dtype} on ${backend}: it has no such function, define it with \`expand\``,
  );
}
