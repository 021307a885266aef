/** Nodes of the tape: what a tensor knows of how it was made. */
import type { Op, TensorType } from "../call/op.ts";
import { tick } from "../device/clock.ts";
import type { Segment } from "../tape/segment.ts";
import type { Tensor } from "./tensor.ts";
import { nodeOf, slotOf } from "./internals.ts";

/**
 * Called with the gradient of a tensor during backward; what it returns replaces it.
 *
 * @category Transforms
 */
export type GradientHook = (gradient: Tensor) => Tensor | void;

/**
 * A hook on one of the outputs of a node.
 *
 * @category Transforms
 */
export interface NodeHook {
  /** Which output. */
  readonly slot: number;
  /** What is called with the gradient on its way. */
  readonly hook?: GradientHook;
  /** What is called with a leaf once its gradient is in `.grad`. */
  readonly after?: (leaf: Tensor) => void;
}

const none: readonly Tensor[] = [];

/**
 * One recorded op, or a leaf that gradients are asked for.
 *
 * @category Transforms
 */
export class TapeNode {
  /** Position in time: an op comes after everything it read. */
  readonly time: number = tick();
  /** The op; `null` at a leaf. */
  declare readonly op: Op | null;
  /** What the op was called with beside tensors. */
  declare readonly attributes: unknown;
  /** Nodes of the inputs; `null` for one that carries no gradient. */
  declare readonly parents: readonly (TapeNode | null)[];
  /** Which outputs of their nodes the inputs are; `null` where each is the first. */
  declare readonly slots: readonly number[] | null;
  /** The op's inputs, types alone where no rule reads the elements; emptied when backward has used them. */
  inputs: readonly (Tensor | TensorType)[] | null = none;
  /** The op's outputs likewise. */
  outputs: readonly (Tensor | TensorType)[] | null = none;
  /** The tensors whose `.grad` takes the gradient: a leaf, or outputs that retain theirs. */
  declare holders: readonly Tensor[];
  /** Called with gradients of its outputs, in order of registration. */
  hooks: readonly NodeHook[] | null = null;
  /**
   * The moment of the search of the tape that met it last.
   *
   * @internal
   */
  metBy = 0;
  /** Where it was recorded, in anomaly mode. */
  trace: string | null = null;
  /**
   * The checkpointed segment that recomputes its values.
   *
   * @internal
   */
  segment: Segment | null = null;

  /** A leaf, or an op on inputs whose nodes become its parents. */
  constructor(op: Op | null, inputs: readonly Tensor[], attributes: unknown, leaf: Tensor | null) {
    this.op = op;
    this.attributes = attributes;
    this.parents = parentsOf(inputs);
    this.slots = slotsOf(inputs);
    this.holders = leaf ? [leaf] : none;
  }

  /** How many outputs it has. */
  get outputCount(): number {
    return this.op === null ? 1 : this.outputs?.length ?? 1;
  }

  /** What errors call it. */
  get label(): string {
    return this.op ? this.op.label?.(this.attributes) ?? this.op.name : "a leaf";
  }
}

// A list that grows from nothing takes room for 17: here, and wherever each op passes, lists have their length.
function parentsOf(inputs: readonly Tensor[]): readonly (TapeNode | null)[] {
  const parents = new Array<TapeNode | null>(inputs.length);
  for (let i = 0; i < inputs.length; i++) parents[i] = nodeOf(inputs[i]);
  return parents;
}

function slotsOf(inputs: readonly Tensor[]): readonly number[] | null {
  for (let i = 0; i < inputs.length; i++) if (slotOf(inputs[i]) !== 0) return inputs.map((x) => slotOf(x));
  return null;
}

/** Adds a hook to a node; what it gives takes it away again. */
export function addHook(node: TapeNode, hook: NodeHook): () => void {
  node.hooks = [...node.hooks ?? [], hook];
  return () => {
    node.hooks = node.hooks?.filter((one) => one !== hook) ?? null;
  };
}
