/** The tape: a Wengert list of recorded ops, walked backward in order of time and without recursion. */
import { quoted } from "../base/text.ts";
import { filled } from "../tensor/constants.ts";
import { apply } from "../call/apply.ts";
import { isFloating } from "../base/dtype.ts";
import { checkOptions } from "../base/settings.ts";
import { ShapeError, showShape, TapeError } from "../base/errors.ts";
import { isRecording, withRecording } from "../call/record.ts";
import { contiguousCopy } from "../primitives/movement.ts";
import { type Graph, graphOf, hookedLeaves, nodesOf } from "./graph.ts";
import type { Segment } from "./segment.ts";
import { standIn } from "./stand_in.ts";
import { sameShape } from "../base/shape.ts";
import { isRewrapped } from "../call/layers.ts";
import { context } from "../device/context.ts";
import { withEnding } from "./after.ts";
import { tick } from "../device/clock.ts";
import type { Storage } from "../device/storage.ts";
import { checkGradient, isSeen, showCotangent } from "../tensor/gradient.ts";
import type { GradientHook, NodeHook, TapeNode } from "../tensor/node.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { add, cast } from "../primitives/functions.ts";
import { isComposite, type Parts, type Saved, type TensorType } from "../call/op.ts";
import { nodeOf, slotOf, storageOf } from "../tensor/internals.ts";

/** What a walk of the tape is for. */
export interface WalkOptions {
  /** Keep what the nodes saved, for another walk. */
  readonly retainGraph: boolean;
  /** Record the walk itself, for derivatives of a higher order. */
  readonly createGraph: boolean;
}

/** A tensor to start from, and its cotangent. */
export type Root = readonly [of: Tensor, ct: Tensor];

/** Cotangents on their way, by node and output. */
type Cotangents = Map<TapeNode, (Tensor | null)[]>;

function pass(cotangents: Cotangents, node: TapeNode, slot: number, part: Tensor): void {
  let parts = cotangents.get(node);
  if (!parts) {
    cotangents.set(node, parts = node.outputCount === 1 ? [null] : new Array(node.outputCount).fill(null));
  }
  const sum = parts[slot];
  parts[slot] = sum ? add(sum, part) : part;
}

/**
 * Carries cotangents from tensors to all nodes of their graph, latest first, and gives those that
 * arrived at leaves and targets.
 */
export function walk(roots: readonly Root[], graph: Graph, options: WalkOptions): Map<TapeNode, Tensor> {
  const walk: Walk = { cotangents: new Map(), graph, arrived: new Map(), retained: [] };
  const segments = new Set<Segment>();
  try {
    withRecording(options.createGraph, () => {
      for (const [of, ct] of roots) pass(walk.cotangents, nodeOf(of)!, slotOf(of), ct);
      const due = hookedLeaves(graph.order);
      for (const node of graph.order) {
        if (node.segment) segments.add(node.segment);
        visit(node, walk);
        due?.get(node)?.forEach((leaf) => visit(leaf, walk));
        if (!options.retainGraph) release(node);
      }
      for (const [holder, ct] of walk.retained) retain(ct, holder);
    });
  } finally {
    for (const segment of segments) segment.forget();
  }
  return walk.arrived;
}

/** What a walk goes by and gathers. */
interface Walk {
  readonly cotangents: Cotangents;
  readonly graph: Graph;
  readonly arrived: Map<TapeNode, Tensor>;
  readonly retained: Root[];
}

function visit(node: TapeNode, walk: Walk): void {
  const cts = walk.cotangents.get(node);
  if (!cts) return;
  walk.cotangents.delete(node);
  arrive(node, cts, walk);
}

function arrive(node: TapeNode, given: readonly (Tensor | null)[], walk: Walk): void {
  const { hooks, op, holders } = node;
  const cts = hooks ? hooked(hooks, given, node) : given;
  context.recorder?.arrived(node, cts);
  if (op === null || walk.graph.targets?.has(node)) walk.arrived.set(node, cts[0]!);
  if (op === null) return;
  propagate(node, cts, walk);
  for (const holder of holders) {
    const ct = cts[slotOf(holder)];
    if (ct) walk.retained.push([holder, ct]);
  }
}

// Gradients are computed for parents in the graph only.
function propagate(node: TapeNode, cts: readonly (Tensor | null)[], { cotangents, graph }: Walk): void {
  const { parents, slots, op } = node;
  const wanted = new Array<boolean>(parents.length);
  for (let i = 0; i < parents.length; i++) {
    const parent = parents[i];
    wanted[i] = parent !== null && (graph.nodes === null || graph.nodes.has(parent));
  }
  if (!wanted.includes(true)) return;
  const saved = savedOf(node), outer = context.underway;
  context.underway = node; // not within(), which would take a function a node
  try {
    const parts = op!.vjp ? op!.vjp(cts, saved, wanted) : recomputed(node, cts, saved, wanted);
    for (let i = 0; i < parents.length; i++) {
      const part = parts[i];
      if (part && wanted[i]) pass(cotangents, parents[i]!, slots?.[i] ?? 0, part);
    }
  } finally {
    context.underway = outer;
  }
}

/** The node whose gradient rule is running, for anomaly mode. */
export function nodeUnderway(): TapeNode | null {
  return context.underway;
}

// Of a composite that a kernel ran: what it is made of runs now.
function recomputed(node: TapeNode, cts: Parts, saved: Saved<unknown>, wanted: readonly boolean[]): Parts {
  const { op } = node;
  if (!isComposite(op!)) return refuseGradient(node);
  const createGraph = isRecording();
  const inputs = (saved.inputs as readonly Tensor[]).map((x, i) => wanted[i] ? standIn(x, createGraph) : x);
  const outputs = withRecording(true, () => op.decompose(inputs, saved.attributes));
  const roots: Root[] = [];
  outputs.forEach((y, k) => nodeOf(y) && cts[k] && roots.push([y, cts[k]]));
  const targets = nodesOf(inputs.filter((_, i) => wanted[i]));
  const arrived = walk(roots, graphOf(roots.map(([y]) => y), targets), {
    retainGraph: createGraph,
    createGraph,
  });
  return inputs.map((x, i) => wanted[i] ? arrived.get(nodeOf(x)!) ?? null : null);
}

function refuseGradient(node: TapeNode): never {
  throw new TapeError(
    `Cannot differentiate ${node.label}: it has no vjp rule; detach() its input or define one`,
  );
}

function hooked(hooks: readonly NodeHook[], cts: Parts, node: TapeNode): Parts {
  return cts.map((ct, slot) => ct && runHooks(hooks, slot, ct, node));
}

function runHooks(hooks: readonly NodeHook[], slot: number, ct: Tensor, node: TapeNode): Tensor {
  for (const one of hooks) if (one.slot === slot && one.hook) ct = replaced(node, ct, one.hook);
  return ct;
}

function replaced(node: TapeNode, ct: Tensor, hook: GradientHook): Tensor {
  const result = hook(showCotangent(ct));
  if (result === undefined || result === null) return ct;
  checkGradient("use what a hook returned for", ct, result, `the gradient of ${node.label}`);
  return showCotangent(result);
}

function retain(ct: Tensor, holder: Tensor): void {
  holder.setGrad(holder.grad ? add(holder.grad, ct) : apply(contiguousCopy, [ct], null));
}

/** What a node saved, checked to be as it was. */
export function savedOf(node: TapeNode): Saved<unknown> {
  if (node.inputs === null) {
    throw new TapeError(
      `Cannot go backward through ${node.label} a second time: what it saved was released; ` +
        "pass { retainGraph: true } to the first backward",
    );
  }
  const filled = node.segment ? node.segment.recompute(node) : node;
  for (const value of filled.inputs!) checkUnchanged(value, node);
  for (const value of filled.outputs!) checkUnchanged(value, node);
  return filled as Saved<unknown>;
}

function checkUnchanged(value: Tensor | TensorType, node: TapeNode): void {
  if (!(value instanceof Tensor) || storageOf(value).changedAt <= node.time) return;
  const { label, shape } = value;
  const name = label ? quoted(label) : `a tensor of shape ${showShape(shape)}`;
  throw new TapeError(
    `Cannot go backward through ${node.label}: ${name}, which it saved, was changed in place since; ` +
      "call backward before the update",
  );
}

function release(node: TapeNode): void {
  if (node.op === null) return;
  node.inputs = null;
  node.outputs = null;
  node.segment = null;
}

/**
 * What {@link Tensor.backward} takes.
 *
 * @category Transforms
 */
export interface BackwardOptions {
  /** The cotangent of the tensor, of its shape; 1 for a tensor of one element. */
  readonly gradient?: Tensor;
  /** Keep the graph for another backward; by default only with `createGraph`. */
  readonly retainGraph?: boolean;
  /** Record the backward pass, so that the gradients can be differentiated. */
  readonly createGraph?: boolean;
}

const backwardOptions = { gradient: null, retainGraph: false, createGraph: false };

/** Adds to `.grad` of every leaf that `root` depends on the gradient of `root`. */
export function backward(root: Tensor, options?: BackwardOptions): void {
  checkOptions("go backward", options, backwardOptions);
  const { createGraph = false, retainGraph = createGraph, gradient } = options ?? {};
  withEnding(() => goBackward(root, gradient, { createGraph, retainGraph }));
}

function goBackward(root: Tensor, gradient: Tensor | undefined, options: WalkOptions): void {
  const start = tick(), ct = cotangentFor(root, gradient);
  const arrived = walk([[root, ct]], graphOf([root]), options);
  const leaves: Root[] = [];
  for (const [{ holders }, gradient] of arrived) for (const leaf of holders) leaves.push([leaf, gradient]);
  for (const [leaf, gradient] of leaves) checkArrived(gradient, leaf);
  const taken = new Set<Storage>();
  withRecording(options.createGraph, () => {
    for (const [leaf, gradient] of leaves) accumulate(leaf, gradient, start, taken);
  });
  for (const [leaf] of leaves) nodeOf(leaf)?.hooks?.forEach(({ after }) => after?.(leaf));
}

function accumulate(leaf: Tensor, gradient: Tensor, start: number, taken: Set<Storage>): void {
  const sum = leaf.grad ? add(leaf.grad, gradient) : ownedSince(start, gradient, taken);
  taken.add(storageOf(sum));
  leaf.setGrad(isRecording() ? sum : sum.detach());
}

// A leaf's gradient has memory of its own, which may be changed in place: none that was there before or that a
// program has seen, not another leaf's, not one element repeated.
function ownedSince(start: number, gradient: Tensor, taken: ReadonlySet<Storage>): Tensor {
  const storage = storageOf(gradient);
  const owned = storage.madeAt >= start && !storage.shared && storage.length === gradient.size &&
    !taken.has(storage) && !isSeen(storage);
  return owned ? gradient : apply(contiguousCopy, [gradient], null);
}

function checkArrived(gradient: Tensor, leaf: Tensor): void {
  if (gradient.backend !== leaf.backend || gradient.dtype !== leaf.dtype) throw movedError(leaf, gradient);
}

function movedError(leaf: Tensor, { dtype, backend }: Tensor): TapeError {
  const name = leaf.label ? quoted(leaf.label) : `a leaf of shape ${showShape(leaf.shape)}`;
  return new TapeError(
    `Cannot give ${name} a gradient of ${dtype} on ${backend.name}: it is ${leaf.dtype} on ${leaf.backend.name} since; ` +
      "call backward before moving it",
  );
}

/** The cotangent a walk from `root` starts with, checked. */
export function cotangentFor(root: Tensor, gradient: Tensor | undefined): Tensor {
  if (nodeOf(root) === null) {
    throw new TapeError(
      `Cannot go backward from a tensor of shape ${showShape(root.shape)}: nothing it was made from ` +
        (isRewrapped()
          ? "inside vmap requires gradients; use grad() there, or go backward from what vmap gives"
          : "requires gradients; make a leaf with variable() or { requiresGrad: true }"),
    );
  }
  if (gradient) return checkedCotangent(root, gradient);
  if (root.size === 1) return filled(1, root.shape, root);
  throw new ShapeError(
    `Cannot go backward from ${showShape(root.shape)}: only one element has a gradient by itself; ` +
      "sum() it or pass { gradient } of its shape",
    { op: "backward", shapes: [root.shape] },
  );
}

function checkedCotangent(root: Tensor, gradient: Tensor): Tensor {
  checkTensor("go backward with a gradient of", gradient);
  if (sameShape(gradient.shape, root.shape) && isFloating(gradient.dtype)) return cast(gradient, root.dtype);
  throw new ShapeError(
    `Cannot go backward from ${root.dtype} ${showShape(root.shape)} with a gradient of ` +
      `${gradient.dtype} ${showShape(gradient.shape)}: it must have the same shape and a floating dtype`,
    { op: "backward", shapes: [root.shape, gradient.shape] },
  );
}
