/** A stretch of the tape whose saved values are recomputed when backward needs them. */
import { type Layer, underAgain, withLayer } from "../call/layers.ts";
import { context } from "../device/context.ts";
import { typeOf, watchRecording, withRecording } from "../call/record.ts";
import type { TapeNode } from "../tensor/node.ts";
import { quoted } from "../base/text.ts";
import { passesWhole } from "../call/apply.ts";
import { TapeError } from "../base/errors.ts";
import { literalOf } from "../tensor/constants.ts";
import { Journal } from "../device/journal.ts";
import { sameShape } from "../base/shape.ts";
import { tick } from "../device/clock.ts";
import type { Storage } from "../device/storage.ts";
import type { Literal } from "../device/storage_options.ts";
import { storageOf } from "../tensor/internals.ts";
import { Tensor } from "../tensor/tensor.ts";
import { isPlain } from "../tensor/tree.ts";

/** What a node saved, at hand again. */
export type SavedValues = Pick<TapeNode, "inputs" | "outputs" | "attributes">;

/** The nodes that one checkpointed call recorded, and how to record them again. */
export class Segment {
  /** The tensors from outside that it is recomputed from. */
  readonly sources: readonly Tensor[];
  readonly #positions = new Map<TapeNode, number>();
  readonly #numbers: Literals[] = [];
  readonly #journal = new Journal();
  readonly #replay: () => unknown;
  readonly #madeAt = tick();
  readonly #layers = context.layers;
  #again: TapeNode[] | null = null;

  /** A segment that `replay` records again; it must run the same ops each time. */
  constructor(replay: () => unknown, sources: readonly Tensor[]) {
    this.#replay = replay;
    this.sources = sources;
  }

  /** Runs `fn`, taking charge of the nodes it records and dropping what they saved. */
  run<T>(fn: () => T): T {
    const take = (node: TapeNode) => this.#positions.set(node, this.#positions.size);
    const result = this.#journal.watch(() => watchRecording(take, fn));
    for (const node of this.#positions.keys()) this.#strip(node);
    return result;
  }

  // Nodes that a gradient taken inside `fn` has used up stay so.
  #strip(node: TapeNode): void {
    this.#numbers.push(numbersOf(node));
    if (node.inputs === null) return;
    node.inputs = node.inputs.map(typeOf);
    node.outputs = node.outputs!.map(typeOf);
    node.segment = this;
  }

  /** What `node` saved, from running everything again at the first call of a walk. */
  recompute(node: TapeNode): SavedValues {
    this.#again ??= this.#record();
    const twin = this.#again[this.#positions.get(node)!];
    return twin.segment ? twin.segment.recompute(twin) : twin;
  }

  /** Lets go of what was recomputed; a walk does so at its end. */
  forget(): void {
    for (const twin of this.#again ?? []) twin.segment?.forget();
    this.#again = null;
  }

  // What is read must be as it was the first time, saved or not; what the function changes, it changes again.
  #guard(replayAt: number): Layer {
    return {
      keeps: passesWhole, // as it was the first time
      handle: (call, next) => {
        for (const storage of call.inputs.map(storageOf)) {
          if (storage.changedAt > this.#madeAt && storage.changedAt < replayAt) {
            throw changedError(storage);
          }
        }
        return next(call);
      },
    };
  }

  #record(): TapeNode[] {
    const again = this.#runAgain(), before = [...this.#positions.keys()];
    const same = again.length === before.length &&
      before.every((node, i) => alike(node, again[i]) && alikeNumbers(this.#numbers[i], numbersOf(again[i])));
    if (same) return again;
    const [first, now] = [before, again].map((nodes) => nodes.map((node) => node.label).join(", "));
    throw new TapeError(
      `Cannot recompute a checkpointed function: it recorded ${first} before and ${now} now, or other shapes or ` +
        "numbers; it must do the same each time, and what it counts or draws must be in a Changing",
    );
  }

  // What it draws, counts and changes in place is as it was the first time, and afterwards as it is now.
  #runAgain(): TapeNode[] {
    const again: TapeNode[] = [], now = new Journal();
    const replay = () => watchRecording((node) => again.push(node), this.#replay);
    try {
      now.watch(() => {
        this.#journal.rewind();
        underAgain(
          this.#layers,
          () => withRecording(true, () => withLayer(this.#guard(tick()), replay)),
        );
      });
    } finally {
      now.rewind();
    }
    return again;
  }
}

function changedError({ label }: Storage): TapeError {
  return new TapeError(
    `Cannot recompute a checkpointed function: ${
      label ? quoted(label) : "a tensor"
    } that it read was changed in place ` +
      "since; call backward before the update",
  );
}

function alike(a: TapeNode, b: TapeNode): boolean {
  if (a.op !== b.op || a.label !== b.label || !alikeAttributes(a.attributes, b.attributes)) return false;
  if (a.outputs === null || b.outputs === null) return true;
  const others = b.outputs;
  return a.outputs.length === others.length &&
    a.outputs.every((y, i) => y.dtype === others[i].dtype && sameShape(y.shape, others[i].shape));
}

// Where a slice begins, by what a number is raised. What is no plain value may well be made anew each time.
function alikeAttributes(a: unknown, b: unknown): boolean {
  if (typeof a === "number") return Object.is(a, b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((part, i) => alikeAttributes(part, b[i]));
  }
  if (!isPlain(a) || !isPlain(b)) return true;
  return Object.keys(a).every((key) => alikeAttributes(a[key], b[key]));
}

type Literals = readonly (Literal | null)[] | null;

/** The numbers and cells among what a node saved. */
function numbersOf({ inputs }: TapeNode): Literals {
  return inputs?.map((x) => x instanceof Tensor ? literalOf(x) : null) ?? null;
}

function alikeNumbers(a: Literals, b: Literals): boolean {
  if (a === null || b === null) return true;
  return a.every((x, i) => x?.cell === b[i]?.cell && Object.is(x?.number, b[i]?.number));
}
