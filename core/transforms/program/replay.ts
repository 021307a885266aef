/** How a program runs: its kernels again, on other elements. */
import { BackendError, DtypeError, ShapeError, showShape, TapeError } from "../../base/errors.ts";
import type { TypedArray } from "../../base/dtype.ts";
import { sameShape } from "../../base/shape.ts";
import { quoted } from "../../base/text.ts";
import { apply } from "../../call/apply.ts";
import { hasKernel, launch, runSeen } from "../../call/launch.ts";
import { isComposite, type Op } from "../../call/op.ts";
import { noGrad } from "../../call/record.ts";
import type { Backend } from "../../device/backend.ts";
import { currentBackend, withBackend } from "../../device/choice.ts";
import { observed } from "../../device/observe.ts";
import type { Storage } from "../../device/storage.ts";
import { fromArray } from "../../ops/creation.ts";
import { drawKey, nextKey } from "../../ops/keys.ts";
import { contiguousCopy } from "../../primitives/movement.ts";
import { cached, celled } from "../../tensor/constants.ts";
import { filling, Tensor, viewing } from "../../tensor/tensor.ts";
import type { Bindings } from "./bindings.ts";
import {
  type ProgramParts,
  type ProgramStep,
  type ProgramValue,
  type ProgramView,
  uploading,
  type ValueKind,
} from "./parts.ts";
import { type Operands, Prepared, viewOf } from "./prepared.ts";
import type { Argument } from "./structure.ts";
import { markChanged, storageOf } from "../../tensor/internals.ts";

/** Looks at each step, before it runs at what it reads, and then at what it wrote. */
export interface Watch {
  /** A step is about to run. */
  before(step: ProgramStep, reads: readonly Tensor[]): void;
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
  #prepared: Prepared | null = null;
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
    const tensors = [...Object.values(bindings.captured), ...given].filter((one) => one instanceof Tensor);
    this.#backend = tensors[0]?.backend ?? currentBackend();
    for (const tensor of tensors) this.#checkBackend(tensor);
  }

  /**
   * Runs all kernels, with what an earlier run has prepared if there is one, and gives what was returned and what the
   * next can take. With someone who watches it is the only one.
   */
  run(before: Prepared | null, watch?: Watch): { readonly tensors: Tensor[]; readonly prepared: Prepared } {
    const isReady = before !== null && before.backend === this.#backend;
    const prepared = this.#prepared = isReady
      ? before
      : new Prepared(this.#parts, this.#backend, { keeps: !watch });
    this.#bindAll();
    const writes = this.#parts.effects.filter(({ gradient }) => gradient === undefined);
    for (const { value } of writes) this.#checkWritten(value);
    try {
      this.#parts.steps.forEach((step, k) => {
        this.#step(step, prepared.operands[k], watch);
        for (const value of prepared.releases[k]) this.#storages[value].release();
      });
    } finally {
      for (const { value } of writes) this.#markWritten(value);
    }
    for (const { value, gradient } of this.#parts.effects) {
      if (gradient !== undefined) this.#tensors[value].setGrad(gradient && this.#view(gradient));
    }
    return { tensors: this.#parts.outputs.map((view) => this.#view(view)), prepared };
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
    const copy = viewing(this.#prepared!.made(i), shape, strides, offset, dtype);
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
    const given = this.#given[i], tensor = given instanceof Tensor ? given : this.#uploaded(given);
    const { offset, size, isContiguous } = tensor, storage = storageOf(tensor);
    void tensor.buffer;
    this.#tensors[i] = tensor;
    const owns = isContiguous && offset === 0 && storage.length === size && !storage.shared;
    this.#storages[i] = owns && !taken.has(storage)
      ? storage
      : storageOf(noGrad(() => apply(contiguousCopy, [tensor.detach()], null)));
    taken.add(storage);
  }

  #uploaded(key: Exclude<Argument, Tensor>): Tensor {
    return fromArray(Uint32Array.of(key.high, key.low), [2], { backend: this.#backend });
  }

  #drawn(name: string): Storage {
    const sequence = this.#bindings.keys[name];
    const key = withBackend(this.#backend, () => sequence ? drawKey(sequence) : nextKey());
    return storageOf(key instanceof Tensor ? key : this.#uploaded(key));
  }

  #literal({ dtype, number, cell: name, standsFor }: ProgramValue, i: number): Storage {
    const cell = name === undefined ? undefined : this.#bindings.cells[name];
    if (!cell) return storageOf(cached(this.#backend, dtype, this.#numbers.get(i) ?? number!));
    if (standsFor === undefined) return storageOf(celled(this.#backend, dtype, cell, cell.value));
    if (Object.is(cell.value, standsFor)) return storageOf(celled(this.#backend, dtype, cell, number!));
    throw new RangeError(
      `Cannot follow scalar ${
        quoted(cell.name)
      } from ${standsFor} to ${cell.value}: ${number} of ${dtype} stood for ` +
        "it when the program was recorded, record it again",
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

  #step(step: ProgramStep, operands: Operands, watch?: Watch): void {
    const { op, attributes, inputs, outputs } = step;
    for (const { value } of inputs) this.#storages[value] ??= this.#prepared!.made(value);
    for (const { value } of outputs) this.#storages[value] ??= this.#prepared!.made(value);
    const { inputs: reads, outputs: writes } = operands.follow(step, this.#storages);
    watch?.before(step, reads);
    if (op === uploading) storageOf(writes[0]).write((attributes as { readonly data: TypedArray }).data);
    else if (!runsKernel(op as Op, this.#backend)) this.#decompose(step, reads, writes);
    else if (observed) launch(op, this.#backend, reads, writes, attributes);
    else runSeen(op, this.#backend, operands.seen(step), writes, attributes);
    watch?.after(step, writes);
  }

  // A composite that a kernel ran where it was recorded.
  #decompose({ op, attributes }: ProgramStep, reads: readonly Tensor[], writes: readonly Tensor[]): void {
    if (!isComposite(op as Op)) return;
    const results = noGrad(() => (op as Op & { decompose: Decompose }).decompose(reads, attributes));
    results.forEach((result, k) => launch(contiguousCopy, this.#backend, [result], [writes[k]], null));
  }

  #view(view: ProgramView): Tensor {
    return viewOf(view, this.#storages[view.value] ??= this.#prepared!.made(view.value));
  }
}

type Decompose = (inputs: readonly Tensor[], attributes: unknown) => readonly Tensor[];

function runsKernel(op: Op, backend: Backend): boolean {
  return !isComposite(op) || hasKernel(backend, op.name);
}

function liesAs(value: ProgramValue, x: Tensor): boolean {
  return sameShape(x.strides, value.strides) && x.offset === value.offset &&
    storageOf(x).length === value.length;
}

/** Refuses a tensor that cannot take the place of the one that was recorded. */
export function checkFits(value: ProgramValue, given: Tensor): void {
  const { dtype, shape } = given;
  const asked = `Cannot run a program with a ${quoted(value.name)} of ${dtype} ${showShape(shape)}`;
  if (dtype !== value.dtype) {
    throw new DtypeError(`${asked}: it was recorded with ${value.dtype}, record it again`, {
      dtypes: [dtype],
    });
  }
  if (liesAs(value, given) && sameShape(shape, value.shape)) return;
  const how = sameShape(shape, value.shape) ? "elements in another order" : showShape(value.shape);
  throw new ShapeError(`${asked}: it was recorded with ${how}, record it again`, {
    shapes: [shape, value.shape],
  });
}
