/** Forward mode: a layer that carries tangents beside values through every op. */
import { isRecording, withRecording } from "../call/record.ts";
import { TapeNode } from "../tensor/node.ts";
import { filled } from "../tensor/constants.ts";
import { apply, type Call, type Layer, withLayer } from "../call/apply.ts";
import { isFloating } from "../base/dtype.ts";
import { ShapeError, showShape, TapeError } from "../base/errors.ts";
import { labelOf, type Saved } from "../call/op.ts";
import { walk } from "../tape/backward.ts";
import { listOf, sameShape } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { leavesOf, mapTree } from "../tensor/tree.ts";
import { aliasOf } from "./alias.ts";
import { synchronous } from "./synchronous.ts";

type Tangents = readonly (Tensor | null)[];

/** Computes the tangent of each result whose inputs have tangents. */
class ForwardLayer implements Layer {
  readonly #tangents = new WeakMap<Tensor, Tensor>();

  /** The tangent of a tensor; `null` for zero. */
  tangentOf(x: Tensor): Tensor | null {
    return this.#tangents.get(x) ?? null;
  }

  /** Gives a tensor a tangent. */
  set(x: Tensor, tangent: Tensor): void {
    this.#tangents.set(x, tangent);
  }

  handle(call: Call, next: (call: Call) => Tensor): Tensor {
    const output = next(call);
    const tangents = call.inputs.map((x) => this.tangentOf(x));
    if (!isFloating(output.dtype) || tangents.every((t) => t === null)) return output;
    const tangent = pushForward(call, output, tangents);
    if (tangent) this.#tangents.set(output, tangent);
    return output;
  }
}

function pushForward(call: Call, output: Tensor, tangents: Tangents): Tensor | null {
  const { op, inputs, attributes } = call;
  const saved = { inputs, output, attributes };
  const direct = op.jvp?.(tangents, saved);
  if (direct !== undefined) return direct;
  if (!op.linear) return op.vjp ? transposeTwice(call, saved, tangents) : refuseTangent(call);
  const moving = inputs.map((x, i) => tangents[i] ?? (isFloating(x.dtype) ? filled(0, x.shape, x) : x));
  return apply(op, moving, attributes);
}

function refuseTangent({ op, attributes }: Call): never {
  throw new TapeError(
    `Cannot differentiate ${labelOf(op, attributes)}: it has no vjp rule; detach() its input or define one`,
  );
}

// A VJP is linear in its cotangent, so the VJP of the VJP is the JVP.
function transposeTwice({ op }: Call, saved: Saved<unknown>, tangents: Tangents): Tensor | null {
  const ct = filled(0, saved.output.shape, saved.output);
  ct.node = new TapeNode(null, [], undefined, null);
  const roots = new Map<TapeNode, Tensor>();
  const createGraph = isRecording();
  withRecording(true, () =>
    tangents.forEach((tangent, i) => {
      const part = tangent && op.vjp?.(ct, saved, i);
      if (!tangent || !part?.node) return;
      const sum = roots.get(part.node);
      roots.set(part.node, sum ? sum.add(tangent) : tangent);
    }));
  const arrived = walk(roots, { targets: new Set([ct.node]), retainGraph: createGraph, createGraph });
  return arrived.get(ct.node) ?? null;
}

/**
 * Runs `fn` on `primals` and gives its result with the derivative of the result in the direction of
 * `tangents`, which have the structure and shapes of the primals. It nests with itself and with
 * reverse mode.
 *
 * @example
 * ```ts
 * import { jvp, tensor, type Tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const [y, dy] = jvp((x: Tensor) => x.mul(x), [tensor([1, 2])], [tensor([1, 10])]);
 * assertEquals(await y.array(), [1, 4]);
 * assertEquals(await dy.array(), [2, 40]);
 * ```
 */
export function jvp<A extends readonly unknown[], T>(
  fn: (...args: A) => T,
  primals: A,
  tangents: A,
): [T, T] {
  const points = listOf("take the jvp at", "arguments", primals);
  const [values, directions] = [
    leavesOf(points),
    leavesOf(listOf("take the jvp along", "tangents", tangents)),
  ];
  checkTangents(values, directions);
  const layer = new ForwardLayer();
  // Stand-ins, so that a tensor passed twice or used by the caller inside `fn` is not confused with the argument.
  let i = 0;
  const stands = mapTree(points, (x) => {
    const stand = aliasOf(x), direction = directions[i++];
    if (isFloating(x.dtype)) layer.set(stand, direction.to(x.dtype));
    return stand;
  }) as unknown as A;
  const result = synchronous("take the jvp of", withLayer(layer, () => fn(...stands)));
  return [result, mapTree(result, (y) => layer.tangentOf(y) ?? filled(0, y.shape, y)) as T];
}

function checkTangents(values: readonly Tensor[], directions: readonly Tensor[]): void {
  const fits = values.length === directions.length &&
    values.every((x, i) => sameShape(x.shape, directions[i].shape));
  if (fits) return;
  throw new ShapeError(
    `Cannot push tangents of ${directions.map((t) => showShape(t.shape)).join(", ")} forward from ` +
      `${values.map((t) => showShape(t.shape)).join(", ")}: each argument needs a tangent of its shape`,
    { op: "jvp", shapes: [...values, ...directions].map((t) => t.shape) },
  );
}
