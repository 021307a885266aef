/** Layers: what wraps every op while it is active. */
import { checkFunction } from "../base/settings.ts";
import { context, within } from "../device/context.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Op } from "./op.ts";

/**
 * A call of an op on its way through the layers.
 *
 * @category Own ops
 */
export interface Call<A = unknown> {
  /** The op. */
  readonly op: Op<A>;
  /** Its tensors. */
  readonly inputs: readonly Tensor[];
  /** The rest of its arguments. */
  readonly attributes: A;
}

/**
 * The elements of a batch that code runs for at once.
 *
 * @category Own ops
 */
export interface Each {
  /** How many there are. */
  readonly count: number;
  /** What stands for each element of a tensor along its first axis. */
  of(tensor: Tensor): Tensor;
}

/**
 * Something that wraps every op while it is active: forward mode, tracing, a NaN detector.
 *
 * @category Own ops
 */
export interface Layer {
  /** Whether it takes a composite as it is; unless it does, it sees the ops that the composite is made of. */
  keeps?(op: Op, inputs: readonly Tensor[]): boolean;
  /** Whether the tensors below it are others than those above; then ops are recorded above it as well. */
  readonly rewraps?: boolean;
  /** What a tensor is above a layer that rewraps: one that was made outside is on no tape there. */
  enters?(x: Tensor): Tensor;
  /** The tensor below a layer that rewraps that one is, or stands for elements of. */
  below?(x: Tensor): Tensor;
  /** For code that runs for each element of a batch, each of which is to draw random numbers of its own. */
  readonly each?: Each;
  /** Handles a call; `next` runs it under the layers outside this one. */
  handle(call: Call, next: (call: Call) => readonly Tensor[]): readonly Tensor[];
}

/** Layers that are active: one, and those outside it. */
export interface ActiveLayer {
  /** The innermost. */
  readonly layer: Layer;
  /** The rest. */
  readonly outer: ActiveLayer | null;
  /** Whether ops were recorded where it was put on, which beneath a layer that rewraps they still are. */
  readonly recording: boolean;
}

/**
 * Runs `fn`, which must be synchronous, with `layer` around every op; layers nest, the innermost handles a
 * call first.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { type Layer, tensor, withLayer } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: string[] = [];
 * const spy: Layer = {
 *   handle(call, next) {
 *     seen.push(call.op.label?.(call.attributes) ?? call.op.name);
 *     return next(call);
 *   },
 * };
 * withLayer(spy, () => tensor([1, 2]).mul(2).reshape([2, 1]).sum());
 * assertEquals(seen, ["mul", "reshape", "sum"]);
 * ```
 */
export function withLayer<T>(layer: Layer, fn: () => T): T {
  checkFunction("run under a layer that handles calls by", layer?.handle);
  checkFunction("run under a layer", fn);
  return under({ layer, outer: context.layers, recording: context.recording }, fn);
}

/** Runs `fn` under these layers and no others. */
export function under<T>(layers: ActiveLayer | null, fn: () => T): T {
  return within({ layers }, fn);
}

/** Tensors, and those below the layers that rewrapped them. */
export function withThoseBelow(tensors: readonly Tensor[]): readonly Tensor[] {
  for (let at = context.layers; at !== null; at = at.outer) {
    const { layer } = at;
    if (layer.below) tensors = [...tensors, ...tensors.map((t) => layer.below!(t))];
  }
  return tensors;
}

/** Whether the tensors here are others than those outside. */
export function isRewrapped(): boolean {
  for (let at = context.layers; at !== null; at = at.outer) if (at.layer.rewraps) return true;
  return false;
}

/** Runs `fn` below a layer that rewraps: recording as it was there, unless the caller asked for none at all. */
export function beneath<T>({ outer, recording }: ActiveLayer, fn: () => T): T {
  return within({ layers: outer, recording: recording && !context.untaped }, fn);
}

/** Runs `fn` under those layers that rewrapped tensors `then` and are no longer active, too. */
export function underAgain<T>(then: ActiveLayer | null, fn: () => T): T {
  const active = new Set<Layer>();
  for (let at = context.layers; at !== null; at = at.outer) active.add(at.layer);
  const missing: ActiveLayer[] = [];
  for (let at = then; at !== null; at = at.outer) {
    if (at.layer.rewraps && !active.has(at.layer)) missing.unshift(at);
  }
  const layers = missing.reduce<ActiveLayer | null>((outer, at) => ({ ...at, outer }), context.layers);
  return missing.length === 0 ? fn() : under(layers, fn);
}
