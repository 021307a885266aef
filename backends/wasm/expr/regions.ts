/** What of an expression is computed only where a condition holds that rarely does. */
import type { Expr } from "@tapegrad/core/backend";
import type { Legal } from "../../common/legal.ts";

/** Whether a node chooses by a condition that seldom holds. */
export function isRare(node: Expr): boolean {
  return node.fn?.name === "rarely";
}

/** The nodes that are computed for their own sake, under `null`, and those that only the rare branch of a node needs. */
export function regionsOf({ roots, order }: Legal): ReadonlyMap<Expr | null, readonly Expr[]> {
  const regions = new Map<Expr | null, Expr[]>([[null, []]]);
  if (!order.some(isRare)) return regions.set(null, [...order]);
  const places = new Places();
  for (const root of roots) places.need(root, null);
  for (const node of order.toReversed()) {
    const own = places.of(node);
    node.args.forEach((x, i) => places.need(x, isRare(node) && i === 1 ? node : own));
  }
  for (const node of order) {
    const place = places.of(node), nodes = regions.get(place);
    if (nodes) nodes.push(node);
    else regions.set(place, [node]);
  }
  return regions;
}

/** The innermost rare branch around all that needs a node. */
class Places {
  readonly #places = new Map<Expr, Expr | null>();

  of(node: Expr): Expr | null {
    return this.#places.get(node) ?? null;
  }

  need(node: Expr, place: Expr | null): void {
    const known = this.#places.get(node);
    this.#places.set(node, known === undefined ? place : this.#common(known, place));
  }

  #common(a: Expr | null, b: Expr | null): Expr | null {
    const around = new Set(this.#around(a));
    return this.#around(b).find((place) => around.has(place)) ?? null;
  }

  // From the innermost on.
  #around(place: Expr | null): (Expr | null)[] {
    const all = [place];
    for (let outer = place; outer !== null;) all.push(outer = this.of(outer));
    return all;
  }
}
