/** Primitives of one's own, and kernels of ops. */
import { type DType, dtypes } from "../base/dtype.ts";
import { isOp, registerPrimitive } from "../call/catalog.ts";
import type { Primitive } from "../call/op.ts";
import { backendNamed, type Kernel } from "../device/backend.ts";

/**
 * Makes a primitive known to {@link ops}; it is used with {@link apply}. A name that is taken is a
 * TypeError.
 *
 * @example
 * ```ts
 * import { apply, definePrimitive, e, map, ops, type Primitive, runKernel, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const double: Primitive<null> = definePrimitive({
 *   name: "double",
 *   linear: true,
 *   infer: ([x]) => x,
 *   compose: (backend, inputs, outputs) =>
 *     runKernel(map, backend, inputs, outputs, { name: "double", exprs: [e.mul(2, e.input(0))] }),
 *   vjp: ([ct]) => [ct && ct.mul(2)],
 *   saves: () => ({ inputs: [], outputs: [] }),
 *   batch: (inputs, axes) => ({ outputs: [apply(double, inputs, null)], axes }),
 * }, { arity: 1 });
 * assertEquals(await apply(double, [tensor([1, 2])], null).array(), [2, 4]);
 * assertEquals(ops().find((op) => op.name === "double")?.kind, "primitive");
 * ```
 */
export function definePrimitive<A>(
  op: Primitive<A>,
  info: { readonly arity: number; readonly dtypes?: readonly DType[] },
): Primitive<A> {
  registerPrimitive(op, info.arity, info.dtypes ?? dtypes);
  return op;
}

/**
 * Gives a backend, which must be open or open at once, a kernel for an op, by the op's name: a primitive's, in
 * place of the one it has, a composite's, in place of its decomposition. A name that no op has is a TypeError.
 *
 * @example
 * ```ts
 * import { apply, defineComposite, registerKernel, tensor } from "@tapegrad/core";
 * import { cpuElements } from "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const middle = defineComposite({
 *   name: "middle",
 *   infer: ([x]) => ({ shape: [], dtype: x.dtype, backend: x.backend }),
 *   decompose: ([x]) => [x.slice(x.size >> 1)],
 * });
 * registerKernel("cpu", "middle", ([x], [output]) => {
 *   const at = x.offset + x.strides[0] * (x.shape[0] >> 1);
 *   cpuElements(output)[output.offset] = cpuElements(x)[at];
 * });
 * assertEquals(await apply(middle, [tensor([1, 2, 3]).flip()], null).item(), 2);
 * assertThrows(() => registerKernel("cpu", "middel", () => {}), TypeError, "no op has that name");
 * ```
 */
export function registerKernel<A>(backend: string, op: string, kernel: Kernel<A>): void {
  const { kernels } = backendNamed(backend);
  if (!isOp(op)) {
    throw new TypeError(
      `Cannot register a kernel for "${op}" on ${backend}: no op has that name, ops() lists those there are`,
    );
  }
  kernels.set(op, kernel as Kernel);
}
