/** Tensors whose elements the host makes of others that cannot be read at once. */
import type { TypedArray } from "../base/dtype.ts";
import { sizeOf } from "../base/shape.ts";
import type { TensorType } from "../call/op.ts";
import type { Arrival } from "../device/awaited.ts";
import { context } from "../device/context.ts";
import { Storage } from "../device/storage.ts";
import { upload } from "../device/upload.ts";
import { isComing, whenHere } from "./arrival.ts";
import { filling, type Tensor } from "./tensor.ts";

/**
 * What the host makes of elements that it has to wait for: those of a device that is not read at once, or on their way.
 *
 * @category Own ops
 */
export interface Arriving {
  /** What is asked for, as errors say it. */
  readonly asked: string;
  /** What the tensors are; they are on the backend of the inputs. */
  readonly types: readonly TensorType[];
  /** Gives the elements of each; `read` asks for those of the inputs, as they are when it is called. */
  readonly make: (read: () => Promise<readonly TypedArray[]>) => Promise<readonly TypedArray[]>;
}

/**
 * The tensors that the host makes of others once it can read them: they are on their way, ops on them wait, and {@link
 * ready} tells when they are there. `null` where the inputs can be read at once, so that a kernel may run. For
 * {@link Primitive.host}; while a program is recorded it is an error.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { apply, arriving, definePrimitive, type Primitive, tensor } from "@tapegrad/core";
 * import { cpuElements } from "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const turned: Primitive<null> = definePrimitive({
 *   name: "turned",
 *   infer: ([x]) => x,
 *   // On webgpu this, and where memory is the host's what follows.
 *   host: ([x]) =>
 *     arriving([x], { asked: "turn", types: [x], make: async (read) => (await read()).map((all) => all.toReversed()) }),
 *   compose: (_backend, [x], [y]) => cpuElements(y).set(cpuElements(x).toReversed()),
 *   batch: (inputs, axes) => ({ outputs: [apply(turned, inputs, null)], axes }),
 * });
 * assertEquals(await apply(turned, [tensor([1, 2, 3], { backend: "cpu" })], null).array(), [3, 2, 1]);
 * ```
 */
export function arriving(
  inputs: readonly Tensor[],
  { asked, types, make }: Arriving,
): readonly Tensor[] | null {
  const isHere = inputs[0].backend.readSync && !inputs.some(isComing);
  return isHere ? null : madeLater(inputs, asked, types, make);
}

/** {@link arriving} where it is known that it is so. */
export function madeLater(
  inputs: readonly Tensor[],
  asked: string,
  types: readonly TensorType[],
  make: Arriving["make"],
): readonly Tensor[] {
  const { backend } = inputs[0];
  context.recorder?.refuse(
    `Cannot ${asked} on ${backend.name} while a program is recorded: ` +
      "its elements are computed on the host, call it outside",
  );
  const all = make(() => whenHere(inputs, (views) => backend.read(views)));
  return types.map(({ shape, dtype }, k) => {
    const arrival: Arrival = {
      from: backend,
      bring: async (deliver) => {
        const elements = (await all)[k];
        deliver((buffer) => upload(backend, buffer, elements));
      },
    };
    const length = sizeOf(shape);
    return filling(new Storage(backend, dtype, length, length === 0 ? {} : { arrival }), shape);
  });
}
