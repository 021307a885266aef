import type { Compared, Row, Variant } from "./run.ts";
import type { Chosen } from "./run_all.ts";

/** What peers would take for a case, as far as smaller ones of its kind tell. */
export class Foresight {
  /** Milliseconds of an operation, by the kind of case and the peer. */
  readonly #rates = new Map<string, number>();

  /** Learns from a case that was run; who was left out there would take too long for any larger one. */
  note(chosen: Chosen, { unit, peers }: Row): void {
    const { work: { pieces = 1 }, one: { flops } } = chosen;
    if (flops === undefined) return;
    for (const peer of peers) {
      const key = keyOf(chosen, peer), { time, error = "" } = peer;
      if (time !== undefined) this.#rates.set(key, time * pieces / (unit === "µs" ? 1000 : 1) / flops);
      else if (error.startsWith("left out") && !this.#rates.has(key)) this.#rates.set(key, Infinity);
    }
  }

  /** A peer as it is, or, where it would take longer than that, one that says so. */
  of(peer: Variant, chosen: Chosen, longest: number): Variant {
    const foreseen = (this.#rates.get(keyOf(chosen, peer)) ?? 0) * (chosen.one.flops ?? 0);
    if (foreseen <= longest) return peer;
    const why = foreseen < Infinity
      ? `it would take ${(foreseen / 1000).toFixed(1)} s`
      : "a smaller one took too long";
    return { ...peer, prepare: () => Promise.reject(new Error(`left out: ${why}`)) };
  }
}

/** The same for cases that differ in their size alone. */
function keyOf(
  { work, one: { given } }: Chosen,
  { library, how }: Pick<Compared, "library" | "how">,
): string {
  const { n: _, ...kind } = given as { readonly n?: number };
  return JSON.stringify([work.name, kind, library, how]);
}
