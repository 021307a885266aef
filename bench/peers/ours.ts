/** Ourselves as a peer: on another backend, or written in another way. */
import { useBackend } from "@tapegrad/tapegrad";
import { Conversation } from "../harness/conversation.ts";
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

const CHILD = new URL("../against/child.ts", import.meta.url).pathname;

/** One of our ways in a process of its own, whose memory it may ask for. */
export function alone({ name, ours: [{ how }] }: Work, { given }: Case, backend: string): Variant {
  const args = ["run", "--quiet", "--no-prompt", "--no-lock", "--cached-only", "--allow-all", CHILD, backend];
  return {
    library: "tapegrad",
    how,
    prepare: async () => {
      const there = await Conversation.start({ command: Deno.execPath(), args });
      return { ...there.contender(name, given), close: () => void there.close() };
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
