/** What holds where code runs now and not elsewhere: one record of it, changed for the time of a function. */
import { checkDtype, type DType, isFloating } from "../base/dtype.ts";
import { DtypeError } from "../base/errors.ts";
import type { ActiveLayer } from "../call/layers.ts";
import type { KeyWords } from "../ops/keys.ts";
import type { TapeNode } from "../tensor/node.ts";
import type { Backend } from "./backend.ts";
import type { Changing, Watch } from "./journal.ts";
import type { Recorder } from "./observe.ts";
import type { Scope } from "./scope.ts";

/** What surrounds a call. */
export interface Context {
  /** What wraps every op, innermost first. */
  layers: ActiveLayer | null;
  /** Whether ops are recorded. */
  recording: boolean;
  /** Whether a program asked that nothing be recorded, below layers that rewrap neither. */
  untaped: boolean;
  /** Who is told of every node that is recorded. */
  onRecord: ((node: TapeNode) => void) | null;
  /** Who is told of what changes. */
  watch: Watch | null;
  /** The node whose gradient rule is running. */
  underway: TapeNode | null;
  /** What the backward that is under way is to call at its end. */
  ending: Set<() => void> | null;
  /** The innermost scope, which owns what is made. */
  scope: Scope | null;
  /** Where tensors are made; `null` until it is chosen or asked for. */
  backend: Backend | null;
  /** The dtype of new floating tensors. */
  dtype: DType;
  /** The sequence that keys are drawn from; `null` until the first is. */
  keys: Changing<KeyWords> | null;
  /** Who records a program of what runs. */
  recorder: Recorder | null;
}

/** What surrounds the call that runs now. The fields are read in every op, so they lie in one object for good. */
export const context: Context = {
  layers: null,
  recording: true,
  untaped: false,
  onRecord: null,
  watch: null,
  underway: null,
  ending: null,
  scope: null,
  backend: null,
  dtype: "f32",
  keys: null,
  recorder: null,
};

/**
 * Runs `fn` with some of the context replaced, which is as before when it returns; of what is not replaced, `fn` may
 * change what lasts. Across the awaits of `fn` only the scope goes along (see {@link Scope}): what else is
 * switched is switched for synchronous code.
 */
export function within<T>(patch: Partial<Context>, fn: () => T): T {
  const now: Record<string, unknown> = context as Context & Record<string, unknown>,
    next = patch as typeof now;
  const before: unknown[] = [];
  const keys = Object.keys(next);
  for (const key of keys) {
    before.push(now[key]);
    now[key] = next[key];
  }
  try {
    return fn();
  } finally {
    for (let i = 0; i < keys.length; i++) now[keys[i]] = before[i];
  }
}

/**
 * The dtype of new floating tensors: f32 unless {@link setDefaultDtype} said otherwise.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { defaultDtype, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tensor([1, 2]).dtype, defaultDtype());
 * assertEquals(defaultDtype(), "f32");
 * ```
 */
export function defaultDtype(): DType {
  return context.dtype;
}

/**
 * Sets the dtype that creation functions use when none is named: a floating one, others are a {@link
 * DtypeError}.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { setDefaultDtype, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * setDefaultDtype("f64");
 * assertEquals(zeros([2]).dtype, "f64");
 * setDefaultDtype("f32");
 * ```
 */
export function setDefaultDtype(dtype: DType): void {
  if (!isFloating(checkDtype(dtype))) {
    throw new DtypeError(`Cannot make ${dtype} the default dtype: choose f16, f32 or f64`);
  }
  context.dtype = dtype;
}
