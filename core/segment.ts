/** A stretch of the tape whose saved values are recomputed when backward needs them. */
import { TapeError } from "./errors.ts";
import type { Tensor } from "./tensor.ts";
import { type TapeNode, watchRecording, withRecording } from "./tape.ts";
import { valueless } from "./tensor.ts";

/** The nodes that one checkpointed call recorded, and how to record them again. */
export class Segment {
  readonly #positions = new Map<TapeNode, number>();
  readonly #replay: () => unknown;
  #again: TapeNode[] | null = null;
  #left = 0;

  /** Runs `first` and drops what its nodes saved; `replay` must run the same ops again. */
  constructor(replay: () => unknown) {
    this.#replay = replay;
  }

  /** Runs `fn`, taking charge of the nodes it records. */
  run<T>(fn: () => T): T {
    const result = watchRecording((node) => this.#positions.set(node, this.#positions.size), fn);
    for (const node of this.#positions.keys()) {
      node.inputs = node.inputs!.map(valueless);
      node.output = valueless(node.output!);
      node.segment = this;
    }
    this.#left = this.#positions.size;
    return result;
  }

  /** The node that stands in for `node`, with its values. */
  recompute(
    node: TapeNode,
  ): { inputs: readonly Tensor[] | null; output: Tensor | null } & Pick<TapeNode, "attributes"> {
    this.#again ??= this.#record();
    const twin = this.#again[this.#positions.get(node)!];
    if (--this.#left === 0) {
      this.#again = null;
      this.#left = this.#positions.size;
    }
    return twin;
  }

  #record(): TapeNode[] {
    const again: TapeNode[] = [];
    withRecording(true, () => watchRecording((node) => again.push(node), this.#replay));
    const same = again.length === this.#positions.size &&
      [...this.#positions.keys()].every((node, i) => node.op === again[i].op);
    if (same) return again;
    throw new TapeError(
      `Cannot recompute a checkpointed function: it recorded ${this.#positions.size} ops before and ` +
        `${again.length} now; it must do the same each time, without reading what has changed`,
    );
  }
}
