/** Primitives of one's own, and kernels of ops. */
import { dtypes } from "../base/dtype.ts";
import { registerPrimitive, whyNoKernel } from "../call/catalog.ts";
import type { Primitive } from "../call/op.ts";
import { described } from "../base/text.ts";
import { backendNamed } from "../device/registry.ts";
import type { Kernel } from "../device/backend.ts";
import { checked, checkFunctions } from "./checked.ts";
import type { CompositeOptions } from "./composite.ts";

/**
 * Makes a primitive known to {@link ops}; what it gives is used with {@link apply}, and checks what the rules give.
 * A name that is taken, or a rule that is no function, is a TypeError.
 *
 * @category Own ops
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
  info: Pick<CompositeOptions, "arity" | "dtypes"> = {},
): Primitive<A> {
  checkFunctions(op, ["infer", "batch"]);
  const own = checked<A, Primitive<A>>(op);
  registerPrimitive(own, info.arity ?? 1, info.dtypes ?? dtypes);
  return own;
}

/**
 * Gives a backend, which must be open or open at once, a kernel for an op, by the op's name: a primitive's, in
 * place of the one it has, or that of {@link defineComposite}, in place of its decomposition. A name whose kernel would
 * never run is a TypeError that says why.
 *
 * @category Own ops
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
 * assertEquals(await apply(middle, [tensor([1, 2, 3], { backend: "cpu" }).flip()], null).item(), 2);
 * assertThrows(() => registerKernel("cpu", "middel", () => {}), TypeError, "no op has that name");
 * ```
 */
export function registerKernel<A>(backend: string, op: string, kernel: Kernel<A>): void {
  const { kernels } = backendNamed(backend);
  const why = typeof kernel === "function" ? whyNoKernel(op) : `${described(kernel)} is no function`;
  if (why) throw new TypeError(`Cannot register a kernel for ${described(op)} on ${backend}: ${why}`);
  kernels.set(op, kernel as Kernel);
}
