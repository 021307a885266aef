/** Changes in place. */
import { TapeError } from "../base/errors.ts";
import { apply } from "../call/apply.ts";
import { runKernel } from "../call/launch.ts";
import { type Batched, type Primitive, primitive } from "../call/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { MapAttributes } from "./attributes.ts";
import { broadcastFront } from "./batching.ts";
import { map } from "./map.ts";

/** Overwrites the first input with an expression of all, which broadcast to it. */
export const update: Primitive<MapAttributes> = primitive({
  name: "update",
  label: ({ name }) => name,
  writes: [0],
  infer: ([{ shape, dtype, backend }]) => ({ shape, dtype, backend }),
  compose: (backend, inputs, outputs, attributes) => runKernel(map, backend, inputs, outputs, attributes),
  batch(inputs, axes, attributes): Batched {
    if (axes[0] === null) throw new TapeError(sharedTarget(attributes, inputs[0]));
    return { outputs: [apply(update, broadcastFront(inputs, axes), attributes)], axes: [0] };
  },
});

function sharedTarget({ name }: MapAttributes, target: Tensor): string {
  const called = target.label ? `"${target.label}"` : "a tensor";
  return `Cannot ${name} ${called} once for each element of a batch: it is shared by all of them`;
}
