/** Writes down what runs on devices, kernel by kernel. */
import { TapeError } from "../../base/errors.ts";
import type { TypedArray } from "../../base/dtype.ts";
import type { Rules } from "../../call/op.ts";
import type { View } from "../../device/backend.ts";
import { context } from "../../device/context.ts";
import type { Changing } from "../../device/journal.ts";
import { type Recorder, unrecorded } from "../../device/observe.ts";
import { tick } from "../../device/clock.ts";
import type { Storage } from "../../device/storage.ts";
import { fromArray } from "../../ops/creation.ts";
import { type KeyWords, splitKey } from "../../ops/keys.ts";
import type { TapeNode } from "../../tensor/node.ts";
import { filling, type Tensor } from "../../tensor/tensor.ts";
import { callingLine } from "../calling_line.ts";
import { askingOf, type Decision, layoutSeen, type Settable, type Setting } from "./decision.ts";
import { CallJournal } from "./call_journal.ts";
import { type Phase, type ProgramStep, type ProgramView, uploading, type ValueKind } from "./parts.ts";
import { storageOf } from "../../tensor/internals.ts";

/** A run of memory that was met. */
export interface Met {
  kind: ValueKind;
  /** What it is called elsewhere: a tensor of the program where there is one, else a view of all of it. */
  tensor: Tensor;
  /** Whether the tensor is one that was changed in place, or a leaf, and no view of another. */
  named: boolean;
  /** The path of an argument that leads to it. */
  readonly path?: string;
  /** Where a key was drawn from. */
  readonly sequence?: Changing<KeyWords>;
}

/** What was drawn from a sequence. */
interface Drawn {
  /** The indices of the keys, by their words. */
  readonly values: Map<string, number>;
  /** Where the sequence stands after the last of them. */
  end: KeyWords | null;
}

function areSame(a: KeyWords, b: KeyWords): boolean {
  return a.high === b.high && a.low === b.low;
}

const moved: Decision = { owner: null, read: () => undefined, seen: undefined };

/** A step, of which the phase may turn out later. */
export type Taken = { -readonly [K in keyof ProgramStep]: ProgramStep[K] };

/** What a recorder is asked. */
export interface RecorderOptions {
  /** Whether steps tell from which line they come, which takes its time. */
  readonly tellsLines?: boolean;
  /** Whether tensors may not become texts, which later calls would not make. */
  readonly refusesTexts?: boolean;
}

/** What a function does, as it does it. */
export class ProgramRecorder implements Recorder {
  /** What was met, by index. */
  readonly met: Met[] = [];
  /** The kernels so far. */
  readonly steps: Taken[] = [];
  /** Values that steps wrote to, by index. */
  readonly written = new Set<number>();
  /** Tensors whose gradient was replaced, and the memory of the one that they had at first. */
  readonly graded = new Map<Tensor, Storage | null>();
  /** How things were before. */
  readonly journal = new CallJournal();
  /** What is to outlive the function. */
  readonly keepsakes = new Set<Storage>();
  /** Leaves of the tape, by their memory. */
  readonly leaves = new Map<Storage, Tensor>();
  /** The gradients of what is computed to values, by the index of the value. */
  readonly cotangents = new Map<number, ProgramView>();
  /** What JavaScript looked at: owners of values, and how to look again. */
  readonly decisions = new Map<object, Decision>();
  /** What was refused. */
  fault: Error | null = null;
  // How often things were set, and what was drawn from sequences, which sets them too.
  readonly #sets = new Map<Settable, number>();
  readonly #draws = new Map<Changing<KeyWords>, Drawn>();
  readonly #since = tick();
  readonly #indices = new Map<Storage, number>();
  readonly #stepsOf = new Map<TapeNode, number | null>();
  // Nodes whose op was run by a kernel, and not by the layout of a view.
  readonly #ran = new WeakSet<TapeNode>();
  readonly #options: RecorderOptions;
  #recorded = 0;

  /** One that sees a function. */
  constructor(options: RecorderOptions = {}) {
    this.#options = options;
  }

  /** Takes an argument for an input, under the path that leads to it. */
  take(tensor: Tensor, path: string): void {
    this.#add({ kind: "input", tensor, named: true, path });
  }

  launched(
    op: Rules<never>,
    inputs: readonly View[],
    outputs: readonly View[],
    attributes: unknown,
  ): void {
    const reads = inputs.map((view) => this.view(view as Tensor));
    const changes = outputs.some(({ buffer }) => inputs.some((view) => view.buffer === buffer));
    const writes = outputs.map((view) => this.#write(view as Tensor, changes));
    this.#step(op as Rules<unknown>, attributes, reads, writes, changes ? "update" : "forward");
  }

  uploaded(storage: Storage, data: TypedArray): void {
    const whole = filling(storage, [storage.length]);
    this.#step(uploading, { data: data.slice() }, [], [this.#write(whole, false)], "forward");
  }

  #step(
    op: Rules<unknown>,
    attributes: unknown,
    inputs: readonly ProgramView[],
    outputs: readonly ProgramView[],
    phase: Phase,
  ): void {
    const { underway } = context, line = this.#options.tellsLines ? { line: callingLine() } : {};
    const step = { op, attributes, inputs, outputs, phase, ...line };
    if (underway === null) return void this.steps.push(step);
    const gradientOf = { label: underway.label, step: this.#stepsOf.get(underway) ?? null };
    this.steps.push({ ...step, phase: "backward", gradientOf });
  }

  /** A tensor as the program sees it. */
  view(tensor: Tensor, named = false): ProgramView {
    const { shape, strides, offset } = tensor, storage = storageOf(tensor);
    let value = this.#indices.get(storage);
    if (value === undefined || storage.literal !== null) {
      value = this.#add({ kind: this.#kindOf(storage), tensor: wholeOf(tensor), named });
    } else if (named && !this.met[value].named) {
      Object.assign(this.met[value], { tensor: wholeOf(tensor), named });
    }
    return { value, shape, strides, offset };
  }

  // What was made inside without being written is empty.
  #kindOf({ literal, madeAt }: Storage): ValueKind {
    return literal ? "literal" : madeAt < this.#since ? "captured" : "made";
  }

  #add(met: Met): number {
    this.#indices.set(storageOf(met.tensor), this.met.length);
    return this.met.push(met) - 1;
  }

  #write(tensor: Tensor, named: boolean): ProgramView {
    const view = this.view(tensor, named);
    this.written.add(view.value);
    return view;
  }

  regraded(tensor: Tensor, gradient: Tensor | null): void {
    if (!this.graded.has(tensor)) {
      this.graded.set(tensor, null); // what is there is looked at here, and not by the function
      const { grad } = tensor;
      this.graded.set(tensor, grad && storageOf(grad));
      this.journal.noteGradient(tensor, grad);
    }
    const last = this.steps.at(-1), made = gradient && this.#indices.get(storageOf(gradient));
    if (last?.phase === "forward" && last.outputs[0]?.value === made) last.phase = "backward";
  }

  kept(storages: Iterable<Storage>): void {
    for (const storage of storages) this.keepsakes.add(storage);
    this.journal.keeps(this.keepsakes);
  }

  lifted(words: KeyWords, sequence: Changing<KeyWords>): Tensor {
    const tensor = unrecorded(() => fromArray(Uint32Array.of(words.high, words.low), [2]));
    const drawn = this.#drawn(sequence), text = `${words.high} ${words.low}`, before = drawn.values.get(text);
    // What a checkpoint draws again is the key that it drew.
    if (before !== undefined) this.#indices.set(storageOf(tensor), before);
    else {
      const isNext = drawn.end === null
        ? this.#sets.get(sequence) === 1
        : areSame(splitKey(drawn.end)[1], words);
      if (!isNext) this.#refuseSeed();
      drawn.end = sequence.follow();
      const own = sequence === context.keys ? undefined : sequence;
      drawn.values.set(text, this.#add({ kind: "key", tensor, named: true, sequence: own }));
    }
    this.decisions.set(sequence, moved);
    return tensor;
  }

  #drawn(sequence: Changing<KeyWords>): Drawn {
    let drawn = this.#draws.get(sequence);
    if (!drawn) this.#draws.set(sequence, drawn = { values: new Map(), end: null });
    return drawn;
  }

  #refuseSeed(): never {
    return this.refuse(
      "Cannot seed while a program is recorded, whose runs would go on in the sequence: seed outside, or draw by a key " +
        "that is passed",
    );
  }

  decided(owner: object, read: () => unknown): void {
    if (!this.decisions.has(owner)) this.decisions.set(owner, { owner, read, seen: read() });
  }

  soughtTapes(tensors: readonly Tensor[]): void {
    for (const tensor of tensors) {
      if (!this.#isOutside(tensor)) continue;
      const asking = askingOf(tensor);
      this.decided(asking, () => asking.seen);
    }
  }

  // Of leaves that were there before; numbers never ask for gradients.
  #isOutside(tensor: Tensor): boolean {
    const { literal, madeAt } = storageOf(tensor);
    return literal === null && madeAt < this.#since && tensor.isLeaf;
  }

  retaping(leaf: Tensor): void {
    if (!this.#isOutside(leaf)) return;
    this.soughtTapes([leaf]);
    const asking = askingOf(leaf);
    this.redecided(asking);
    this.journal.note(asking, 0, () => asking.remember());
  }

  soughtGradient(tensor: Tensor, found: Tensor | null): void {
    if (this.graded.has(tensor) || this.decisions.has(tensor)) return;
    const read = () => layoutSeen(tensor.grad);
    this.decisions.set(tensor, { owner: tensor, read, seen: layoutSeen(found) });
  }

  redecided(owner: Settable): void {
    this.#sets.set(owner, (this.#sets.get(owner) ?? 0) + 1);
  }

  /** What the function has set, beside sequences that it drew from, with what it is now. */
  get settings(): readonly Setting[] {
    for (const [sequence, { end }] of this.#draws) if (!areSame(end!, sequence.follow())) this.#refuseSeed();
    const drawn = new Set<Settable>(this.#draws.keys());
    return [...this.#sets.keys()].filter((owner) => !drawn.has(owner)).map((owner) => ({
      owner,
      value: owner.follow(),
    }));
  }

  spelled(): void {
    if (!this.#options.refusesTexts) return;
    this.refuse(
      "Cannot make a text of a tensor in a function that is compiled, which is called no more: return the tensor and " +
        "print it outside",
    );
  }

  refuse(message: string): never {
    throw this.fault ??= new TapeError(message);
  }

  arrived(node: TapeNode, cts: readonly (Tensor | null)[]): void {
    const step = this.#ran.has(node) ? this.steps[this.#stepsOf.get(node)!] : null, [leaf] = node.holders;
    cts.forEach((ct, slot) => {
      const value = node.op ? step?.outputs[slot]?.value : leaf && this.#indices.get(storageOf(leaf));
      if (ct && value !== undefined && !this.cotangents.has(value)) this.cotangents.set(value, this.view(ct));
    });
  }

  /** Sees a node of the tape: which step ran its op, and the leaves that it hangs on. */
  sawNode(node: TapeNode): void {
    const parents = node.parents.filter((parent) => parent !== null);
    for (const { holders: [leaf] } of parents) if (leaf?.isLeaf) this.leaves.set(storageOf(leaf), leaf);
    const isView = this.steps.length === this.#recorded;
    this.#recorded = this.steps.length;
    if (!isView) this.#ran.add(node);
    const before = parents.length > 0 ? this.#stepsOf.get(parents[0]) ?? null : null;
    this.#stepsOf.set(node, isView ? before : this.#recorded - 1);
  }
}

/** The tensor if it is all of its memory, else one that is. */
function wholeOf(tensor: Tensor): Tensor {
  const storage = storageOf(tensor);
  return tensor.size === storage.length ? tensor : filling(storage, [storage.length]);
}
