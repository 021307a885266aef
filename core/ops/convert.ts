/** Changes of dtype and of place. */
import { described } from "../base/text.ts";
import { backendNamed, backends } from "../device/registry.ts";
import { apply } from "../call/apply.ts";
import { registerFunctions } from "../call/catalog.ts";
import { type DType, dtypes } from "../base/dtype.ts";
import { BackendError } from "../base/errors.ts";
import { cast, input } from "../expr/expr.ts";
import { checkAlive, transfer } from "../primitives/transfer.ts";
import { map, type MapAttributes } from "../primitives/map.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";

const casts = new Map<DType, MapAttributes>(
  dtypes.map((dtype) => [dtype, { name: `to ${dtype}`, exprs: [cast(input(0), dtype)] }]),
);

/**
 * Elements converted to a dtype, or moved to the backend of that name; `x` itself where nothing changes.
 * Floats truncate towards zero to integers; gradients come back in the dtype of x. Another name is a {@link
 * BackendError}.
 *
 * @category Tensors
 * @example
 * ```ts
 * import { BackendError, tensor, to } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
 *
 * const x = tensor([1.9, -1.9, 0]);
 * assertEquals(await to(x, "i32").array(), [1, -1, 0]);
 * assertEquals(await to(x, "bool").array(), [true, true, false]);
 * assertStrictEquals(to(x, "f32"), x);
 * assertThrows(() => to(x, "f8"), BackendError, "neither a dtype");
 * ```
 */
export function to(x: Tensor, target: DType | (string & Record<never, never>)): Tensor {
  checkTensor("cast", x);
  if (target === x.dtype) return x;
  if (target === x.backend.name) return checkAlive(x);
  const attributes = casts.get(target as DType);
  if (attributes) return apply(map, [x], attributes);
  if (!backends().includes(target)) {
    throw new BackendError(
      `Cannot convert to ${described(target)}: it is neither a dtype (${dtypes.join(", ")}) nor a backend (${
        backends().join(", ")
      })`,
    );
  }
  return apply(transfer, [x], { to: backendNamed(target) });
}

registerFunctions({ to: 1 });
