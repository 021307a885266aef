/** The public functions of scopes. */
import { checkFunction } from "../base/settings.ts";
import { withThoseBelow } from "../call/layers.ts";
import { context } from "../device/context.ts";
import { currentScope, inScope, Scope, waitFor } from "../device/scope.ts";
import type { Storage } from "../device/storage.ts";
import { graphOf } from "./graph.ts";
import { Tensor } from "../tensor/tensor.ts";
import { tensorsWithin } from "../tensor/tree.ts";
import { storageOf } from "../tensor/internals.ts";

/**
 * Runs `fn` and then releases every tensor that was made in it, except what it returns (in arrays,
 * objects, maps and class instances too, with the tape it hangs on), what was kept with
 * {@link keep}, and leaves that require gradients with their `.grad`. What is returned from a scope
 * inside another belongs to the outer one.
 *
 * A scope stays open across the awaits of an asynchronous `fn` in Deno and Node; in a page, which
 * cannot tell asynchronous calls apart, it owns what is made before the first await.
 *
 * @category Memory and profiles
 * @example
 * ```ts
 * import { BackendError, scope, type Tensor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const made: Tensor[] = [];
 * const y = scope(() => {
 *   const x = tensor([1, 2, 3]);
 *   made.push(x, x.mul(2));
 *   return made[1].sum();
 * });
 * assertEquals(await y.item(), 12);
 * assertThrows(() => made[1].arraySync(), BackendError, "its scope has ended");
 * ```
 */
export function scope<T>(fn: () => T): T {
  checkFunction("open a scope for", fn);
  const inner = new Scope(currentScope());
  let result: T;
  try {
    result = inScope(inner, fn);
  } catch (error) {
    inner.end();
    throw error;
  }
  if (result instanceof Promise) return waitFor(endLater(inner, result)) as T;
  return endWith(inner, result);
}

function endWith<T>(inner: Scope, result: T): T {
  for (const storage of storagesOf(result)) inner.escape(storage);
  inner.end();
  return result;
}

async function endLater<T>(inner: Scope, promise: Promise<T>): Promise<T> {
  try {
    return endWith(inner, await promise);
  } finally {
    inner.end();
  }
}

/**
 * Takes tensors (alone, or in arrays, objects, maps and class instances) out of every scope and
 * gives them back; they live until they are disposed or nobody refers to them.
 *
 * @category Memory and profiles
 * @example
 * ```ts
 * import { keep, scope, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * let best = tensor(0);
 * scope(() => {
 *   best = keep(tensor(41).add(1));
 * });
 * assertEquals(await best.item(), 42);
 * ```
 */
export function keep<T>(value: T): T {
  const storages = storagesOf(value);
  for (const storage of storages) storage.scope = null;
  context.recorder?.kept(storages);
  return value;
}

// The memory of tensors and of what the tape saved to differentiate them.
function storagesOf(value: unknown): Set<Storage> {
  const tensors = withThoseBelow(tensorsWithin(value));
  const found = new Set<Storage>();
  if (tensors.length === 0) return found;
  const add = (value: unknown) => value instanceof Tensor && found.add(storageOf(value));
  tensors.forEach(add);
  for (const t of tensors) if (!t.isLeaf) add(t.grad); // a leaf holds its own
  for (const node of graphOf(tensors).order) {
    node.inputs?.forEach(add);
    node.outputs?.forEach(add);
    node.segment?.sources.forEach(add);
  }
  return found;
}
