/** The elements that a program meets. */
import { storageOf } from "../../tensor/internals.ts";
import type { TypedArray } from "../../base/dtype.ts";
import { type Tensor, viewing } from "../../tensor/tensor.ts";
import type { ProgramParts, ProgramStep, ProgramView } from "./parts.ts";
import type { Watch } from "./replay.ts";

/**
 * Elements that a run met: those of a value before it ran or as it was made, and those that each step wrote.
 *
 * @category Programs
 */
export interface Elements {
  /** By the index of a value; nothing of those that no step reads or writes. */
  readonly values: readonly (TypedArray | undefined)[];
  /** By step and output. */
  readonly steps: readonly (readonly TypedArray[])[];
}

/** Reads what a run meets, as it meets it. */
export class ElementReader implements Watch {
  readonly #parts: ProgramParts;
  readonly #values = new Map<number, Promise<TypedArray>>();
  readonly #steps: Promise<TypedArray[]>[] = [];

  /** A reader of what a run of these parts meets. */
  constructor(parts: ProgramParts) {
    this.#parts = parts;
  }

  before({ inputs }: ProgramStep, reads: readonly Tensor[]): void {
    inputs.forEach((view, i) => this.#see(view, reads[i]));
  }

  after({ outputs }: ProgramStep, writes: readonly Tensor[]): void {
    outputs.forEach((view, i) => this.#see(view, writes[i]));
    this.#steps.push(Promise.all(writes.map((tensor) => tensor.data())));
  }

  #see({ value }: ProgramView, seen: Tensor): void {
    if (this.#values.has(value)) return;
    const { shape, strides, offset } = this.#parts.values[value];
    this.#values.set(value, viewing(storageOf(seen), shape, strides, offset, seen.dtype).data());
  }

  /** What was met. */
  async elements(): Promise<Elements> {
    const values: TypedArray[] = [];
    for (const [value, data] of this.#values) values[value] = await data;
    return { values, steps: await Promise.all(this.#steps) };
  }
}
