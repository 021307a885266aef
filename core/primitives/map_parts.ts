/** What belongs to each of several maps. */
import type { MapPart, MapsAttributes } from "./attributes.ts";

/**
 * A map among several, with what it reads and writes.
 *
 * @category Backends
 */
export interface OwnPart<I, O> {
  /** The map. */
  readonly part: MapPart;
  /** What it reads. */
  readonly inputs: readonly I[];
  /** What it writes. */
  readonly outputs: readonly O[];
}

/**
 * The inputs and outputs of each of several maps, as the attributes of `maps` tell them apart.
 *
 * @category Backends
 * @example
 * ```ts
 * import { e, mapParts } from "@tapegrad/core/backend";
 * import { assertEquals } from "@std/assert";
 *
 * const parts = [
 *   { name: "sum", exprs: [e.add(e.input(0), e.input(1))], reads: 2 },
 *   { name: "double", exprs: [e.mul(e.input(0), 2)], reads: 1 },
 * ];
 * const [, double] = mapParts({ parts }, ["a", "b", "c"], ["x", "y"]);
 * assertEquals([double.inputs, double.outputs], [["c"], ["y"]]);
 * ```
 */
export function mapParts<I, O>(
  { parts }: MapsAttributes,
  inputs: readonly I[],
  outputs: readonly O[],
): readonly OwnPart<I, O>[] {
  let read = 0, written = 0;
  return parts.map((part) => {
    const from = [read, written];
    read += part.reads;
    written += part.exprs.length;
    return { part, inputs: inputs.slice(from[0], read), outputs: outputs.slice(from[1], written) };
  });
}
