/** Forward mode: a layer that carries tangents beside values through every op. */
import { type Call, type Layer, withLayer } from "../call/layers.ts";
import { isRecording, withRecording } from "../call/record.ts";
import { TapeNode } from "../tensor/node.ts";
import { filled } from "../tensor/constants.ts";
import { applyAll } from "../call/apply.ts";
import { isFloating } from "../base/dtype.ts";
import { ShapeError, showShape, TapeError } from "../base/errors.ts";
import { isUpdate, labelOf, type Op, type Parts, type Saved } from "../call/op.ts";
import { type Root, walk } from "../tape/backward.ts";
import { graphOf, nodesOf } from "../tape/graph.ts";
import { checkFunction } from "../base/settings.ts";
import { listOf, sameShape } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { leavesOf, mapTree } from "../tensor/tree.ts";
import { aliasOf } from "../primitives/functions.ts";
import { synchronous } from "./synchronous.ts";
import { attach, nodeOf } from "../tensor/internals.ts";

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

  // What has a gradient of its own has a tangent of its own, and is recorded as one op with a layer and without.
  keeps(op: Op): boolean {
    return op.vjp !== undefined;
  }

  handle(call: Call, next: (call: Call) => readonly Tensor[]): readonly Tensor[] {
    const outputs = next(call);
    const tangents = call.inputs.map((x) => this.tangentOf(x));
    if (tangents.every((t) => t === null) || isUpdate(call.op)) return outputs;
    if (outputs.some((y) => isFloating(y.dtype))) {
      pushForward(call, outputs, tangents).forEach((t, i) => t && this.#tangents.set(outputs[i], t));
    }
    return outputs;
  }
}

function pushForward(call: Call, outputs: readonly Tensor[], tangents: Parts): Parts {
  const { op, inputs, attributes } = call;
  const saved = { inputs, outputs, attributes };
  const direct = op.jvp?.(tangents, saved);
  if (direct !== undefined) return direct;
  if (!op.linear) return op.vjp ? transposeTwice(op, saved, tangents) : refuseTangent(call);
  const moving = inputs.map((x, i) => tangents[i] ?? (isFloating(x.dtype) ? filled(0, x.shape, x) : x));
  return applyAll(op, moving, attributes);
}

function refuseTangent({ op, attributes }: Call): never {
  throw new TapeError(
    `Cannot differentiate ${labelOf(op, attributes)}: it has no vjp rule; detach() its input or define one`,
  );
}

// A VJP is linear in its cotangents, so the VJP of the VJP is the JVP.
function transposeTwice(op: Op, saved: Saved<unknown>, tangents: Parts): Parts {
  const wanted = tangents.map((t) => t !== null), createGraph = isRecording();
  const cts = saved.outputs.map((y) => isFloating(y.dtype) ? leafOf(filled(0, y.shape, y)) : null);
  const parts = withRecording(true, () => op.vjp!(cts, saved, wanted));
  const roots = parts.flatMap((part, i): Root[] =>
    part && nodeOf(part) && wanted[i] ? [[part, tangents[i]!]] : []
  );
  const targets = nodesOf(cts.filter((ct) => ct !== null));
  const graph = graphOf(roots.map(([part]) => part), targets);
  const arrived = walk(roots, graph, { retainGraph: createGraph, createGraph });
  return cts.map((ct) => ct && (arrived.get(nodeOf(ct)!) ?? null));
}

function leafOf(ct: Tensor): Tensor {
  attach(ct, new TapeNode(null, [], undefined, null), 0);
  return ct;
}

const CALL = "jvp(f, [x], [v])";

/**
 * Runs `fn` on `primals` and gives its result with the derivative of the result in the direction of
 * `tangents`, which have the structure and shapes of the primals. It nests with itself and with
 * reverse mode.
 *
 * @category Transforms
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
  checkFunction("take the jvp of", fn);
  const points = listOf("take the jvp at", "arguments", primals, CALL);
  const values = leavesOf(points),
    directions = leavesOf(listOf("take the jvp along", "tangents", tangents, CALL));
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
