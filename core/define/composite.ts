/** Composite ops, declared by a decomposition, for which a backend may have a kernel. */
import { type DType, dtypes, isFloating } from "../base/dtype.ts";
import { checkShape, sizeOf } from "../base/shape.ts";
import { hasLayers } from "../call/apply.ts";
import { register } from "../call/catalog.ts";
import { isRecording } from "../call/record.ts";
import { profiling, timed } from "../device/profile.ts";
import { Storage } from "../device/storage.ts";
import { isComing } from "../tensor/arrival.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What {@link defineOp} may be told. */
export interface CompositeOptions<T extends readonly unknown[]> {
  /** How many tensors it takes; 1 unless said. */
  readonly arity?: number;
  /** The dtypes it takes; the floating ones unless said. */
  readonly dtypes?: readonly DType[];
  /** Whether gradients flow through it; they do unless said. */
  readonly differentiable?: boolean;
  /** How to call a backend's kernel of this name: its inputs, attributes and result; `null` to decompose. */
  readonly kernel?: (...args: T) => KernelCall | null;
}

/** One call of a backend's kernel for a composite. */
export interface KernelCall {
  /** The tensors it reads. */
  readonly inputs: readonly Tensor[];
  /** Shape of the result. */
  readonly shape: readonly number[];
  /** Dtype of the result. */
  readonly dtype: DType;
  /** What else the kernel is told. */
  readonly attributes?: unknown;
}

/**
 * Declares a composite op by its decomposition into others. A backend's kernel registered under its
 * name is used where `options.kernel` describes the call and no gradient is being recorded.
 *
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
export function defineOp<T extends readonly unknown[]>(
  name: string,
  decomposition: (...args: T) => Tensor,
  options: CompositeOptions<T> = {},
): (...args: T) => Tensor {
  register({
    name,
    kind: "composite",
    arity: options.arity ?? 1,
    dtypes: options.dtypes ?? dtypes.filter(isFloating),
    differentiable: options.differentiable ?? true,
  });
  const { kernel } = options;
  if (!kernel) return decomposition;
  return (...args) => callKernel(name, kernel(...args)) ?? decomposition(...args);
}

function callKernel(name: string, call: KernelCall | null): Tensor | null {
  if (!call || hasLayers()) return null;
  const backend = call.inputs[0].backend, run = backend.kernels.get(name);
  if (!run || (isRecording() && call.inputs.some((t) => t.node !== null))) return null;
  if (call.inputs.some(isComing)) return null;
  const shape = checkShape(`${name} to`, call.shape);
  const output = Tensor.contiguous(new Storage(backend, call.dtype, sizeOf(shape)), shape);
  const start = () => run(call.inputs, output, call.attributes);
  if (output.size === 0) return output;
  try {
    if (profiling) timed(name, backend, [...call.inputs, output], start);
    else start();
  } catch (error) {
    output.dispose();
    throw error;
  }
  return output;
}
