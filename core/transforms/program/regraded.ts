/** Gradients that runs replace: in the memory of the last one, where nobody has asked for that. */
import type { Storage } from "../../device/storage.ts";
import { storageOf, unseenGradOf } from "../../tensor/internals.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { viewOf } from "./bound.ts";
import { untilCalm } from "./calm.ts";
import type { ProgramEffect, ProgramParts } from "./parts.ts";

/** One gradient that each run replaces. */
export class Regraded {
  /** The tensor that gets it, by the index of the value. */
  readonly owner: number;
  readonly #gradient: NonNullable<ProgramEffect["gradient"]> | null;
  readonly #renews: boolean;
  #isRenewed = false;

  /** Of an effect; whether its memory may be written to anew is the caller's to say. */
  constructor({ value, gradient }: ProgramEffect, renews: boolean) {
    this.owner = value;
    this.#gradient = gradient ?? null;
    this.#renews = renews;
  }

  /** The value that it is; -1 if it is none. */
  get value(): number {
    return this.#gradient?.value ?? -1;
  }

  /** Memory of the gradient that an earlier run has left and nobody has asked for, to be written to; else `null`. */
  renewed(owner: Tensor): Storage | null {
    this.#isRenewed = false;
    const gradient = this.#renews ? unseenGradOf(owner) : null;
    if (gradient === null) return null;
    const storage = storageOf(gradient);
    this.#isRenewed = storage.renewer === this && !storage.released;
    return this.#isRenewed ? storage : null;
  }

  /** Gives the owner its gradient, which lies in a storage. */
  settle(owner: Tensor, storage: Storage | null): void {
    if (this.#isRenewed) return;
    owner.setGrad(this.#gradient && viewOf(this.#gradient, storage!));
    if (this.#renews) storage!.renewer = this;
  }
}

/** The gradients that runs of a program replace. */
export function regradedBy({ values, steps, outputs, effects }: ProgramParts): Regraded[] {
  const found = effects.filter(({ gradient }) => gradient !== undefined), before = untilCalm(steps);
  const uses = [...outputs, ...found.flatMap(({ gradient }) => gradient ?? [])].map(({ value }) => value);
  // A run that throws has written to none, nor to one that it reads.
  const renews = ({ value, gradient }: ProgramEffect): boolean =>
    !!gradient && values[gradient.value].kind === "made" && uses.filter((i) =>
        i === gradient.value
      ).length === 1 &&
    !values.some(({ of }) => of === value) &&
    !steps.slice(0, before).some(({ outputs }) => outputs.some((view) => view.value === gradient.value));
  return found.map((effect) => new Regraded(effect, renews(effect)));
}
