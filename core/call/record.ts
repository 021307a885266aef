/** Recording: whether ops are put on the tape, and how. */
import { checkFunction } from "../base/settings.ts";
import { refusePromise } from "../base/refuse_promise.ts";
import { isFloating } from "../base/dtype.ts";
import { context, within } from "../device/context.ts";
import { TapeNode } from "../tensor/node.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Op, Saves, TensorType } from "./op.ts";
import { attach, nodeOf } from "../tensor/internals.ts";

const ACROSS_AWAIT =
  "Cannot switch recording across await: the function returned a promise; pass a synchronous one";

/**
 * Whether ops on tensors that require gradients are recorded now: unless inside {@link noGrad}.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { enableGrad, isRecording, noGrad } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assert } from "@std/assert";
 *
 * assert(isRecording());
 * assert(!noGrad(isRecording));
 * assert(noGrad(() => enableGrad(isRecording)));
 * ```
 */
export function isRecording(): boolean {
  return context.recording;
}

/** Runs `fn` with recording switched on or off for what it does itself, not below layers that rewrap tensors. */
export function withRecording<T>(on: boolean, fn: () => T): T {
  const before = context.recording;
  context.recording = on; // as within() would: each walk of the tape passes here several times
  try {
    return refusePromise(fn(), ACROSS_AWAIT);
  } finally {
    context.recording = before;
  }
}

/** Calls `watch` with every node recorded while `fn` runs, innermost watcher only. */
export function watchRecording<T>(watch: (node: TapeNode) => void, fn: () => T): T {
  const before = context.onRecord;
  const onRecord = (node: TapeNode) => {
    watch(node);
    before?.(node);
  };
  return within({ onRecord }, fn);
}

/**
 * Runs `fn`, which must be synchronous, without recording.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { noGrad, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const w = variable([1, 2]);
 * assertEquals(noGrad(() => w.mul(2)).requiresGrad, false);
 * ```
 */
export function noGrad<T>(fn: () => T): T {
  checkFunction("run without recording", fn);
  return recordingThroughout(false, fn);
}

/**
 * Runs `fn`, which must be synchronous, with recording, also inside {@link noGrad}.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { enableGrad, noGrad, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const w = variable([1, 2]);
 * assertEquals(noGrad(() => enableGrad(() => w.mul(2))).requiresGrad, true);
 * ```
 */
export function enableGrad<T>(fn: () => T): T {
  checkFunction("run with recording", fn);
  return recordingThroughout(true, fn);
}

function recordingThroughout<T>(on: boolean, fn: () => T): T {
  return within({ untaped: !on }, () => withRecording(on, fn));
}

/** Puts an op on the tape, of whose inputs one carries gradients; called once it has run. */
export function record(
  op: Op,
  inputs: readonly Tensor[],
  attributes: unknown,
  outputs: readonly Tensor[],
): void {
  const node = new TapeNode(op, inputs, attributes, null);
  const saves = op.vjp === undefined ? inputsAlone(inputs) : op.saves?.(attributes, wantedOf(inputs));
  node.inputs = kept(inputs, saves?.inputs);
  for (let slot = 0; slot < outputs.length; slot++) {
    if (isFloating(outputs[slot].dtype)) attach(outputs[slot], node, slot);
  }
  node.outputs = kept(outputs, saves?.outputs);
  context.onRecord?.(node);
}

// What a composite without a gradient of its own is recomputed from.
function inputsAlone(inputs: readonly Tensor[]): Saves {
  return { inputs: inputs.map((_, i) => i), outputs: [] };
}

// Tensors where a rule reads them, which is everywhere unless said, and types elsewhere.
function kept(
  tensors: readonly Tensor[],
  read: readonly number[] | undefined,
): readonly (Tensor | TensorType)[] {
  if (read === undefined || read.length === tensors.length) return tensors;
  const values = new Array<Tensor | TensorType>(tensors.length);
  for (let i = 0; i < tensors.length; i++) {
    values[i] = read.includes(i) ? tensors[i] : typeOf(tensors[i]);
  }
  return values;
}

/** What a tensor is, without its elements. */
export function typeOf({ shape, dtype, backend }: TensorType): TensorType {
  return { shape, dtype, backend };
}

const WANTED: readonly (readonly boolean[])[] = [[false], [true]];
const WANTED_OF_TWO = [[false, false], [true, false], [false, true], [true, true]];

// The lists of the common cases are made once.
function wantedOf(inputs: readonly Tensor[]): readonly boolean[] {
  if (inputs.length === 1) return WANTED[+(nodeOf(inputs[0]) !== null)];
  if (inputs.length === 2) {
    return WANTED_OF_TWO[+(nodeOf(inputs[0]) !== null) + 2 * +(nodeOf(inputs[1]) !== null)];
  }
  return inputs.map((t) => nodeOf(t) !== null);
}
