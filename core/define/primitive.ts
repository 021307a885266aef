/** Primitives of one's own, and kernels of ops. */
import { type DType, dtypes } from "../base/dtype.ts";
import { register } from "../call/catalog.ts";
import type { Primitive } from "../call/op.ts";
import { backendNamed, type Kernel } from "../device/backend.ts";

/**
 * Makes a primitive known to {@link ops}; it is used with {@link apply}. A name that is taken is a
 * TypeError.
 *
 * @example
 * ```ts
 * import { apply, definePrimitive, e, ops, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const double = definePrimitive<null>({
 *   name: "double",
 *   linear: true,
 *   infer: ([{ shape, dtype }]) => ({ shape, dtype }),
 *   run: (backend, inputs, output) => backend.map(e.mul(2, e.input(0)), inputs, output),
 *   vjp: (ct) => ct.mul(2),
 *   needs: () => 0,
 * }, { arity: 1 });
 * assertEquals(await apply(double, [tensor([1, 2])], null).array(), [2, 4]);
 * assertEquals(ops().find((op) => op.name === "double")?.kind, "primitive");
 * ```
 */
export function definePrimitive<A>(
  op: Primitive<A>,
  info: { readonly arity: number; readonly dtypes?: readonly DType[] },
): Primitive<A> {
  register({
    name: op.name,
    kind: "primitive",
    arity: info.arity,
    dtypes: info.dtypes ?? dtypes,
    differentiable: op.vjp !== undefined,
  });
  return op;
}

/**
 * Gives a backend, which must be open or open at once, a kernel for a composite or third-party op, by the
 * op's name.
 *
 * @example
 * ```ts
 * import { defineOp, registerKernel, type Tensor, tensor } from "@tapegrad/core";
 * import { cpuElements } from "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const middle = defineOp("middle", (x: Tensor) => x.slice(x.size >> 1), {
 *   kernel: (x) => ({ inputs: [x], shape: [], dtype: x.dtype }),
 * });
 * registerKernel("cpu", "middle", ([x], output) => {
 *   const at = x.offset + x.strides[0] * (x.shape[0] >> 1);
 *   cpuElements(output)[output.offset] = cpuElements(x)[at];
 * });
 * assertEquals(await middle(tensor([1, 2, 3]).flip()).item(), 2);
 * ```
 */
export function registerKernel(backend: string, op: string, kernel: Kernel): void {
  backendNamed(backend).kernels.set(op, kernel);
}
