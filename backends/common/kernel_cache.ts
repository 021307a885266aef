/** Kernels that are made once for each expression and way of running it. */
import { type Expr, Recent } from "@tapegrad/core/backend";

/** The kernels of so many expressions are kept at least, the last used; a power of 2. */
const KEPT = 512;

interface Kernels<Key, Kernel> {
  readonly expr: Expr;
  readonly byKey: Map<Key, Kernel>;
}

/** Caches kernels by expression and key. */
export class KernelCache<Key, Kernel> {
  readonly #recent = new Recent<Expr, Kernels<Key, Kernel>>(KEPT);
  // By the ids of several expressions, which are never given again, and by the lists that were met.
  readonly #several = new Recent<string, Map<Key, Kernel>>(KEPT);
  readonly #lists = new WeakMap<readonly Expr[], Map<Key, Kernel>>();
  // The last used of all expressions whose ids end alike: what an op on one element costs, a map would add a tenth to.
  readonly #near = new Array<Kernels<Key, Kernel> | undefined>(KEPT).fill(undefined);

  /** The kernels of expressions, by key. */
  of(exprs: readonly Expr[]): Map<Key, Kernel> {
    if (exprs.length !== 1) return this.#lists.get(exprs) ?? this.#fetchSeveral(exprs);
    const expr = exprs[0], near = this.#near[expr.id & (KEPT - 1)];
    return near !== undefined && near.expr === expr ? near.byKey : this.#fetch(expr).byKey;
  }

  #fetchSeveral(exprs: readonly Expr[]): Map<Key, Kernel> {
    const ids = exprs.map(({ id }) => id).join();
    let byKey = this.#several.get(ids);
    if (!byKey) this.#several.set(ids, byKey = new Map());
    this.#lists.set(exprs, byKey);
    return byKey;
  }

  #fetch(expr: Expr): Kernels<Key, Kernel> {
    let kernels = this.#recent.get(expr);
    if (!kernels) this.#recent.set(expr, kernels = { expr, byKey: new Map() });
    return this.#near[expr.id & (KEPT - 1)] = kernels;
  }

  /** The kernel under `key`, made at first use. */
  get(exprs: readonly Expr[], key: Key, make: () => Kernel): Kernel {
    const kernels = this.of(exprs);
    let kernel = kernels.get(key);
    if (!kernel) kernels.set(key, kernel = make());
    return kernel;
  }
}
