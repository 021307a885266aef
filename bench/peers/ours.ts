/** Ourselves as a peer: on another backend, or written in another way. */
import { type BlasOptions, useBackend } from "@tapegrad/tapegrad";
import { Conversation } from "../harness/conversation.ts";
import type { Contender } from "../harness/measure.ts";
import type { Variant } from "../harness/run.ts";
import { type Case, type Way, waysOf, type Work } from "../works/work.ts";

/** Where we compute, and by which BLAS, a path or "true", if by one. */
export interface Place {
  readonly backend: string;
  readonly blas: string | undefined;
  /** On how many threads where peers have theirs; as many as there are processors unless said. */
  readonly threads?: number;
}

interface Chosen {
  readonly backend: string;
  readonly how: string;
  readonly blas?: BlasOptions | false;
  /** One unless said. */
  readonly threads?: number;
}

const byBlas = "by BLAS";

/** Our first way: by a BLAS on one thread where one is asked for. */
export function firstWay(work: Work, one: Case, { backend, blas }: Place): Variant {
  const [way] = waysOf(work, one);
  if (blas === undefined) return onBackend(way, one, { backend, how: way.how });
  return onBackend(way, one, { backend, how: byBlas, blas: { ...named(blas), threads: 1 } });
}

function named(blas: string): { readonly path?: string } {
  return blas === "true" ? {} : { path: blas };
}

/** On several threads, where peers have theirs. */
function onThreads(
  way: Way,
  one: Case,
  { backend, threads = navigator.hardwareConcurrency }: Place,
): Variant[] {
  if (!one.threads || backend !== "wasm" || threads === 1) return [];
  return [onBackend(way, one, { backend, how: `${threads} threads`, threads })];
}

// By several threads of its own, where peers have theirs, and without it.
function besideBlas(
  way: Way,
  one: Case,
  { backend, blas, threads = navigator.hardwareConcurrency }: Place,
): Variant[] {
  if (blas === undefined) return [];
  const several = { ...named(blas), threads };
  return [
    ...one.threads
      ? [onBackend(way, one, { backend, how: `${byBlas}, ${threads} threads`, blas: several })]
      : [],
    onBackend(way, one, { backend, how: way.how, blas: false }),
  ];
}

/** One of our ways on a backend, which is chosen anew at each turn, since all of them share the choice. */
export function onBackend(
  way: Way,
  { given }: Case,
  { backend, how, blas, threads = 1 }: Chosen,
): Variant {
  const choose = () => useBackend(backend, { byFlag: true, blas, threads });
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

function started(backend: string): Promise<Conversation<unknown>> {
  const args = ["run", "--quiet", "--no-prompt", "--no-lock", "--cached-only", "--allow-all", CHILD, backend];
  return Conversation.start({ command: Deno.execPath(), args });
}

/** Our way in a new process each time that it is measured. */
export function cold({ name, ours: [{ how }] }: Work, { given }: Case, backend: string): Variant {
  const measure: Contender["measure"] = async (pace) => {
    const there = await started(backend);
    try {
      return await there.contender(name, given).measure(pace);
    } finally {
      await there.close();
    }
  };
  return { library: "tapegrad", how, prepare: () => ({ answer: () => [], measure }) };
}

/** One of our ways in a process of its own, whose memory it may ask for. */
export function alone(work: Work, { given, compiled }: Case, backend: string): Variant {
  const { name } = work, [{ how }] = waysOf(work, { compiled });
  return {
    library: "tapegrad",
    how,
    prepare: async () => {
      const there = await started(backend);
      return { ...there.contender(name, given, { compiled }), close: () => void there.close() };
    },
  };
}

/** Our other ways on the same backend, and the first on the TypeScript backend. */
export function otherWays(work: Work, one: Case, place: Place): Variant[] {
  const [first, ...others] = waysOf(work, one), { onDevice } = work;
  const { backend } = place, own = others.map((way) => onBackend(way, one, { backend, how: way.how }));
  const ways = [...own, ...onThreads(first, one, place), ...besideBlas(first, one, place)];
  if (backend === "cpu" || onDevice) return ways;
  return [...ways, onBackend(first, one, { backend: "cpu", how: "cpu" })];
}
