/** What runs once a backward has left its gradients. */
import { checkFunction } from "../base/settings.ts";
import { context } from "../device/context.ts";

/**
 * Calls `fn` once, however often it is asked for, when the backward that is under way has left all gradients in
 * `.grad`: from a hook, to go on with the gradients of many leaves together. Returns whether a backward is under way;
 * in `grad()` and its like, which leave none, there is not, and `fn` is not called.
 * `torch.autograd.Variable._execution_engine.queue_callback`.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { afterBackward, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = variable(1), b = variable(2), seen: unknown[] = [];
 * const look = () => void seen.push([a.grad?.itemSync(), b.grad?.itemSync()]);
 * for (const leaf of [a, b]) leaf.registerPostAccumulateGradHook(() => void afterBackward(look));
 * a.mul(b).backward();
 * assertEquals(seen, [[2, 1]]);
 * assertEquals(afterBackward(look), false);
 * ```
 */
export function afterBackward(fn: () => void): boolean {
  checkFunction("call after backward", fn);
  context.ending?.add(fn);
  return context.ending !== null;
}

/** Runs a backward, and then what was asked for meanwhile. */
export function withEnding(run: () => void): void {
  const outer = context.ending, own = context.ending = new Set<() => void>();
  try {
    run();
  } finally {
    context.ending = outer;
  }
  for (const fn of own) fn();
}
