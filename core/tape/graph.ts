/** The part of the tape that a walk goes through. */
import { tick } from "../device/clock.ts";
import type { TapeNode } from "../tensor/node.ts";
import { nodeOf } from "../tensor/internals.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The nodes between roots and targets, or all leaves. */
export interface Graph {
  /** Latest first. */
  readonly order: readonly TapeNode[];
  /** The same nodes, where others lie between the roots and leaves; `null` if all that the roots depend on is here. */
  readonly nodes: ReadonlySet<TapeNode> | null;
  /** The nodes that gradients are wanted for; without it, every leaf. */
  readonly targets: ReadonlySet<TapeNode> | undefined;
  /** Whether the roots depend on something beside the targets. */
  readonly hasOthers: boolean;
}

/** The graph of what tensors depend on, as far back as the `targets` if there are any. */
export function graphOf(tensors: readonly Tensor[], targets?: ReadonlySet<TapeNode>): Graph {
  // Nodes are marked with the moment of the search: a set of them would cost more.
  const oldest = targets ? oldestOf(targets) : 0, search = tick(), order: TapeNode[] = [];
  let hasOthers = false;
  const meet = (node: TapeNode | null) => {
    if (node === null || node.metBy === search) return;
    node.metBy = search;
    // What is older than every target cannot depend on one.
    if (node.time >= oldest) order.push(node);
    hasOthers ||= node.time < oldest || (targets !== undefined && (node.op === null) !== targets.has(node));
  };
  for (const tensor of tensors) meet(nodeOf(tensor));
  for (let k = 0; k < order.length; k++) {
    const { parents } = order[k];
    for (let i = 0; i < parents.length; i++) meet(parents[i]);
  }
  if (!descends(order)) order.sort((a, b) => b.time - a.time);
  return targets && hasOthers ? leadingTo(targets, order) : { order, nodes: null, targets, hasOthers };
}

/** The nodes of tensors that have one. */
export function nodesOf(tensors: readonly Tensor[]): Set<TapeNode> {
  const nodes = new Set<TapeNode>();
  for (const tensor of tensors) {
    const node = nodeOf(tensor);
    if (node) nodes.add(node);
  }
  return nodes;
}

function oldestOf(nodes: ReadonlySet<TapeNode>): number {
  let oldest = Infinity;
  for (const { time } of nodes) oldest = Math.min(oldest, time);
  return oldest;
}

function descends(order: readonly TapeNode[]): boolean {
  for (let k = 1; k < order.length; k++) if (order[k].time > order[k - 1].time) return false;
  return true;
}

// A node that depends on nothing but targets leads to one; others are told apart here.
function leadingTo(targets: ReadonlySet<TapeNode>, reached: readonly TapeNode[]): Graph {
  const nodes = new Set(targets);
  for (let k = reached.length - 1; k >= 0; k--) {
    if (reached[k].parents.some((p) => p !== null && nodes.has(p))) nodes.add(reached[k]);
  }
  return { order: reached.filter((node) => nodes.has(node)), nodes, targets, hasOthers: true };
}

/**
 * Leaves that have hooks, by the node of an order, latest first, that is the last to pass them a gradient: they are
 * called there, while others are still to come, and not after all ops.
 */
export function hookedLeaves(order: readonly TapeNode[]): ReadonlyMap<TapeNode, readonly TapeNode[]> | null {
  if (!order.some(isHookedLeaf)) return null;
  const last = new Map<TapeNode, TapeNode>(), due = new Map<TapeNode, TapeNode[]>();
  for (const node of order) {
    for (const parent of node.parents) if (parent && isHookedLeaf(parent)) last.set(parent, node);
  }
  for (const [leaf, node] of last) due.set(node, [...due.get(node) ?? [], leaf]);
  return due;
}

function isHookedLeaf({ op, hooks }: TapeNode): boolean {
  return op === null && hooks !== null && hooks.length > 0;
}
