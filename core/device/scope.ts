/** Scopes release at once what was made in them. */
import { checkFunction } from "../base/settings.ts";
import { context, within } from "./context.ts";
import type { Storage } from "./storage.ts";

/**
 * Owns the buffers made while it is the innermost open scope, until it ends.
 *
 * @category Memory and profiles
 */
export class Scope implements Disposable {
  /** The scope around this one. */
  readonly outer: Scope | null;
  readonly #before: Scope | null;
  #owned: Storage[] = [];
  #ended = false;

  /** A scope inside `outer`; {@link openScope} and `scope` make it current, `before` having been innermost. */
  constructor(outer: Scope | null, before: Scope | null = outer) {
    this.outer = outer;
    this.#before = before;
  }

  /** Takes over the release of a buffer. */
  own(storage: Storage): void {
    storage.scope = this;
    this.#owned.push(storage);
  }

  /** Hands a buffer to the scope around this one, or to the collector where there is none. */
  escape(storage: Storage): void {
    if (storage.scope !== this) return;
    const outer = this.outer?.open;
    if (outer) outer.own(storage);
    else storage.scope = null;
  }

  /** Whether it has released what it owned. */
  get ended(): boolean {
    return this.#ended;
  }

  /** This scope, or the innermost around it that has not ended. */
  get open(): Scope | null {
    if (!this.#ended) return this;
    let scope = this.outer;
    while (scope !== null && scope.#ended) scope = scope.outer;
    return scope;
  }

  /** Releases what it still owns. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const storage of this.#owned) if (storage.scope === this) storage.outlive();
    this.#owned = [];
  }

  /** Ends the scope: `using s = openScope()` does so at the end of the block. */
  [Symbol.dispose](): void {
    if (context.scope === this) context.scope = this.#before?.open ?? null;
    this.end();
  }
}

/** The scope of two that ends last, where `null` is none and never ends: so it is if neither is in the other. */
export function lastingScope(a: Scope | null, b: Scope | null): Scope | null {
  if (a === null || b === null || a.ended || b.ended) return null;
  return isWithin(a, b) ? b : isWithin(b, a) ? a : null;
}

function isWithin(scope: Scope | null, outer: Scope): boolean {
  while (scope !== null && scope !== outer) scope = scope.outer;
  return scope !== null;
}

/** Remembers the current scope of an asynchronous call across its awaits. */
interface AsyncStore {
  getStore(): Scope | undefined;
  run<T>(scope: Scope, fn: () => T): T;
}

let store: AsyncStore | null | undefined;
let pending = 0;

/** The scope that owns what is made now. */
export function currentScope(): Scope | null {
  if (context.scope !== null || pending === 0) return context.scope;
  return store?.getStore()?.open ?? null;
}

/**
 * Opens a scope that is current until it is disposed; meant for `using` in synchronous code. {@link scope}
 * takes a function instead and lets its result out.
 *
 * @category Memory and profiles
 * @example
 * ```ts
 * import { memory, openScope, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const before = memory().buffers;
 * {
 *   using _temporary = openScope();
 *   tensor([1, 2, 3]).mul(2);
 * }
 * assertEquals(memory().buffers, before);
 * ```
 */
export function openScope(): Scope {
  return context.scope = new Scope(currentScope(), context.scope);
}

/**
 * Runs `fn` with no scope open, so that what it makes is released by nobody but its holder.
 *
 * @category Memory and profiles
 * @example
 * ```ts
 * import { BackendError, scope, type Tensor, tensor, unscoped } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const cache: Tensor[] = [];
 * scope(() => {
 *   cache.push(unscoped(() => tensor([1, 2])), tensor([3]));
 * });
 * assertEquals(await cache[0].array(), [1, 2]);
 * assertThrows(() => cache[1].arraySync(), BackendError, "its scope has ended");
 * ```
 */
export function unscoped<T>(fn: () => T): T {
  checkFunction("run outside scopes", fn);
  if (currentScope() === null) return fn();
  return inScope(new Scope(null), fn);
}

/** Runs `fn` with `scope` open; a promise it returns keeps the scope current across its awaits. */
export function inScope<T>(scope: Scope, fn: () => T): T {
  const run = (): T => within({ scope }, fn);
  return asyncStore() ? store!.run(scope, run) : run();
}

/** Counts a promise that a scope waits for, so that look-ups ask the asynchronous store meanwhile. */
export async function waitFor<T>(promise: Promise<T>): Promise<T> {
  pending++;
  try {
    return await promise;
  } finally {
    pending--;
  }
}

// Node and Deno have AsyncLocalStorage; a page has not, and there the scope is current only until the first await.
function asyncStore(): AsyncStore | null {
  if (store === undefined) store = findAsyncStore();
  return store;
}

interface HooksModule {
  AsyncLocalStorage: new () => AsyncStore;
}

function findAsyncStore(): AsyncStore | null {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const hooks = host.process?.getBuiltinModule?.("node:async_hooks") as HooksModule | undefined;
  return hooks ? new hooks.AsyncLocalStorage() : null;
}
