/**
 * Primitives without kernels of a device's: their elements are read, computed on the host in double precision, and
 * written. From a device that cannot be read at once they are on their way meanwhile, as those of a transfer are.
 */
import { type DType, hostArray, type TypedArray } from "../base/dtype.ts";
import { MissingKernelError } from "../base/errors.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import { registerPrimitive } from "../call/catalog.ts";
import { commonBackend, hasKernel } from "../call/launch.ts";
import { labelOf, type Primitive, primitive, type TensorType } from "../call/op.ts";
import type { Backend } from "../device/backend.ts";
import type { MatrixRoutines } from "../device/matrix_routines.ts";
import { madeLater } from "../tensor/arriving.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Elements on the host, row-major, whatever their dtype is on a device. */
export interface HostElements {
  /** The elements, which a kernel may overwrite. */
  readonly data: Float64Array;
  /** Extents, outermost first. */
  readonly shape: Shape;
  /** What the backend has for matrices on the host. */
  readonly by?: MatrixRoutines;
}

/** What computes on the host; the elements of outputs are 0 before. */
export type HostKernel<A> = (
  inputs: readonly HostElements[],
  outputs: readonly HostElements[],
  attributes: A,
) => void;

/** The rules of a primitive that is computed on the host. */
export type HostRules<A> = Omit<Primitive<A>, "compose" | "host" | "view" | "writes">;

/** What outputs are: their extents and dtypes. */
type Type = Pick<TensorType, "shape" | "dtype">;

/** What {@link hostPrimitive} may be told. */
export interface HostOptions<A> {
  /** How many tensors it takes; 1 unless said. */
  readonly arity?: number;
  /** The dtypes it takes; f32 and f64 unless said. */
  readonly dtypes?: readonly DType[];
  /** For which operands a device that cannot be read at once is asked for a kernel, if it has one: for all unless said. */
  readonly isSmall?: (inputs: readonly TensorType[], attributes: A) => boolean;
  /** Runs it by other kernels of a device that cannot be read at once: where it is not said, it is computed later. */
  readonly onDevice?: NonNullable<Primitive<A>["compose"]>;
}

const floats: readonly DType[] = ["f32", "f64"];

// A copy that the kernel may write to.
function taken(data: TypedArray, { shape }: Type, { matrices: by }: Backend): HostElements {
  return { data: data instanceof Float64Array ? data : Float64Array.from(data), shape, by };
}

function given({ data }: HostElements, { dtype }: Type): TypedArray {
  if (dtype === "f64") return data;
  const elements = hostArray(dtype, data.length);
  elements.set(data);
  return elements;
}

function computed<A>(
  kernel: HostKernel<A>,
  inputs: readonly HostElements[],
  types: readonly Type[],
  attributes: A,
): TypedArray[] {
  const { by } = inputs[0];
  const outputs = types.map(({ shape }) => ({ data: new Float64Array(sizeOf(shape)), shape, by }));
  kernel(inputs, outputs, attributes);
  return outputs.map((output, i) => given(output, types[i]));
}

// The outputs, on their way.
function computedLater<A>(
  op: Primitive<A>,
  kernel: HostKernel<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] {
  const types = [op.infer(inputs, attributes)].flat(), { backend } = inputs[0];
  const isEmpty = types.every(({ shape }) => sizeOf(shape) === 0);
  return madeLater(inputs, labelOf(op, attributes), types, async (read) => {
    if (isEmpty) return [];
    const elements = await read();
    return computed(kernel, elements.map((data, i) => taken(data, inputs[i], backend)), types, attributes);
  });
}

/** Declares a primitive by its rules and by what computes it on the host, where a backend has no kernel of its name. */
export function hostPrimitive<A>(
  rules: HostRules<A>,
  kernel: HostKernel<A>,
  { arity = 1, dtypes = floats, isSmall = () => true, onDevice }: HostOptions<A> = {},
): Primitive<A> {
  const op: Primitive<A> = primitive({
    ...rules,
    compose(backend, inputs, outputs, attributes): void {
      const { readSync } = backend;
      if (!readSync && onDevice) return onDevice(backend, inputs, outputs, attributes);
      if (!readSync) throw new MissingKernelError(op.name, backend.name);
      const elements = inputs.map((view) => taken(readSync.call(backend, view), view, backend));
      const results = computed(kernel, elements, outputs, attributes);
      outputs.forEach(({ buffer }, i) => results[i].length > 0 && backend.write(buffer, results[i]));
    },
    host(inputs, attributes): readonly Tensor[] | null {
      const backend = commonBackend(op, inputs, attributes);
      if (onDevice || backend.readSync) return null;
      if (hasKernel(backend, op.name) && isSmall(inputs, attributes)) return null;
      return computedLater(op, kernel, inputs, attributes);
    },
  });
  registerPrimitive(op, arity, dtypes);
  return op;
}
