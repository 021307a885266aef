/** Changes of dtype and of place. */
import { described } from "../base/text.ts";
import { type Backend, backendNamed, backends } from "../device/backend.ts";
import { isComing } from "../tensor/arrival.ts";
import { apply } from "../call/apply.ts";
import { registerFunctions } from "../call/catalog.ts";
import { type DType, dtypes } from "../base/dtype.ts";
import { BackendError, DeviceLostError } from "../base/errors.ts";
import { cast, input } from "../expr/expr.ts";
import { map, type MapAttributes } from "../primitives/map.ts";
import type { Primitive } from "../call/op.ts";
import { dataSync, fetch } from "../tensor/read.ts";
import { type Arrival, Storage, upload } from "../device/storage.ts";
import { Tensor } from "../tensor/tensor.ts";

const casts = new Map<DType, MapAttributes>(
  dtypes.map((dtype) => [dtype, { name: `to ${dtype}`, expr: cast(input(0), dtype) }]),
);

/**
 * Elements converted to a dtype, or moved to the backend of that name; `x` itself where nothing changes.
 * Floats truncate towards zero to integers; gradients come back in the dtype of x. Another name is a {@link
 * BackendError}.
 *
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
  if (target === x.dtype) return x;
  if (x.storage && target === x.backend.name) return checkAlive(x);
  const attributes = casts.get(target as DType);
  if (attributes) return apply(map, [x], attributes);
  if (!backends().includes(target)) {
    throw new BackendError(
      `Cannot convert to ${described(target)}: it is neither a dtype (${dtypes.join(", ")}) nor a backend (${
        backends().join(", ")
      })`,
    );
  }
  return apply(transfer, [x], { from: x.backend, to: backendNamed(target) });
}

/**
 * The same elements on another backend; gradients travel back. {@link to} calls it with the name of a
 * backend. From a backend that cannot be read at once they arrive later: ops on the result wait for them, as
 * reading it does, and {@link ready} tells when they are there.
 *
 * @example
 * ```ts
 * import { apply, backendNamed, registerBackend, transfer, variable } from "@tapegrad/core";
 * import { createCpuBackend } from "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * registerBackend({ name: "second", create: () => createCpuBackend({ name: "second" }) });
 * const x = variable([1, 2]);
 * const moved = apply(transfer, [x], { from: x.backend, to: backendNamed("second") });
 * moved.mul(3).sum().backward();
 * assertEquals(moved.backend.name, "second");
 * assertEquals(x.grad!.backend, x.backend);
 * ```
 */
export const transfer: Primitive<{ readonly from: Backend; readonly to: Backend }> = {
  name: "transfer",
  linear: true,
  infer: ([{ shape, dtype }]) => ({ shape, dtype }),
  compute: ([x], { to }) => copyTo(x, to),
  vjp: (ct, { attributes: { from, to } }) => apply(transfer, [ct], { from: to, to: from }),
  needs: () => 0,
};

function checkAlive(x: Tensor): Tensor {
  const { name, lost } = x.backend;
  if (lost === undefined) return x;
  throw new DeviceLostError(
    `Cannot move a tensor from ${name}: its device was lost (${lost}), load what was saved before`,
  );
}

function copyTo(x: Tensor, to: Backend): Tensor {
  checkAlive(x);
  if (x.size === 0 || (x.backend.readSync && !isComing(x))) {
    const elements = x.size > 0 ? dataSync(x) : null;
    const storage = new Storage(to, x.dtype, x.size);
    if (elements) storage.write(elements);
    return Tensor.contiguous(storage, x.shape);
  }
  const arrival: Arrival = {
    from: x.storage?.origin ?? x.backend,
    bring: async (deliver) => {
      const [elements] = await fetch(x.backend, [x]);
      deliver((buffer) => upload(to, buffer, elements));
    },
  };
  return Tensor.contiguous(new Storage(to, x.dtype, x.size, { arrival }), x.shape);
}

registerFunctions({ to: 1 });
