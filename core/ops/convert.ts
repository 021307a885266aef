/** Changes of dtype and of place. */
import { type Backend, backendNamed, backends } from "../backend.ts";
import { apply, runKernel } from "../dispatch.ts";
import { type DType, dtypes } from "../dtype.ts";
import { BackendError, showShape, TapeError } from "../errors.ts";
import { cast, input } from "../expr.ts";
import { map, type MapAttributes } from "../primitives/map.ts";
import type { Primitive } from "../primitive.ts";
import { asTensor, type TensorLike } from "../registry.ts";
import { expand } from "./shape.ts";
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

/** Overwrites the elements of `target` with those of `value`, broadcast and converted, off the tape. */
export function copyInto(target: Tensor, value: TensorLike): void {
  const source = asTensor(value, target).detach();
  if (target.strides.some((s, i) => s === 0 && target.shape[i] > 1)) {
    throw new TapeError(
      `Cannot assign to ${
        showShape(target.shape)
      }: several of its elements are one in memory; assign to what it was expanded from`,
    );
  }
  if (target.storage?.shared) {
    throw new TapeError(
      `Cannot assign to a constant of shape ${showShape(target.shape)}: it is shared, make one with full()`,
    );
  }
  if (target.size === 0) return;
  const attributes = casts.get(target.dtype)!;
  const values = expand(source, target.shape);
  // Source and target may overlap in another layout; then the values are copied first.
  const safe = values.storage === target.storage ? apply(map, [values], casts.get(values.dtype)!) : values;
  if (safe.backend !== target.backend) {
    throw new BackendError(
      `Cannot assign a tensor on ${safe.backend.name} to one on ${target.backend.name}: move it with to("${target.backend.name}")`,
    );
  }
  runKernel(map, target.backend, [safe], target, attributes);
}
