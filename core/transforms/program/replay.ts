/** How a program runs: its kernels again, on other elements. */
import { BackendError, TapeError } from "../../base/errors.ts";
import type { TypedArray } from "../../base/dtype.ts";
import { sameShape } from "../../base/shape.ts";
import { quoted } from "../../base/text.ts";
import { apply } from "../../call/apply.ts";
import { hasKernel, launch } from "../../call/launch.ts";
import { isComposite, type Op } from "../../call/op.ts";
import { noGrad } from "../../call/record.ts";
import type { Backend } from "../../device/backend.ts";
import { currentBackend } from "../../device/choice.ts";
import { Storage } from "../../device/storage.ts";
import { noteElements } from "../../define/update.ts";
import { contiguousCopy } from "../../primitives/movement.ts";
import { cached, celled } from "../../tensor/constants.ts";
import { filling, Tensor, viewing } from "../../tensor/tensor.ts";
import type { Bindings } from "./bindings.ts";
import { checkFits, drawnKey, liesAs, uploadedKey, viewOf } from "./bound.ts";
import { cellNumber } from "./numbers.ts";
import {
  type ProgramParts,
  type ProgramStep,
  type ProgramValue,
  type ProgramView,
  uploading,
  type ValueKind,
} from "./parts.ts";
import type { Argument } from "./structure.ts";
import { markChanged, storageOf } from "../../tensor/internals.ts";

/** Looks at each step, before it runs at what it reads, and then at what it wrote. */
export interface Watch {
  /** A step is about to run; what is given is read in place of what it would read. */
  before(step: ProgramStep, reads: readonly Tensor[]): readonly Tensor[] | void;
  /** It has run. */
  after(step: ProgramStep, writes: readonly Tensor[]): void;
}

const none: ReadonlyMap<number, number> = new Map();

/** One run of a program. */
export class Replay {
  readonly #parts: ProgramParts;
  readonly #bindings: Bindings;
  readonly #given: readonly Argument[];
  readonly #backend: Backend;
  readonly #numbers: ReadonlyMap<number, number>;
  /** The memory of each value. */
  readonly #storages: Storage[] = [];
  /** What is called by the name of a value outside the program. */
  readonly #tensors: Tensor[] = [];

  /** A run on arguments, as many as there are inputs, with other numbers in place of some literals, by their index. */
  constructor(
    parts: ProgramParts,
    bindings: Bindings,
    given: readonly Argument[],
    numbers: ReadonlyMap<number, number> = none,
  ) {
    this.#numbers = numbers;
    this.#parts = parts;
    this.#bindings = bindings;
    this.#given = given;
    this.#backend = backendOf(bindings, given);
    for (const tensor of tensorsOf(bindings, given)) this.#checkBackend(tensor);
  }

  /** Runs all kernels, and gives what was returned. */
  run(watch?: Watch): Tensor[] {
    this.#bindAll();
    const { steps, effects, outputs } = this.#parts, releases = releasesOf(this.#parts);
    const writes = effects.filter(({ gradient }) => gradient === undefined);
    for (const { value } of writes) this.#checkWritten(value);
    for (const { value } of writes) noteElements(this.#tensors[value]);
    try {
      steps.forEach((step, k) => {
        this.#step(step, watch);
        for (const value of releases[k]) this.#storages[value].release();
      });
    } finally {
      for (const { value } of writes) this.#markWritten(value);
    }
    for (const { value, gradient } of effects) {
      if (gradient !== undefined) this.#tensors[value].setGrad(gradient && this.#view(gradient));
    }
    return outputs.map((view) => this.#view(view));
  }

  // What the kernels need is there before the first of them runs.
  #bindAll(): void {
    const taken = new Set<Storage>();
    this.#each("captured", (value, i) => this.#bind(i, value, this.#bindings.captured[value.name]));
    this.#each("input", (_, i) => this.#take(i, taken));
    this.#each("gradient", (value, i) => this.#bindGradient(i, value));
    this.#each("key", ({ name }, i) => this.#storages[i] = this.#drawn(name));
    this.#each("literal", (value, i) => this.#storages[i] = this.#literal(value, i));
  }

  #each(kind: ValueKind, bind: (value: ProgramValue, i: number) => void): void {
    this.#parts.values.forEach((value, i) => value.kind === kind && bind(value, i));
  }

  #checkBackend({ backend, label }: Tensor): void {
    if (backend === this.#backend) return;
    throw new BackendError(
      `Cannot run a program on tensors on ${backend.name} and ${this.#backend.name}: move ` +
        `${label ? quoted(label) : "one"} with to("${this.#backend.name}")`,
    );
  }

  #bind(i: number, value: ProgramValue, tensor: Tensor): void {
    checkFits(value, tensor);
    void tensor.buffer; // or the error that says why it is not there
    this.#tensors[i] = tensor;
    this.#storages[i] = storageOf(tensor);
  }

  // A gradient may lie otherwise than the one that was there, which only matters to what changes it in place.
  #bindGradient(i: number, value: ProgramValue): void {
    const gradient = this.#gradientOf(value), { shape, strides, offset, dtype, length } = value;
    const written = this.#parts.effects.some((effect) => effect.value === i);
    const fits = liesAs(value, gradient) || written || gradient.size !== length;
    if (fits || gradient.dtype !== dtype || !sameShape(gradient.shape, shape)) {
      return this.#bind(i, value, gradient);
    }
    const copy = viewing(this.#made(i), shape, strides, offset, dtype);
    launch(contiguousCopy, this.#backend, [gradient], [copy], null);
    this.#storages[i] = storageOf(copy);
  }

  #gradientOf({ of }: ProgramValue): Tensor {
    const { grad, label } = this.#tensors[of!];
    if (grad) return grad;
    const name = label ? quoted(label) : this.#parts.values[of!].name;
    throw new TapeError(
      `Cannot run a program that reads the gradient of ${name}: it has none, as it had when it was recorded`,
    );
  }

  // An argument that does not lie as it did, or shares memory with another, is copied.
  #take(i: number, taken: Set<Storage>): void {
    const given = this.#given[i],
      tensor = given instanceof Tensor ? given : uploadedKey(given, this.#backend);
    const { offset, size, isContiguous } = tensor, storage = storageOf(tensor);
    void tensor.buffer;
    this.#tensors[i] = tensor;
    const owns = isContiguous && offset === 0 && storage.length === size && !storage.shared;
    this.#storages[i] = owns && !taken.has(storage)
      ? storage
      : storageOf(noGrad(() => apply(contiguousCopy, [tensor.detach()], null)));
    taken.add(storage);
  }

  #drawn(name: string): Storage {
    const key = drawnKey(name, this.#bindings, this.#backend);
    return storageOf(key instanceof Tensor ? key : uploadedKey(key, this.#backend));
  }

  #literal(value: ProgramValue, i: number): Storage {
    const { dtype, number, cell: name } = value,
      cell = name === undefined ? undefined : this.#bindings.cells[name];
    return storageOf(
      cell
        ? celled(this.#backend, dtype, cell, cellNumber(value, cell))
        : cached(this.#backend, dtype, this.#numbers.get(i) ?? number!),
    );
  }

  #checkWritten(i: number): void {
    const { name } = this.#parts.values[i], { held, shared } = this.#storages[i];
    if (!held && !shared) return;
    throw new TapeError(
      `Cannot run a program that changes ${quoted(name)}: ` +
        (held ? "others have yet to read it, await ready() first" : "its elements share memory"),
    );
  }

  #markWritten(i: number): void {
    const tensor = this.#tensors[i], storage = this.#storages[i];
    if (storageOf(tensor) === storage) markChanged(tensor);
    else noGrad(() => tensor.assign(filling(storage, tensor.shape)));
  }

  #step(step: ProgramStep, watch?: Watch): void {
    const { op, attributes } = step, backend = this.#backend;
    const [found, writes] = [step.inputs, step.outputs].map((views) => views.map((view) => this.#view(view)));
    const reads = watch?.before(step, found) ?? found;
    if (op === uploading) storageOf(writes[0]).write((attributes as { readonly data: TypedArray }).data);
    else if (runsKernel(op as Op, backend)) launch(op, backend, reads, writes, attributes);
    else this.#decompose(step, reads, writes);
    watch?.after(step, writes);
  }

  // A composite that a kernel ran where it was recorded.
  #decompose({ op, attributes }: ProgramStep, reads: readonly Tensor[], writes: readonly Tensor[]): void {
    if (!isComposite(op as Op)) return;
    const results = noGrad(() => (op as Op & { decompose: Decompose }).decompose(reads, attributes));
    results.forEach((result, k) => launch(contiguousCopy, this.#backend, [result], [writes[k]], null));
  }

  #made(i: number): Storage {
    const { dtype, length } = this.#parts.values[i];
    return new Storage(this.#backend, dtype, length);
  }

  #view(view: ProgramView): Tensor {
    return viewOf(view, this.#storages[view.value] ??= this.#made(view.value));
  }
}

function tensorsOf({ captured }: Bindings, given: readonly Argument[]): readonly Tensor[] {
  return [...Object.values(captured), ...given].filter((one) => one instanceof Tensor);
}

/** The backend that a run on arguments is on. */
export function backendOf(bindings: Bindings, given: readonly Argument[]): Backend {
  return tensorsOf(bindings, given)[0]?.backend ?? currentBackend();
}

type Decompose = (inputs: readonly Tensor[], attributes: unknown) => readonly Tensor[];

function runsKernel(op: Op, backend: Backend): boolean {
  return !isComposite(op) || hasKernel(backend, op.name);
}

/** Of each step, the values that are read by no later one and found by no one afterwards. */
function releasesOf({ values, steps, outputs, effects }: ProgramParts): readonly (readonly number[])[] {
  const last = new Map<number, number>(), releases: number[][] = steps.map(() => []);
  steps.forEach(({ inputs, outputs }, k) => {
    for (const { value } of [...inputs, ...outputs]) if (values[value].kind === "made") last.set(value, k);
  });
  for (const { value } of outputs) last.delete(value);
  for (const { gradient } of effects) if (gradient) last.delete(gradient.value);
  for (const [value, k] of last) releases[k].push(value);
  return releases;
}
