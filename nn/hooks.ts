/** Hooks: what is called before and after a module's `forward`, and as gradients pass it. */
import {
  applyAll,
  checkFunction,
  type Composite,
  described,
  isRecording,
  type Parts,
  Tensor,
} from "@tapegrad/core";
import type { AnyModule } from "./module.ts";

/**
 * Called with a module and what its `forward` is about to get; what it returns, a list or one input, replaces that.
 *
 * @category Modules
 */
export type ForwardPreHook<M, Inputs extends readonly unknown[]> = (
  module: M,
  inputs: Inputs,
) => readonly Inputs[number][] | Inputs[0] | void;

/**
 * Called with a module, what its `forward` got and what it gave; what it returns replaces that.
 *
 * @category Modules
 */
export type ForwardHook<M, Inputs, Output> = (module: M, inputs: Inputs, output: Output) => Output | void;

/**
 * Called with a module and the gradients of its outputs; what it returns replaces them.
 *
 * @category Modules
 */
export type BackwardPreHook<M> = (module: M, gradOutput: Parts) => Parts | Tensor | void;

/**
 * Called with a module, the gradients of its inputs, one an argument, and those of its outputs, `null` where there is
 * none; what it returns replaces those of the inputs.
 *
 * @category Modules
 */
export type BackwardHook<M> = (module: M, gradInput: Parts, gradOutput: Parts) => Parts | Tensor | void;

/**
 * What a hook may be registered with.
 *
 * @category Modules
 */
export interface HookOptions {
  /** Whether it is called before those that are there already; it is not unless said. */
  readonly prepend?: boolean;
}

/**
 * Ends a hook: called itself, by `remove()` as in PyTorch, or at the end of a block that it is `using`.
 *
 * @category Modules
 */
export interface HookHandle extends Disposable {
  /** Ends the hook. */
  (): void;
  /** Ends the hook. */
  remove(): void;
}

type AnyHook = (...given: readonly unknown[]) => unknown;
type Kind = "before" | "after" | "backwardBefore" | "backward";
type Forward = (...inputs: unknown[]) => unknown;

/** The hooks of a module. */
class Hooks {
  readonly lists: Record<Kind, readonly { readonly hook: AnyHook }[]> = {
    before: [],
    after: [],
    backwardBefore: [],
    backward: [],
  };

  /** What hooks make of what the first is called with, each from what the one before it left. */
  run<T>(kind: Kind, value: T, call: (hook: AnyHook, value: T) => T | undefined): T {
    return this.lists[kind].reduce((now, { hook }) => call(hook, now) ?? now, value);
  }

  has(...kinds: readonly Kind[]): boolean {
    return kinds.some((kind) => this.lists[kind].length > 0);
  }
}

const hooked = new WeakMap<object, Hooks>();

/**
 * Adds a hook. A module without any has no trace of them: the first puts a `forward` of its own before that of its
 * class, and the last takes it away again.
 */
export function hook(
  module: AnyModule,
  kind: Kind,
  fn: unknown,
  { prepend = false }: HookOptions = {},
): HookHandle {
  checkFunction("hook a module with", fn);
  const hooks = hooked.get(module) ?? install(module), own = { hook: fn as AnyHook };
  const list = hooks.lists[kind];
  hooks.lists[kind] = prepend ? [own, ...list] : [...list, own];
  const remove = () => {
    hooks.lists[kind] = hooks.lists[kind].filter((entry) => entry !== own);
    if (!hooks.has("before", "after", "backwardBefore", "backward")) uninstall(module, hooks);
  };
  return Object.assign(() => remove(), { remove, [Symbol.dispose]: remove });
}

const underneath = new WeakMap<Hooks, PropertyDescriptor | null>();

function install(module: AnyModule): Hooks {
  const hooks = new Hooks(), forward = module.forward as Forward;
  underneath.set(hooks, Object.getOwnPropertyDescriptor(module, "forward") ?? null);
  hooked.set(module, hooks);
  const value = (...inputs: readonly unknown[]) => callHooked(module, hooks, forward, inputs);
  Object.defineProperty(module, "forward", { value, configurable: true, writable: true });
  return hooks;
}

function uninstall(module: AnyModule, hooks: Hooks): void {
  if (hooked.get(module) !== hooks) return;
  hooked.delete(module);
  const before = underneath.get(hooks);
  if (before) Object.defineProperty(module, "forward", before);
  else Reflect.deleteProperty(module, "forward");
}

function callHooked(module: AnyModule, hooks: Hooks, forward: Forward, given: readonly unknown[]): unknown {
  const before = hooks.run("before", given, (hook, now) => {
    const changed = hook(module, now);
    return changed === undefined ? undefined : Array.isArray(changed) ? changed : [changed];
  });
  const crossing = hooks.has("backwardBefore", "backward") && isRecording()
    ? new Crossing(module, hooks, before)
    : null;
  const inputs = crossing?.enter() ?? before;
  const output = forward.apply(module, inputs as unknown[]);
  const after = hooks.run("after", output, (hook, now) => hook(module, inputs, now));
  return crossing ? crossing.leave(after) : after;
}

/** One call of a module, and the gradients that pass where its tensors enter and leave it. */
class Crossing {
  readonly #module: AnyModule;
  readonly #hooks: Hooks;
  readonly #inputs: readonly unknown[];
  #gradOutput: Parts = [];

  constructor(module: AnyModule, hooks: Hooks, inputs: readonly unknown[]) {
    this.#module = module;
    this.#hooks = hooks;
    this.#inputs = inputs;
  }

  enter(): readonly unknown[] {
    return crossed(this.#inputs, (cts) => this.#backward(cts));
  }

  leave(output: unknown): unknown {
    const outputs = Array.isArray(output) ? output : [output];
    const left = crossed(outputs, (cts) => {
      const gradients = this.#hooks.run(
        "backwardBefore",
        cts,
        (hook, now) => checked(hook(this.#module, now), now),
      );
      this.#gradOutput = gradients;
      // Where nothing that entered has a gradient, none will pass there.
      if (!this.#inputs.some(carriesGradient)) this.#backward(this.#inputs.map(() => null));
      return gradients;
    });
    return Array.isArray(output) ? left : left[0];
  }

  #backward(cts: Parts): Parts {
    const gradOutput = this.#gradOutput;
    return this.#hooks.run("backward", cts, (hook, now) => checked(hook(this.#module, now, gradOutput), now));
  }
}

function carriesGradient(value: unknown): value is Tensor {
  return value instanceof Tensor && value.requiresGrad;
}

function checked(given: unknown, before: Parts): Parts | undefined {
  if (given === undefined) return undefined;
  const parts = Array.isArray(given) ? given : [given];
  const isFit = parts.length === before.length &&
    parts.every((part) => part === null || part instanceof Tensor);
  if (isFit) return parts;
  throw new TypeError(
    `Cannot go on with what a backward hook returned, ${described(given)}: ` +
      `a tensor or null is needed for each of ${before.length}`,
  );
}

/** The values, of which those that carry gradients are as they were but for passing theirs, and those of all, to `pass`. */
function crossed(values: readonly unknown[], pass: (cts: Parts) => Parts): readonly unknown[] {
  const at = values.flatMap((value, i) => carriesGradient(value) ? [i] : []);
  if (at.length === 0) return values;
  const all = (cts: Parts) => values.map((_, i) => at.includes(i) ? cts[at.indexOf(i)] : null);
  const tensors = at.map((i) => values[i] as Tensor);
  const out = applyAll(
    passing((cts) => {
      const passed = pass(all(cts));
      return at.map((i) => passed[i]);
    }),
    tensors,
    null,
  );
  return values.map((value, i) => at.includes(i) ? out[at.indexOf(i)] : value);
}

function passing(vjp: (cts: Parts) => Parts): Composite<null> {
  return {
    name: "backwardHook",
    infer: (inputs) => inputs.map(({ shape, dtype, backend }) => ({ shape, dtype, backend })),
    decompose: (inputs) => inputs,
    vjp,
    jvp: (tangents) => tangents,
    saves: () => ({ inputs: [], outputs: [] }),
  };
}
