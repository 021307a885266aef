/** What a function that is recorded looks at and sets, beside tensors. */
import { identityOf } from "../../call/attributes_key.ts";
import { nodeOf } from "../../tensor/internals.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Something that a function may set, and find again. */
export interface Settable {
  /** What it is now. */
  value: unknown;
  /** The same, of which nobody takes note. */
  follow(): unknown;
}

/** What JavaScript looked at, as it was. */
export interface Decision {
  /** What was looked at. */
  readonly owner: object | null;
  /** How to look again. */
  readonly read: () => unknown;
  /** What was seen; of a sequence that was drawn from, nothing. */
  readonly seen: unknown;
}

/** What a function has set. */
export interface Setting {
  /** What holds it. */
  readonly owner: Settable;
  /** The value that it was left with. */
  readonly value: unknown;
}

const all = new WeakMap<Tensor, Asking>();

/** Whether a leaf asks for gradients. */
export function askingOf(leaf: Tensor): Asking {
  let asking = all.get(leaf);
  if (asking === undefined) all.set(leaf, asking = new Asking(leaf));
  return asking;
}

/** Whether a leaf asks for gradients, and which hooks these pass. */
class Asking implements Settable {
  // The leaf holds it, as long as it is there itself.
  readonly #leaf: WeakRef<Tensor>;

  constructor(leaf: Tensor) {
    this.#leaf = new WeakRef(leaf);
  }

  get value(): boolean {
    return this.follow();
  }

  set value(on: boolean) {
    const leaf = this.#leaf.deref();
    if (leaf) leaf.requiresGrad = on;
  }

  follow(): boolean {
    const leaf = this.#leaf.deref();
    return leaf !== undefined && nodeOf(leaf) !== null;
  }

  /** Whether it asks, and if hooks are there, which. */
  get seen(): boolean | string {
    const leaf = this.#leaf.deref(), node = leaf ? nodeOf(leaf) : null;
    if (node === null) return false;
    return node.hooks === null || node.hooks.length === 0 ? true : node.hooks.map(identityOf).join();
  }

  /** How to have it as it is now. */
  remember(): () => void {
    const on = this.follow();
    return () => {
      if (this.follow() !== on) this.value = on;
    };
  }
}

const layouts = new WeakMap<readonly number[], string>();

/** How a gradient lies, which says what adds to it; `null` where there is none. */
export function layoutSeen(gradient: Tensor | null): string | null {
  if (gradient === null) return null;
  const { strides, offset } = gradient;
  let layout = layouts.get(strides);
  if (layout === undefined) layouts.set(strides, layout = strides.join());
  return offset === 0 ? layout : `${layout} from ${offset}`;
}
