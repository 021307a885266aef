/** Changes in place. */
import { TapeError } from "../base/errors.ts";
import { applyAll } from "../call/apply.ts";
import { runKernel } from "../call/launch.ts";
import { type Batched, type Primitive, primitive } from "../call/op.ts";
import { typeOf } from "../call/record.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { MapAttributes } from "./attributes.ts";
import { broadcastFront } from "./batching.ts";
import { map } from "./map.ts";

/** Overwrites the first inputs, as many as there are expressions, with those of all, which broadcast to them. */
export const update: Primitive<MapAttributes> = primitive({
  name: "update",
  label: ({ name }) => name,
  writes: ({ exprs }) => exprs.map((_, i) => i),
  infer: (inputs, { exprs }) => exprs.map((_, i) => typeOf(inputs[i])),
  compose: (backend, inputs, outputs, attributes) => runKernel(map, backend, inputs, outputs, attributes),
  batch(inputs, axes, attributes): Batched {
    const targets = attributes.exprs.map((_, i) => i), shared = targets.find((i) => axes[i] === null);
    if (shared !== undefined) throw new TapeError(sharedTarget(attributes, inputs[shared]));
    return {
      outputs: applyAll(update, broadcastFront(inputs, axes), attributes),
      axes: targets.map(() => 0),
    };
  },
});

function sharedTarget({ name }: MapAttributes, target: Tensor): string {
  const called = target.label ? `"${target.label}"` : "a tensor";
  return `Cannot ${name} ${called} once for each element of a batch: it is shared by all of them`;
}
