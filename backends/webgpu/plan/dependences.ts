/** What the results of a plan depend on: uses of indices in it, and what those that it is given depended on. */
import type { DeviceBuffer } from "../memory/buffers.ts";
import { type Dependence, join } from "../device/dependence.ts";
import { Source } from "./recorder.ts";

/** A buffer that a plan is given and writes, and what its elements then depend on, as places among sources. */
interface Written {
  readonly given: number;
  readonly on: readonly number[];
}

/** Who depends on whom. */
export class Dependences {
  readonly #written: readonly Written[];

  /** Of recorded stands for what is given, whose own are the first of the sources. */
  constructor(stands: readonly DeviceBuffer[], sources: readonly Source[]) {
    const places = new Map(sources.map((source, i) => [source, i]));
    this.#written = stands.flatMap((stand, given) => {
      const on = sourcesOf(stand.dependence).map((source) => places.get(source)!);
      return on.length === 1 && on[0] === given ? [] : [{ given, on }];
    });
  }

  /** Has buffers depend on what the run has found of the sources. */
  spread(given: readonly DeviceBuffer[], found: readonly (Dependence | null)[]): void {
    for (const { given: i, on } of this.#written) {
      given[i].dependence = on.reduce((all: Dependence | null, k) => join(all, found[k]), null);
    }
  }
}

function sourcesOf(on: Dependence | null): Source[] {
  const found = new Set<Source>(), seen = new Set<Dependence>(), open = on === null ? [] : [on];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next instanceof Source) found.add(next);
    open.push(...next.parts ?? []);
  }
  return [...found];
}
