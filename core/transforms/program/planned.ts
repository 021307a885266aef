/** Runs of a program that is planned: what a run brings is bound, then all kernels run at once. */
import { isContiguous } from "../../base/layout.ts";
import { sameShape } from "../../base/shape.ts";
import { apply } from "../../call/apply.ts";
import { noGrad } from "../../call/record.ts";
import type { Backend, Buffer } from "../../device/backend.ts";
import { tick } from "../../device/clock.ts";
import type { Plan } from "../../device/plan.ts";
import { Storage } from "../../device/storage.ts";
import { contiguousCopy } from "../../primitives/movement.ts";
import { markChanged, storageOf } from "../../tensor/internals.ts";
import type { KeyWords } from "../../ops/keys.ts";
import { filling, Tensor } from "../../tensor/tensor.ts";
import type { Bindings } from "./bindings.ts";
import { checkFits, drawnKey, liesAs, uploadedKey, viewOf } from "./bound.ts";
import { KernelPlan } from "./kernel_plan.ts";
import { cellNumber, elementOf, type Followed, followedOf, isFollowed, type Slots } from "./numbers.ts";
import { type Regraded, regradedBy } from "./regraded.ts";
import type { ProgramEffect, ProgramParts, ProgramValue } from "./parts.ts";
import { retain } from "./retained.ts";
import { type Requested, requestOf } from "./request.ts";
import type { Argument } from "./structure.ts";

/** Memory that a run names. */
interface Given {
  readonly value: ProgramValue;
  /** The index of the value. */
  readonly i: number;
  /** Which of the plan's memories it is. */
  readonly place: number;
  /** The strides that were found right at the last run. */
  strides: readonly number[] | null;
}

/** Memory that a run makes. */
interface Fresh extends Given {
  /** The gradient that it is of. */
  readonly regraded: Regraded | undefined;
}

/** A tensor from outside, with the memory that it had at the last run. */
interface Captured extends Given {
  readonly tensor: Tensor;
  storage: Storage | null;
}

/** A program on a backend, planned: by the backend if it makes plans, else to run kernel by kernel. */
export class Planned {
  /** Where it runs. */
  readonly backend: Backend;
  /** How it runs. */
  readonly plan: Plan;
  readonly #parts: ProgramParts;
  readonly #bindings: Bindings;
  readonly #release: () => void;
  readonly #captured: readonly Captured[];
  readonly #inputs: readonly Given[];
  readonly #gradients: readonly Given[];
  readonly #fresh: readonly Fresh[];
  readonly #literals: readonly Followed[];
  readonly #keys: readonly Followed[];
  readonly #written: readonly ProgramEffect[];
  readonly #regraded: readonly Regraded[];
  // Of the run that is on: the memory of values, what they are called outside, and copies, which end with it.
  readonly #storages: (Storage | null)[] = [];
  readonly #tensors: (Tensor | null)[] = [];
  readonly #buffers: (Buffer | null)[];
  readonly #numbers: Float64Array;
  #copies: Storage[] = [];

  private constructor(
    parts: ProgramParts,
    bindings: Bindings,
    slots: Slots,
    backend: Backend,
    requested: Requested,
  ) {
    const { request, given, numbers } = requested, { values, effects } = parts;
    this.backend = backend;
    this.plan = backend.plan?.(request) ?? new KernelPlan(request, backend);
    this.#parts = parts;
    this.#bindings = bindings;
    this.#release = retain(this, this.plan, backend);
    const of = (kind: ProgramValue["kind"]): Given[] =>
      given.flatMap((i, place) =>
        values[i].kind === kind ? [{ value: values[i], i, place, strides: null }] : []
      );
    this.#captured = of("captured").map((one) => (
      { ...one, tensor: bindings.captured[one.value.name], storage: null }
    ));
    const regraded = this.#regraded = regradedBy(parts);
    [this.#inputs, this.#gradients] = [of("input"), of("gradient")];
    this.#fresh = of("made").map((one) => ({
      ...one,
      regraded: regraded.find(({ value }) => value === one.i),
    }));
    const followed = followedOf(parts, bindings, slots, numbers);
    this.#literals = followed.filter(({ value }) => value.kind !== "key");
    this.#keys = followed.filter(({ value }) => value.kind === "key");
    this.#numbers = new Float64Array(followed.reduce((n, { value }) => n + value.length, 0));
    this.#written = effects.filter(({ gradient }) => gradient === undefined);
    this.#buffers = given.map(() => null);
  }

  /** A program planned for a backend; `null` if it has no kernel for a composite there. */
  static of(parts: ProgramParts, bindings: Bindings, slots: Slots, backend: Backend): Planned | null {
    const requested = requestOf(parts, backend, (i) => isFollowed(parts.values[i], i, bindings, slots));
    return requested && new Planned(parts, bindings, slots, backend, requested);
  }

  /**
   * Runs it and gives what it returned; `null`, and nothing has happened, where what was brought is not as it was, or
   * shares memory that is written to.
   */
  run(given: readonly Argument[], numbers: readonly number[]): Tensor[] | null {
    try {
      if (!this.#bind(given, tick())) return null;
      this.#setNumbers(numbers);
      this.#launch();
      for (let k = 0; k < this.#regraded.length; k++) {
        const one = this.#regraded[k];
        one.settle(this.#tensors[one.owner]!, this.#storages[one.value] ?? null);
      }
      const results = this.#parts.outputs.map((view) => viewOf(view, this.#storages[view.value]!));
      if (this.#copies.length > 0) this.#keepCopies(results);
      return results;
    } finally {
      this.#forget();
    }
  }

  #bind(given: readonly Argument[], stamp: number): boolean {
    for (let k = 0; k < this.#captured.length; k++) {
      if (!this.#bindCaptured(this.#captured[k], stamp)) return false;
    }
    for (let k = 0; k < this.#inputs.length; k++) {
      if (!this.#bindInput(this.#inputs[k], given[k], stamp)) return false;
    }
    for (let k = 0; k < this.#gradients.length; k++) {
      if (!this.#bindGradient(this.#gradients[k], stamp)) return false;
    }
    for (let k = 0; k < this.#written.length; k++) {
      const { held, shared } = this.#storages[this.#written[k].value]!;
      if (held || shared) return false;
    }
    return true;
  }

  #place({ i, place }: Given, tensor: Tensor, storage: Storage, stamp: number): true {
    storage.boundAt = stamp;
    this.#tensors[i] = tensor;
    this.#storages[i] = storage;
    this.#buffers[place] = storage.buffer;
    return true;
  }

  #bindCaptured(one: Captured, stamp: number): boolean {
    const { tensor } = one, storage = storageOf(tensor);
    if (storage !== one.storage || tensor.strides !== one.strides || tensor.offset !== one.value.offset) {
      if (storage.backend !== this.backend) return false;
      checkFits(one.value, tensor);
      [one.storage, one.strides] = [storage, tensor.strides];
    }
    if (storage.boundAt === stamp && this.#written.length > 0) return false;
    return this.#place(one, tensor, storage, stamp);
  }

  // One that does not lie as it did, or shares memory with another, is copied.
  #bindInput(one: Given, found: Argument, stamp: number): boolean {
    const tensor = found instanceof Tensor ? found : this.#uploaded(found), storage = storageOf(tensor);
    if (storage.backend !== this.backend) return false;
    if (tensor.strides !== one.strides && isContiguous(tensor)) one.strides = tensor.strides;
    const owns = tensor.strides === one.strides && tensor.offset === 0 && storage.length === tensor.size &&
      !storage.shared;
    const isTaken = storage.boundAt === stamp;
    if (isTaken && this.#written.length > 0 && !this.#inputs.some(({ i }) => this.#storages[i] === storage)) {
      return false;
    }
    if (owns && !isTaken) return this.#place(one, tensor, storage, stamp);
    void tensor.buffer;
    const copy = storageOf(noGrad(() => apply(contiguousCopy, [tensor.detach()], null)));
    this.#copies.push(copy);
    return this.#place(one, tensor, copy, stamp);
  }

  #uploaded(key: Exclude<Argument, Tensor>): Tensor {
    const tensor = uploadedKey(key, this.backend);
    this.#copies.push(storageOf(tensor));
    return tensor;
  }

  #bindGradient(one: Given, stamp: number): boolean {
    const { value } = one, gradient = this.#tensors[value.of!]!.grad;
    if (gradient === null || storageOf(gradient).boundAt === stamp) return false;
    if (
      gradient.strides !== one.strides || storageOf(gradient).length !== value.length ||
      gradient.offset !== value.offset
    ) {
      if (!liesAs(value, gradient) || !sameShape(gradient.shape, value.shape)) return false;
      one.strides = gradient.strides;
    }
    return gradient.dtype === value.dtype && this.#place(one, gradient, storageOf(gradient), stamp);
  }

  // Keys are drawn last, since that cannot be undone.
  #setNumbers(numbers: readonly number[]): void {
    for (let k = 0; k < this.#literals.length; k++) {
      const { value, at, cell, slot } = this.#literals[k];
      this.#numbers[at] = elementOf(cell ? cellNumber(value, cell) : numbers[slot], value);
    }
    for (let k = 0; k < this.#keys.length; k++) {
      const { value: { name }, at } = this.#keys[k];
      // No layer is there that would make it a tensor.
      const { high, low } = drawnKey(name, this.#bindings, this.backend) as KeyWords;
      this.#numbers[at] = high;
      this.#numbers[at + 1] = low;
    }
  }

  #launch(): void {
    let made = 0;
    try {
      for (; made < this.#fresh.length; made++) this.#make(this.#fresh[made]);
      this.plan.run(this.#buffers as Buffer[], this.#numbers);
    } catch (error) {
      for (let k = 0; k < made; k++) this.#drop(this.#storages[this.#fresh[k].i]!);
      throw error;
    } finally {
      for (let k = 0; k < this.#written.length; k++) this.#markWritten(this.#written[k].value);
    }
  }

  #make({ value, i, place, regraded }: Fresh): void {
    const storage = regraded?.renewed(this.#tensors[regraded.owner]!) ??
      new Storage(this.backend, value.dtype, value.length);
    this.#storages[i] = storage;
    this.#buffers[place] = storage.buffer;
  }

  // A gradient that is there stays as it was.
  #drop(storage: Storage): void {
    if (storage.renewer === null) storage.release();
  }

  #markWritten(i: number): void {
    const tensor = this.#tensors[i]!, storage = this.#storages[i]!;
    if (storageOf(tensor) === storage) markChanged(tensor);
    else noGrad(() => tensor.assign(filling(storage, tensor.shape)));
  }

  // What others made or take is theirs alone between runs.
  #forget(): void {
    this.#leave(this.#inputs);
    this.#leave(this.#gradients);
    this.#leave(this.#fresh);
    if (this.#copies.length === 0) return;
    for (const copy of this.#copies) copy.release();
    this.#copies = [];
  }

  // An argument may be what is returned, or become a gradient.
  #keepCopies(results: readonly Tensor[]): void {
    const found = new Set(results.map(storageOf));
    for (const { value } of this.#regraded) if (this.#storages[value]) found.add(this.#storages[value]!);
    this.#copies = this.#copies.filter((copy) => !found.has(copy));
  }

  #leave(given: readonly Given[]): void {
    for (let k = 0; k < given.length; k++) {
      const { i, place } = given[k];
      this.#tensors[i] = this.#storages[i] = this.#buffers[place] = null;
    }
  }

  /** Gives back what it holds; it runs no more. */
  dispose(): void {
    this.#release();
  }
}
