/** What runs of one program have in common: small memory that stays between them, views, and what kernels see. */
import { bytesPerElement } from "../../base/dtype.ts";
import { seenBy } from "../../call/launch.ts";
import type { Backend, View } from "../../device/backend.ts";
import { unscoped } from "../../device/scope.ts";
import { Storage } from "../../device/storage.ts";
import { storageOf } from "../../tensor/internals.ts";
import { type Tensor, viewing } from "../../tensor/tensor.ts";
import type { ProgramParts, ProgramStep, ProgramView } from "./parts.ts";

/** Values of so many bytes stay: to make them anew takes longer than to compute them. */
const MOST_KEPT = 2 ** 14;

/** What a step reads and writes, as long as the memory is the same. */
export class Operands {
  /** What it reads. */
  inputs: readonly Tensor[] = [];
  /** What it writes. */
  outputs: readonly Tensor[] = [];
  #seen: readonly View[] | null = null;

  /** Views of the memory of values as it is now. */
  follow({ inputs, outputs }: ProgramStep, storages: readonly Storage[]): this {
    if (areOf(this.inputs, inputs, storages) && areOf(this.outputs, outputs, storages)) return this;
    this.inputs = inputs.map((view) => viewOf(view, storages[view.value]));
    this.outputs = outputs.map((view) => viewOf(view, storages[view.value]));
    this.#seen = null;
    return this;
  }

  /** What the kernel of the step sees of what it reads. */
  seen({ op, attributes }: ProgramStep): readonly View[] {
    return this.#seen ??= seenBy(op, this.inputs, this.outputs, attributes);
  }
}

function areOf(
  tensors: readonly Tensor[],
  views: readonly ProgramView[],
  storages: readonly Storage[],
): boolean {
  if (tensors.length !== views.length) return false;
  for (let i = 0; i < views.length; i++) if (storageOf(tensors[i]) !== storages[views[i].value]) return false;
  return true;
}

/** A view as a tensor. */
export function viewOf({ shape, strides, offset }: ProgramView, storage: Storage): Tensor {
  return viewing(storage, shape, strides, offset, storage.dtype);
}

/** A program on one backend, ready to run. */
export class Prepared {
  /** The backend that it runs on. */
  readonly backend: Backend;
  /** Of each step, what it reads and writes. */
  readonly operands: readonly Operands[];
  /** Of each step, which values are read by no later one, and released. */
  readonly releases: readonly (readonly number[])[];
  readonly #parts: ProgramParts;
  readonly #isKept: readonly boolean[];
  readonly #kept: Storage[] = [];

  /** A program of parts, on a backend, whose small memory stays for other runs if there will be some. */
  constructor(parts: ProgramParts, backend: Backend, { keeps }: { readonly keeps: boolean }) {
    this.backend = backend;
    this.operands = parts.steps.map(() => new Operands());
    const last = lastUses(parts), releases: number[][] = parts.steps.map(() => []);
    this.#isKept = parts.values.map(({ dtype, length }, i) =>
      keeps && last.has(i) && length * bytesPerElement(dtype) <= MOST_KEPT
    );
    for (const [value, k] of last) if (!this.#isKept[value]) releases[k].push(value);
    this.releases = releases;
    this.#parts = parts;
  }

  /** Memory for a value that a step makes. */
  made(i: number): Storage {
    return this.#isKept[i] ? this.#kept[i] ??= unscoped(() => this.#new(i)) : this.#new(i);
  }

  #new(i: number): Storage {
    const { dtype, length } = this.#parts.values[i];
    return new Storage(this.backend, dtype, length);
  }
}

/** The last step that reads or writes each value that no one finds afterwards. */
function lastUses({ values, steps, outputs, effects }: ProgramParts): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  steps.forEach(({ inputs, outputs }, k) => {
    for (const { value } of [...inputs, ...outputs]) if (values[value].kind === "made") last.set(value, k);
  });
  for (const { value } of outputs) last.delete(value);
  for (const { gradient } of effects) if (gradient) last.delete(gradient.value);
  return last;
}
