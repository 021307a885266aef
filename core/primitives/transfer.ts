/** Changes of place. */
import { DeviceLostError } from "../base/errors.ts";
import { apply } from "../call/apply.ts";
import { nothing, type Primitive, primitive } from "../call/op.ts";
import type { Backend } from "../device/backend.ts";
import { context } from "../device/context.ts";
import type { Arrival } from "../device/awaited.ts";
import { Storage } from "../device/storage.ts";
import { upload } from "../device/upload.ts";
import { isComing } from "../tensor/arrival.ts";
import { dataSync, fetch } from "../tensor/fetch.ts";
import { filling, type Tensor } from "../tensor/tensor.ts";
import { storageOf } from "../tensor/internals.ts";

/**
 * The same elements on another backend; gradients travel back. {@link to} calls it with the name of a
 * backend. From a backend that cannot be read at once they arrive later: ops on the result wait for them, as
 * reading it does, and {@link ready} tells when they are there.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { apply, backendNamed, registerBackend, transfer, variable } from "@tapegrad/core";
 * import { createCpuBackend } from "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * registerBackend({ name: "second", create: () => createCpuBackend({ name: "second" }) });
 * const x = variable([1, 2]);
 * const moved = apply(transfer, [x], { to: backendNamed("second") });
 * moved.mul(3).sum().backward();
 * assertEquals(moved.backend.name, "second");
 * assertEquals(x.grad!.backend, x.backend);
 * ```
 */
export const transfer: Primitive<{ readonly to: Backend }> = primitive({
  name: "transfer",
  linear: true,
  infer: ([{ shape, dtype }], { to }) => ({ shape, dtype, backend: to }),
  host: ([x], { to }) => [copyTo(x, to)],
  vjp: ([ct], { inputs: [x] }) => [ct && apply(transfer, [ct], { to: x.backend })],
  saves: () => nothing,
  batch: (inputs, axes, attributes) => ({ outputs: [apply(transfer, inputs, attributes)], axes }),
});

/** A tensor whose device is not lost, or the error that says that it is. */
export function checkAlive(x: Tensor): Tensor {
  const { name, lost } = x.backend;
  if (lost === undefined) return x;
  throw new DeviceLostError(
    `Cannot move a tensor from ${name}: its device was lost (${lost}), load what was saved before`,
  );
}

function refuseMove({ backend }: Tensor, to: Backend): void {
  context.recorder?.refuse(
    `Cannot move a tensor from ${backend.name} to ${to.name} while a program is recorded: its runs stay on one ` +
      "backend, move it before",
  );
}

function copyTo(x: Tensor, to: Backend): Tensor {
  checkAlive(x);
  if (x.size > 0) refuseMove(x, to);
  if (x.size === 0 || (x.backend.readSync && !isComing(x))) {
    const elements = x.size > 0 ? dataSync(x) : null;
    const storage = new Storage(to, x.dtype, x.size);
    if (elements) storage.write(elements);
    return filling(storage, x.shape);
  }
  const arrival: Arrival = {
    from: storageOf(x).origin ?? x.backend,
    bring: async (deliver) => {
      const [elements] = await fetch(x.backend, [x]);
      deliver((buffer) => upload(to, buffer, elements));
    },
  };
  return filling(new Storage(to, x.dtype, x.size, { arrival }), x.shape);
}
