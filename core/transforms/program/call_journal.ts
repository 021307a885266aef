/** How things were before a call that is recorded. */
import { context } from "../../device/context.ts";
import { Journal, type Undo } from "../../device/journal.ts";
import { unrecorded } from "../../device/observe.ts";
import type { Storage } from "../../device/storage.ts";
import { storageOf } from "../../tensor/internals.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Remembers what a call changes: elements, gradients, sequences of keys and other things that change as they are used. */
export class CallJournal extends Journal {
  readonly #undos: Undo[] = [];
  readonly #gradients = new Map<Tensor, Tensor | null>();
  readonly #kept = new WeakSet<object>();

  /** Whether nothing but a recorded call is watched here. */
  static get isAlone(): boolean {
    return context.watch?.journal instanceof CallJournal && context.watch.outer === null;
  }

  /** Takes note of a gradient before it is replaced for the first time. */
  noteGradient(tensor: Tensor, gradient: Tensor | null): void {
    if (this.#gradients.has(tensor)) return;
    if (gradient) storageOf(gradient).pin();
    this.#gradients.set(tensor, gradient);
  }

  /** What is made in the call and stays, as the state of an optimizer does, is put back to what it was made with. */
  keeps(storages: Iterable<Storage>): void {
    for (const storage of storages) this.#kept.add(storage);
  }

  override note(thing: object, madeAt: number, remember: () => Undo): void {
    super.note(thing, this.#kept.has(thing) ? 0 : madeAt, () => {
      const undo = unrecorded(remember);
      this.#undos.push(undo);
      return undo;
    });
  }

  override rewind(): void {
    super.rewind();
    for (const [tensor, gradient] of this.#gradients) tensor.setGrad(gradient);
  }

  /** Forgets all of it. */
  end(): void {
    for (const gradient of this.#gradients.values()) if (gradient) storageOf(gradient).unpin();
    this.#gradients.clear();
    for (const undo of this.#undos) undo.forget?.();
  }
}
