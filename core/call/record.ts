/** Recording: whether ops are put on the tape, and how. */
import { refusePromise } from "../base/refuse_promise.ts";
import { TapeNode } from "../tensor/node.ts";
import { type Tensor, valueless } from "../tensor/tensor.ts";
import { OUTPUT, type Primitive } from "./op.ts";

const ACROSS_AWAIT =
  "Cannot switch recording across await: the function returned a promise; pass a synchronous one";

let recording = true;
let onRecord: ((node: TapeNode) => void) | null = null;

/**
 * Whether ops on tensors that require gradients are recorded now: unless inside {@link noGrad}.
 *
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
  return recording;
}

/** Runs `fn` with recording switched on or off. */
export function withRecording<T>(on: boolean, fn: () => T): T {
  const before = recording;
  recording = on;
  try {
    return refusePromise(fn(), ACROSS_AWAIT);
  } finally {
    recording = before;
  }
}

/** Calls `watch` with every node recorded while `fn` runs, innermost watcher only. */
export function watchRecording<T>(watch: (node: TapeNode) => void, fn: () => T): T {
  const before = onRecord;
  onRecord = (node) => {
    watch(node);
    before?.(node);
  };
  try {
    return fn();
  } finally {
    onRecord = before;
  }
}

/**
 * Runs `fn`, which must be synchronous, without recording.
 *
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
  return withRecording(false, fn);
}

/**
 * Runs `fn`, which must be synchronous, with recording, also inside {@link noGrad}.
 *
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
  return withRecording(true, fn);
}

/** Puts an op on the tape if one of its inputs carries gradients; called once an op has run. */
export function record<A>(op: Primitive<A>, inputs: readonly Tensor[], attributes: A, output: Tensor): void {
  let needs = 0;
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i].node !== null) needs |= op.needs ? op.needs(attributes, i) : OUTPUT - 1;
  }
  const node = new TapeNode(op as Primitive, inputs, attributes, null);
  // Bits name the first 30 inputs; what comes after them is kept whole.
  node.inputs = inputs.map((t, i) => i >= 30 || needs & (1 << i) ? t : valueless(t));
  output.node = node;
  node.output = needs & OUTPUT ? output : valueless(output);
  onRecord?.(node);
}
