/** Composite ops, declared by a decomposition, for which a backend may have a kernel. */
import { type DType, dtypes, isFloating } from "../base/dtype.ts";
import { keepComposite, register } from "../call/catalog.ts";
import type { Composite } from "../call/op.ts";
import { checkOptions } from "../base/settings.ts";
import { checked, checkFunction, checkFunctions } from "./checked.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";

/**
 * What is told of a composite beside its decomposition.
 *
 * @category Own ops
 */
export interface CompositeOptions {
  /** How many tensors it takes; 1 unless said. */
  readonly arity?: number;
  /** The dtypes it takes; the floating ones unless said. */
  readonly dtypes?: readonly DType[];
  /** Whether gradients flow through it; they do unless said. */
  readonly differentiable?: boolean;
  /** Options that it takes as its third argument, each with a value of its kind, or `null` for any. */
  readonly known?: Readonly<Record<string, unknown>>;
}

/**
 * Declares a composite op by its decomposition into others, with any arguments and any result; {@link
 * defineComposite} declares one for which a backend may have a kernel.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { defineOp, mul, sum, tensor, type Tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const energy = defineOp("energy", (x: Tensor) => sum(mul(x, x)));
 * assertEquals(energy(tensor([1, 2])).itemSync(), 5);
 * ```
 */
export function defineOp<T extends readonly unknown[], R = Tensor>(
  name: string,
  decomposition: (...args: T) => R,
  options: CompositeOptions = {},
): (...args: T) => R {
  checkFunction(name, "decomposition", decomposition);
  registerComposite(name, options);
  const { arity = 1, known } = options, first = Number.isFinite(arity) ? arity : 0;
  return (...args) => {
    for (let i = 0; i < first; i++) checkTensor(name, args[i]);
    if (known) checkOptions(name, args[2], known);
    return decomposition(...args);
  };
}

function registerComposite(name: string, options: CompositeOptions): void {
  checkOptions("define an op", options, ["arity", "dtypes", "differentiable", "known"]);
  register({
    name,
    kind: "composite",
    arity: options.arity ?? 1,
    dtypes: options.dtypes ?? dtypes.filter(isFloating),
    differentiable: options.differentiable ?? true,
  });
}

/**
 * Declares a composite op by its rules, to be called with {@link apply}. Where a backend has a kernel of its name
 * it runs, unless a layer is active that does not keep it; else the decomposition does. With a `vjp` it is one op on
 * the tape either way; without one, the gradient of what a kernel gave is that of the decomposition, run again.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { apply, defineComposite, registerKernel, tensor } from "@tapegrad/core";
 * import { cpuElements } from "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const first = defineComposite({
 *   name: "first",
 *   infer: ([x]) => ({ shape: [], dtype: x.dtype, backend: x.backend }),
 *   decompose: ([x]) => [x.slice(0)],
 * });
 * registerKernel("cpu", "first", ([x], [output]) => {
 *   cpuElements(output)[output.offset] = cpuElements(x)[x.offset];
 * });
 * assertEquals(await apply(first, [tensor([1, 2, 3], { backend: "cpu" }).flip()], null).item(), 3);
 * ```
 */
export function defineComposite<A = null>(op: Composite<A>, options: CompositeOptions = {}): Composite<A> {
  checkFunctions(op, ["infer", "decompose"]);
  registerComposite(op.name, options);
  return keepComposite(checked<A, Composite<A>>(op));
}
