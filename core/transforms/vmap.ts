/** Functions of one example, run on a batch of them at once. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkOptions } from "../base/settings.ts";
import { described } from "../base/text.ts";
import { withLayer } from "../call/layers.ts";
import { batchAlong } from "../primitives/batching.ts";
import { concat, narrow } from "../primitives/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isPlain, leavesOf, withLeaves } from "../tensor/tree.ts";
import { BatchLayer } from "./batch_layer.ts";
import { checkCurried } from "./calls.ts";
import { synchronous } from "./synchronous.ts";

/**
 * Where a batch lies: an axis, counted from the end where it is negative; `null` where there is none.
 *
 * @category Transforms
 */
export type BatchAxis = number | null;

/**
 * Axes for the tensors of a tree: one for all of them, or a tree of such with the same arrays and objects.
 *
 * @category Transforms
 */
export type BatchAxes = BatchAxis | readonly BatchAxes[] | { readonly [key: string]: BatchAxes };

/**
 * How {@link vmap} maps.
 *
 * @category Transforms
 */
export interface VmapOptions {
  /** Which axis of the arguments is mapped over: one for all, or a list with one for each; 0 unless said. */
  readonly inAxes?: BatchAxis | readonly BatchAxes[];
  /** Where the batch comes in what is returned; 0 unless said. Only what is the same for all has `null`. */
  readonly outAxes?: BatchAxes;
  /** How many elements run at once, to bound memory; all unless said. */
  readonly chunk?: number;
  /**
   * Whether random functions without a key of their own draw different numbers for each element, which they do unless
   * said, or the same. With a key they draw what it says: the same, unless the key is a tensor that is mapped over.
   */
  readonly randomness?: "different" | "same";
}

/** A tensor among the arguments, and the axis along which it is mapped over. */
interface Leaf {
  readonly tensor: Tensor;
  readonly axis: number | null;
}

/**
 * The function that runs `fn`, which is written for one example, on a batch: `fn` is called once, and its ops run
 * on all examples together. Its arguments and result are tensors, alone or nested in arrays and objects; the tensors
 * that it sees lack the mapped axis. It nests, and composes with {@link grad}, {@link jvp}, {@link jacobian} and
 * {@link checkpoint} in both orders: `vmap(grad(f))` gives a gradient for each example.
 *
 * Inside it a tensor of the batch cannot be read or changed in place. Batches of different sizes, an axis that is
 * not there, or nothing to map over, are a {@link ShapeError}.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { grad, tensor, type Tensor, vmap } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = (w: Tensor, x: Tensor) => w.mul(x).sum().square();
 * const each = vmap(grad(loss), { inAxes: [null, 0] });
 * const gradients = each(tensor([1, 2]), tensor([[1, 0], [0, 1], [1, 1]]));
 * assertEquals(await gradients.array(), [[2, 0], [0, 4], [6, 6]]);
 * ```
 */
export function vmap<A extends readonly unknown[], T>(
  fn: (...args: A) => T,
  options: VmapOptions = {},
): (...args: A) => T {
  if (typeof fn !== "function") throw new TypeError(`Cannot vmap ${described(fn)}: a function is needed`);
  checkCurried("vmap", options);
  checkOptions("vmap", options, ["inAxes", "outAxes", "chunk", "randomness"]);
  const { inAxes = 0, outAxes = 0, chunk = Infinity, randomness = "different" } = options;
  if (chunk !== Infinity && !(Number.isSafeInteger(chunk) && chunk > 0)) {
    throw new RangeError(`Cannot vmap in chunks of ${described(chunk)}: a positive integer is needed`);
  }
  if (randomness !== "different" && randomness !== "same") {
    throw new TypeError(`Cannot vmap with randomness ${described(randomness)}: choose different or same`);
  }
  return (...args) => {
    const leaves = leavesWith(args, inAxes), size = sizeOfBatch(leaves);
    const run = (part: readonly Leaf[]) => runOnce(fn, args, part, { outAxes, randomness });
    if (size <= chunk) return run(leaves).result;
    return joined(Array.from({ length: Math.ceil(size / chunk) }, (_, i) => {
      const start = i * chunk, count = Math.min(chunk, size - start);
      return run(leaves.map(({ tensor, axis }) => ({
        tensor: axis === null ? tensor : narrow(tensor, axis, start, count),
        axis,
      })));
    }));
  };
}

/** What `fn` gave, and where the batch lies in each tensor of it. */
interface Result<T> {
  readonly result: T;
  readonly axes: readonly BatchAxis[];
}

function runOnce<A extends readonly unknown[], T>(
  fn: (...args: A) => T,
  args: A,
  leaves: readonly Leaf[],
  { outAxes, randomness }: Required<Pick<VmapOptions, "outAxes" | "randomness">>,
): Result<T> {
  const size = sizeOfBatch(leaves), layer = new BatchLayer(size, randomness);
  const inside = leaves.map(({ tensor, axis }) => axis === null ? tensor : layer.eachOf(tensor, axis));
  const result = withLayer(layer, () => synchronous("vmap", fn(...withLeaves(args, inside) as A)));
  const outside = axesOver(result, outAxes, "outAxes").map(({ tensor, axis }) => {
    const below = layer.batchOf(tensor),
      at = axis === null ? null : place(tensor, axis, tensor.rank + 1, "outAxes");
    return { tensor: placed(below.tensor, below.axis, at, size), axis: at };
  });
  return { result: withLeaves(result, outside.map((y) => y.tensor)), axes: outside.map((y) => y.axis) };
}

function placed(x: Tensor, from: number | null, to: number | null, size: number): Tensor {
  if (to !== null) return batchAlong(x, from, to, size);
  if (from === null) return x;
  throw new ShapeError(
    "Cannot vmap to a result without a batch: it differs from element to element; give an axis in outAxes",
    { op: "vmap", shapes: [x.shape] },
  );
}

// What is the same for all elements is so in each chunk.
function joined<T>(parts: readonly Result<T>[]): T {
  const [{ result, axes }] = parts, lists = parts.map((part) => leavesOf(part.result));
  const whole = lists[0].map((first, k) => {
    const axis = axes[k];
    return axis === null ? first : concat(lists.map((list) => list[k]), axis);
  });
  return withLeaves(result, whole);
}

function leavesWith(args: readonly unknown[], inAxes: BatchAxis | readonly BatchAxes[]): readonly Leaf[] {
  if (Array.isArray(inAxes) && inAxes.length !== args.length) {
    throw new TypeError(
      `Cannot vmap over ${args.length} arguments: inAxes lists ${inAxes.length}; give one axis for each`,
    );
  }
  return axesOver(args, inAxes, "inAxes").map(({ tensor, axis }) => ({
    tensor,
    axis: axis === null ? null : place(tensor, axis, tensor.rank, "inAxes"),
  }));
}

function axesOver(tree: unknown, axes: BatchAxes, name: string): Leaf[] {
  if (axes === null || typeof axes === "number") {
    return leavesOf(tree).map((tensor) => ({ tensor, axis: axes }));
  }
  if (Array.isArray(axes) && Array.isArray(tree) && axes.length === tree.length) {
    return tree.flatMap((part, i) => axesOver(part, axes[i], name));
  }
  if (isPlain(axes) && isPlain(tree) && Object.keys(tree).every((key) => Object.hasOwn(axes, key))) {
    return Object.entries(tree).flatMap(([key, part]) =>
      axesOver(part, (axes as Record<string, BatchAxes>)[key], name)
    );
  }
  throw new TypeError(
    `Cannot vmap with ${name} of ${described(axes)} for ${described(tree)}: ` +
      "give an axis, null, or the same arrays and objects of these",
  );
}

// `rank` counts the mapped axis.
function place({ shape }: Tensor, axis: number, rank: number, name: string): number {
  const at = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(at) && at >= 0 && at < rank) return at;
  throw new ShapeError(
    `Cannot vmap ${name === "inAxes" ? "over" : "to"} axis ${axis} of ${showShape(shape)}: ` +
      (rank === 0
        ? "it has none; give null in inAxes for what all elements share"
        : `${name} goes from ${-rank} to ${rank - 1} here`),
    { op: "vmap", shapes: [shape] },
  );
}

function sizeOfBatch(leaves: readonly Leaf[]): number {
  const mapped = leaves.filter(({ axis }) => axis !== null);
  if (mapped.length === 0) {
    throw new ShapeError(
      "Cannot vmap without a tensor to map over: all arguments are shared, call the function itself",
      {
        op: "vmap",
        shapes: leaves.map(({ tensor }) => tensor.shape),
      },
    );
  }
  const extents = mapped.map(({ tensor, axis }) => tensor.shape[axis!]);
  if (extents.every((n) => n === extents[0])) return extents[0];
  throw new ShapeError(
    `Cannot vmap over ${
      mapped.map(({ tensor, axis }) => `axis ${axis} of ${showShape(tensor.shape)}`).join(", ")
    }: ` +
      "the batches have different sizes",
    { op: "vmap", shapes: mapped.map(({ tensor }) => tensor.shape) },
  );
}
