/** A stretch of the tape whose saved values are recomputed when backward needs them. */
import { TapeError } from "./errors.ts";
import { sameShape } from "./shape.ts";
import { type TapeNode, watchRecording, withRecording } from "./tape.ts";
import { type Tensor, valueless } from "./tensor.ts";

/** What a node saved, at hand again. */
export type SavedValues = Pick<TapeNode, "inputs" | "output" | "attributes">;

/** The nodes that one checkpointed call recorded, and how to record them again. */
export class Segment {
  /** The tensors from outside that it is recomputed from. */
  readonly sources: readonly Tensor[];
  readonly #positions = new Map<TapeNode, number>();
  readonly #replay: () => unknown;
  #again: TapeNode[] | null = null;
  #left = 0;

  /** A segment that `replay` records again; it must run the same ops each time. */
  constructor(replay: () => unknown, sources: readonly Tensor[]) {
    this.#replay = replay;
    this.sources = sources;
  }

  /** Runs `fn`, taking charge of the nodes it records and dropping what they saved. */
  run<T>(fn: () => T): T {
    const result = watchRecording((node) => this.#positions.set(node, this.#positions.size), fn);
    for (const node of this.#positions.keys()) this.#strip(node);
    this.#left = this.#positions.size;
    return result;
  }

  // Nodes that a gradient taken inside `fn` has used up stay so.
  #strip(node: TapeNode): void {
    if (node.inputs === null) return;
    node.inputs = node.inputs.map(valueless);
    node.output = valueless(node.output!);
    node.segment = this;
  }

  /** What `node` saved, from running everything again at the first call. */
  recompute(node: TapeNode): SavedValues {
    this.#again ??= this.#record();
    const twin = this.#again[this.#positions.get(node)!];
    if (--this.#left === 0) {
      this.#again = null;
      this.#left = this.#positions.size;
    }
    return twin.segment ? twin.segment.recompute(twin) : twin;
  }

  #record(): TapeNode[] {
    const again: TapeNode[] = [];
    withRecording(true, () => watchRecording((node) => again.push(node), this.#replay));
    const before = [...this.#positions.keys()];
    if (again.length === before.length && before.every((node, i) => alike(node, again[i]))) return again;
    const [first, now] = [before, again].map((nodes) => nodes.map((node) => node.label).join(", "));
    throw new TapeError(
      `Cannot recompute a checkpointed function: it recorded ${first} before and ${now} now, or other shapes; ` +
        "it must do the same each time, without reading what has changed",
    );
  }
}

function alike(a: TapeNode, b: TapeNode): boolean {
  if (a.op !== b.op || a.label !== b.label) return false;
  return a.output === null || b.output === null || sameShape(a.output.shape, b.output.shape);
}
