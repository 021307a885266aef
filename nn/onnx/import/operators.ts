/** The operators that there are. */
import type { Operator } from "./call.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { network } from "./network.ts";
import { quantized } from "./quantized.ts";
import { rearranging } from "./rearranging.ts";
import { recurrence } from "./recurrence.ts";
import { reductions } from "./reductions.ts";
import { resizing } from "./resizing.ts";

/** Each by its name; `Constant` and what has graphs in it are read with the graph. */
export const operators: ReadonlyMap<string, Operator> = new Map(Object.entries({
  ...elementwise,
  ...indexing,
  ...network,
  ...quantized,
  ...rearranging,
  ...recurrence,
  ...reductions,
  ...resizing,
}));

/** Those that a graph itself stands for. */
export const ofGraphs: readonly string[] = ["Constant", "If", "Loop", "Scan"];

/**
 * The operators of ONNX that {@link fromOnnx} reads, by name.
 *
 * @category Files
 * @example
 * ```ts
 * import { onnxOperators } from "@tapegrad/nn/onnx";
 * import { assert } from "@std/assert";
 *
 * assert(onnxOperators().includes("Conv"));
 * assert(!onnxOperators().includes("SequenceAt"));
 * ```
 */
export function onnxOperators(): readonly string[] {
  return [...operators.keys(), ...ofGraphs].sort();
}
