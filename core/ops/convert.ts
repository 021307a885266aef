/** Changes of dtype and of place. */
import { type Backend, backendNamed, backends } from "../backend.ts";
import { apply } from "../dispatch.ts";
import { type DType, dtypes } from "../dtype.ts";
import { BackendError } from "../errors.ts";
import { cast, input } from "../expr.ts";
import { map, type MapAttributes } from "../primitives/map.ts";
import type { Primitive } from "../primitive.ts";
import type { Tensor } from "../tensor.ts";

const casts = new Map<DType, MapAttributes>(
  dtypes.map((dtype) => [dtype, { name: `to ${dtype}`, expr: cast(input(0), dtype) }]),
);

/** Elements converted to a dtype, or moved to the backend of that name; `x` itself where nothing changes. */
export function to(x: Tensor, target: string): Tensor {
  if (target === x.dtype || (x.storage && target === x.backend.name)) return x;
  const attributes = casts.get(target as DType);
  if (attributes) return apply(map, [x], attributes);
  if (!backends().includes(target)) {
    throw new BackendError(
      `Cannot convert to "${target}": it is neither a dtype (${dtypes.join(", ")}) nor a backend (${
        backends().join(", ")
      })`,
    );
  }
  return apply(transfer, [x], { from: x.backend, to: backendNamed(target) });
}

/** The same elements on another backend; gradients travel back. */
export const transfer: Primitive<{ readonly from: Backend; readonly to: Backend }> = {
  name: "transfer",
  linear: true,
  infer: ([{ shape, dtype }]) => ({ shape, dtype }),
  moves: ({ to }) => to,
  run(_backend, [x], output, { to }): void {
    to.write(output.buffer, (x as Tensor).dataSync());
  },
  vjp: (ct, { attributes: { from, to } }) => apply(transfer, [ct], { from: to, to: from }),
  needs: () => 0,
};
