/** How primitives are applied to batches: the batch comes to the front, and the rest is as it was. */
import type { Batched } from "../call/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { expand, permute, reshape } from "./functions.ts";

type Axes = readonly (number | null)[];

/** How many elements the batch has. */
export function batchSize(inputs: readonly Tensor[], axes: Axes): number {
  const i = axes.findIndex((axis) => axis !== null);
  return i < 0 ? 1 : inputs[i].shape[axes[i]!];
}

/** The tensor with its batch axis first. */
export function toFront(x: Tensor, axis: number): Tensor {
  return axis === 0 ? x : permute(x, [axis, ...x.shape.flatMap((_, i) => i === axis ? [] : [i])]);
}

/** The tensor with a batch of `size` that is along one axis, or that all elements share, along another. */
export function batchAlong(x: Tensor, from: number | null, to: number, size: number): Tensor {
  if (from === to) return x;
  const batch = from === null ? expand(x, [size, ...x.shape]) : x, at = from ?? 0;
  if (at === to) return batch;
  return permute(batch, batch.shape.flatMap((_, i) => i === at ? [] : [i]).toSpliced(to, 0, at));
}

/** The rank of each input as the op sees it. */
export function ranksOf(inputs: readonly Tensor[], axes: Axes): number[] {
  return inputs.map((x, i) => x.rank - (axes[i] === null ? 0 : 1));
}

/** A batch of views of one input by the same function of its attributes, the batch coming first. */
export function front(
  [x]: readonly Tensor[],
  [axis]: Axes,
  run: (x: Tensor) => Tensor,
): Batched {
  return { outputs: [run(toFront(x, axis!))], axes: [0] };
}

/** Inputs with the batch first, those without one repeated along it. */
export function allFront(inputs: readonly Tensor[], axes: Axes): Tensor[] {
  const size = batchSize(inputs, axes);
  return inputs.map((x, i) => {
    const axis = axes[i];
    return axis === null ? expand(x, [size, ...x.shape]) : toFront(x, axis);
  });
}

/** Inputs that broadcast together, batches first and of one rank; those without one broadcast along it. */
export function broadcastFront(inputs: readonly Tensor[], axes: Axes): Tensor[] {
  const rank = Math.max(...ranksOf(inputs, axes));
  return inputs.map((x, i) => {
    const axis = axes[i];
    if (axis === null) return x;
    const [size, ...rest] = toFront(x, axis).shape;
    return reshape(toFront(x, axis), [size, ...new Array<number>(rank - rest.length).fill(1), ...rest]);
  });
}
