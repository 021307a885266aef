/** Ourselves as a peer: on another backend, or written in another way. */
import { useBackend } from "@tapegrad/tapegrad";
import type { Variant } from "../harness/run.ts";
import type { Case, Way, Work } from "../works/work.ts";

/** One of our ways on a backend, which is chosen anew at each turn, since all of them share the choice. */
export function onBackend(
  way: Way,
  { given }: Case,
  { backend, how }: { readonly backend: string; readonly how: string },
): Variant {
  const choose = () => useBackend(backend, { byFlag: true });
  return {
    library: "tapegrad",
    how,
    prepare: async () => {
      await choose();
      const { answer, measure, close } = way.prepare(given);
      return {
        answer: () => choose().then(answer),
        measure: (pace) => choose().then(() => measure(pace)),
        close,
      };
    },
  };
}

/** Our other ways on the same backend, and the first on the TypeScript backend. */
export function otherWays(
  { ours: [first, ...others], onDevice }: Work,
  one: Case,
  backend: string,
): Variant[] {
  const ways = others.map((way) => onBackend(way, one, { backend, how: way.how }));
  if (backend === "cpu" || onDevice) return ways;
  return [...ways, onBackend(first, one, { backend: "cpu", how: "cpu" })];
}
