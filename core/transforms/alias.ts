/** Stand-ins for tensors. */
import { withRecording } from "../call/record.ts";
import { apply } from "../call/apply.ts";
import type { Primitive } from "../call/op.ts";
import type { Tensor } from "../tensor/tensor.ts";

const alias: Primitive<null> = {
  name: "alias",
  linear: true,
  infer: ([{ shape, dtype }]) => ({ shape, dtype }),
  layout: (x) => x,
  vjp: (ct) => ct,
  needs: () => 0,
};

/** Another tensor of the same elements, linked to the first on the tape and in forward mode. */
export function aliasOf(x: Tensor): Tensor {
  return apply(alias, [x], null);
}

/** The same elements off the tape; unlike with `detach()`, a tangent stays with them. */
export function offTape(x: Tensor): Tensor {
  return withRecording(false, () => aliasOf(x));
}
