/** Nodes of the tape: what a tensor knows of how it was made. */
import type { Primitive } from "../call/op.ts";
import { tick } from "../device/storage.ts";
import type { Segment } from "../tape/segment.ts";
import type { Tensor } from "./tensor.ts";

/** Called with the gradient of a tensor during backward; what it returns replaces it. */
export type GradientHook = (gradient: Tensor) => Tensor | void;

/** One recorded op, or a leaf that gradients are asked for. */
export class TapeNode {
  /** Position in time: an op comes after everything it read. */
  readonly time: number = tick();
  /** The op; `null` at a leaf. */
  readonly op: Primitive | null;
  /** What the op was called with beside tensors. */
  readonly attributes: unknown;
  /** Nodes of the inputs; `null` for one that carries no gradient. */
  readonly parents: readonly (TapeNode | null)[];
  /** The op's inputs, without values where no rule reads them; emptied when backward has used them. */
  inputs: readonly Tensor[] | null = [];
  /** The op's output likewise. */
  output: Tensor | null = null;
  /** The tensor whose `.grad` takes the gradient: a leaf, or one that retains its own. */
  holder: Tensor | null;
  /** Called with the gradient, in order of registration. */
  hooks: GradientHook[] | null = null;
  /** Where it was recorded, in anomaly mode. */
  trace: string | null = null;
  /**
   * The checkpointed segment that recomputes its values.
   *
   * @internal
   */
  segment: Segment | null = null;

  /** A leaf, or an op on inputs whose nodes become its parents. */
  constructor(op: Primitive | null, inputs: readonly Tensor[], attributes: unknown, holder: Tensor | null) {
    this.op = op;
    this.attributes = attributes;
    this.parents = inputs.map(nodeOf);
    this.holder = holder;
  }

  /** What errors call it. */
  get label(): string {
    return this.op ? this.op.label?.(this.attributes) ?? this.op.name : "a leaf";
  }
}

function nodeOf(tensor: Tensor): TapeNode | null {
  return tensor.node;
}
