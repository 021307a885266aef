/** The samples of a batch, fetched and put together. */
import { keep, openScope, type Scope, scope, Tensor, tensor, unscoped } from "@tapegrad/core";
import { hostList } from "./batch_sampler.ts";
import { defaultCollate } from "./collate.ts";
import { checkIndices, type Samples } from "./dataset.ts";
import type { Drawing } from "./iterables.ts";
import { isLater, silence, then } from "./later.ts";
import type { Plan, Positions } from "./plan.ts";
import { TensorDataset } from "./tensor_dataset.ts";

/** How a batch comes about: what is fetched at these positions, promises among it, and what is made of that. */
export interface Recipe {
  /** Begins to fetch. */
  fetch(positions: Positions): readonly unknown[];
  /** Puts together what was fetched. */
  make(fetched: readonly unknown[]): unknown;
}

function samplesRecipe<S>(
  samples: Samples<S>,
  collate: (samples: Awaited<S>[]) => unknown,
): Recipe {
  const fetch = (positions: Positions) => {
    const fetched: S[] = [];
    try {
      for (const i of listOf(positions)) fetched.push(samples.get(i));
    } catch (error) {
      fetched.forEach(silence);
      throw error;
    }
    return fetched;
  };
  return { fetch, make: (fetched) => collate(fetched as Awaited<S>[]) };
}

function rowsRecipe(data: TensorDataset): Recipe {
  const make = (positions: Positions) => {
    if (positions instanceof Tensor) return data.select(positions);
    if ("start" in positions) return data.range(positions.start, positions.count);
    return data.select(tensor(checkIndices(positions, data.length), { backend: data.tensors[0].backend }));
  };
  return { fetch: (positions) => [positions], make: ([positions]) => make(positions as Positions) };
}

/** How batches of these samples come about. */
export function recipeOf<S>(samples: Samples<S>, collate?: (samples: Awaited<S>[]) => unknown): Recipe {
  if (samples instanceof TensorDataset && !collate) return rowsRecipe(samples);
  return samplesRecipe(samples, collate ?? defaultCollate);
}

function listOf(positions: Positions): readonly number[] {
  if (positions instanceof Tensor) return hostList(positions);
  if (!("start" in positions)) return positions;
  return Array.from({ length: positions.count }, (_, i) => positions.start + i);
}

/** What an epoch is read by, until it is disposed. */
export interface Reading {
  /** Begins to fetch what batch `i` is made of. */
  fetch(i: number): readonly unknown[] | Promise<readonly unknown[]>;
  /** The batch of what was fetched; {@link END} behind the last one. */
  make(fetched: readonly unknown[]): unknown;
  /** Releases what it holds. */
  dispose(): unknown;
}

/** In place of a batch where there are no more. */
export const END: unique symbol = Symbol("end");

/** By positions. */
export function readingOf(plan: Plan, recipe: Recipe): Reading {
  return {
    fetch: (i) => recipe.fetch(plan.batch(i)),
    make: recipe.make,
    dispose: plan.dispose,
  };
}

/** One after another. */
export function readingInTurn(drawing: Drawing, collate: (samples: never[]) => unknown): Reading {
  return {
    fetch: () => drawing.next(),
    make: (fetched) => fetched.length === 0 ? END : collate(fetched as never[]),
    dispose: () => drawing.close(),
  };
}

/** A batch on its way, or there, and what was made for it. */
export class Fetched {
  #batch: unknown;
  readonly #scopes: Scope[] | null;

  /** Begins to fetch batch `i`; what is made for it is held if it is to be released. */
  constructor(reading: Reading, i: number, releases: boolean) {
    this.#scopes = releases ? [] : null;
    const make = (fetched: readonly unknown[]) => this.#run(() => reading.make(fetched));
    const arrived = (fetched: readonly unknown[]) =>
      fetched.some(isLater) ? Promise.all(fetched).then(make) : make(fetched);
    this.#batch = then(this.#run(() => reading.fetch(i)), arrived);
  }

  /** The batch; one that is on its way is a `TypeError`. */
  get batch(): unknown {
    if (!isLater(this.#batch)) return this.#batch;
    silence(this.#batch);
    throw new TypeError("Cannot take batches of samples that are promises by for … of: use for await … of");
  }

  /** Waits until the batch is there. */
  async arrived(): Promise<this> {
    try {
      this.#batch = await this.#batch;
    } catch (error) {
      this.release();
      throw error;
    }
    return this;
  }

  /** Releases the tensors that were made, except those that were kept. */
  release(): void {
    this.#scopes?.forEach((scope) => scope.end());
  }

  #run<T>(fn: () => T): T {
    const scopes = this.#scopes;
    if (scopes === null) return fn();
    try {
      // Of the two scopes the outer one brings back what was current, and lets go of what the inner one owns.
      return scope(() => {
        scopes.push(openScope());
        return fn();
      });
    } catch (error) {
      this.release();
      throw error;
    }
  }
}

/** A batch that will be there; one of those fetched ahead is of no scope that is open now, as that may end before. */
export function fetchLater(fetch: () => Fetched, isAhead: boolean, releases: boolean): Promise<Fetched> {
  const arrived = async () => await fetch().arrived();
  const later = isAhead ? unscoped(() => isScoped() ? aside(arrived, releases) : arrived()) : arrived();
  silence(later);
  return later;
}

/** Fetches in a scope of its own, which lets the batch out to the collector unless the loader releases it. */
async function aside(arrived: () => Promise<Fetched>, releases: boolean): Promise<Fetched> {
  const [fetched, batch] = await scope(async () => {
    const fetched = await arrived();
    return [fetched, fetched.batch] as const;
  });
  if (!releases) keep(batch);
  return fetched;
}

function isScoped(): boolean {
  const probe = openScope();
  probe[Symbol.dispose]();
  return probe.outer !== null;
}
