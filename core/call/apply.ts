/** The funnel: every op of every caller passes through {@link apply}, and layers wrap it. */
import { isRecording, record, withRecording } from "./record.ts";
import { isComing, whenHere } from "../tensor/arrival.ts";
import { type Backend, type Buffer, currentBackend, type View } from "../device/backend.ts";
import { isFloating } from "../base/dtype.ts";
import { BackendError, DeviceLostError } from "../base/errors.ts";
import { labelOf, type Primitive } from "./op.ts";
import { profiling, timed } from "../device/profile.ts";
import { contiguousLayout, sizeOf } from "../base/shape.ts";
import { type Arrival, Storage, waiting } from "../device/storage.ts";
import { Tensor } from "../tensor/tensor.ts";

/** A call of a primitive on its way through the layers. */
export interface Call<A = unknown> {
  /** The primitive. */
  readonly op: Primitive<A>;
  /** Its tensors. */
  readonly inputs: readonly Tensor[];
  /** The rest of its arguments. */
  readonly attributes: A;
}

/** Something that wraps every op while it is active: forward mode, tracing, a profiler, a NaN detector. */
export interface Layer {
  /** Handles a call; `next` runs it under the layers outside this one. */
  handle(call: Call, next: (call: Call) => Tensor): Tensor;
}

interface ActiveLayer {
  readonly layer: Layer;
  readonly outer: ActiveLayer | null;
}

let active: ActiveLayer | null = null;

/** Whether a layer is active, to which a composite shows itself only by its decomposition. */
export function hasLayers(): boolean {
  return active !== null;
}

/**
 * Runs `fn`, which must be synchronous, with `layer` around every op; layers nest, the innermost handles a
 * call first.
 *
 * @example
 * ```ts
 * import { type Layer, tensor, withLayer } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: string[] = [];
 * const spy: Layer = {
 *   handle(call, next) {
 *     seen.push(call.op.label?.(call.attributes) ?? call.op.name);
 *     return next(call);
 *   },
 * };
 * withLayer(spy, () => tensor([1, 2]).mul(2).reshape([2, 1]).sum());
 * assertEquals(seen, ["mul", "reshape", "sum"]);
 * ```
 */
export function withLayer<T>(layer: Layer, fn: () => T): T {
  return under({ layer, outer: active }, fn);
}

function under<T>(layers: ActiveLayer | null, fn: () => T): T {
  const before = active;
  active = layers;
  try {
    return fn();
  } finally {
    active = before;
  }
}

/**
 * Runs a primitive: layers first, then check, infer, run the kernel, record. Inputs on different backends,
 * or a backend without the kernel, are a {@link BackendError}; what else is refused is up to the primitive.
 *
 * @example
 * ```ts
 * import { apply, e, type Primitive, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const halve: Primitive<null> = {
 *   name: "halve",
 *   linear: true,
 *   infer: ([{ shape, dtype }]) => ({ shape, dtype }),
 *   run: (backend, inputs, output) => backend.map(e.mul(0.5, e.input(0)), inputs, output),
 *   vjp: (ct) => ct.mul(0.5),
 *   needs: () => 0,
 * };
 * const x = variable([2, 6]);
 * apply(halve, [x], null).sum().backward();
 * assertEquals(await x.grad!.array(), [0.5, 0.5]);
 * ```
 */
export function apply<A>(op: Primitive<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  if (active === null) return execute(op, inputs, attributes);
  return descend(active, { op: op as Primitive, inputs, attributes });
}

function descend(layers: ActiveLayer | null, call: Call): Tensor {
  if (layers === null) return execute(call.op, call.inputs, call.attributes);
  const { layer, outer } = layers;
  return under(outer, () => layer.handle(call, (inner) => descend(outer, inner)));
}

function execute<A>(op: Primitive<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  const output = op.layout
    ? viewOf(op, inputs[0], attributes)
    : op.compute
    ? withRecording(false, () => op.compute!(inputs, attributes))
    : compute(op, inputs, attributes);
  if (isRecording() && isFloating(output.dtype) && inputs.some(carriesGradient)) {
    record(op, inputs, attributes, output);
  }
  return output;
}

function carriesGradient(tensor: Tensor): boolean {
  return tensor.node !== null;
}

function viewOf<A>(op: Primitive<A>, input: Tensor, attributes: A): Tensor {
  const { shape, strides, offset } = op.layout!(input, attributes);
  return new Tensor(input.storage, shape, strides, offset, input.dtype);
}

function compute<A>(op: Primitive<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  const backend = inputs.length > 0
    ? commonBackend(op, inputs, attributes)
    : op.backend?.(attributes) ?? currentBackend();
  const { shape, dtype } = op.infer(inputs, attributes);
  if (waiting > 0 && inputs.some(isComing) && sizeOf(shape) > 0) {
    return computeLater(op, backend, inputs, attributes);
  }
  const storage = new Storage(backend, dtype, sizeOf(shape));
  const output = Tensor.contiguous(storage, shape);
  try {
    if (output.size > 0) runKernel(op, backend, inputs, output, attributes);
  } catch (error) {
    storage.release();
    throw error;
  }
  return output;
}

// What an input waits for, the result waits for; what is read meanwhile may not change (see update.ts).
function computeLater<A>(
  op: Primitive<A>,
  backend: Backend,
  inputs: readonly Tensor[],
  attributes: A,
): Tensor {
  const { shape, dtype } = op.infer(inputs, attributes);
  const from = inputs.find(isComing)!.storage!.origin!;
  const run = (views: readonly View[], buffer: Buffer) =>
    runKernel(op, backend, views, { buffer, dtype, ...contiguousLayout(shape) }, attributes);
  const arrival: Arrival = {
    from,
    bring: (deliver) => whenHere(inputs, (views) => deliver((buffer) => run(views, buffer))),
  };
  return Tensor.contiguous(new Storage(backend, dtype, sizeOf(shape), { arrival }), shape);
}

/** Runs a primitive's kernel into `output`. */
export function runKernel<A>(
  op: Primitive<A>,
  backend: Backend,
  inputs: readonly View[],
  output: View,
  attributes: A,
): void {
  if (!profiling) return runUnseen(op, backend, inputs, output, attributes);
  const run = () => runUnseen(op, backend, inputs, output, attributes);
  timed(labelOf(op, attributes), backend, [...inputs, output], run);
}

function runUnseen<A>(
  op: Primitive<A>,
  backend: Backend,
  inputs: readonly View[],
  output: View,
  attributes: A,
): void {
  if (op.run) return op.run(backend, inputs, output, attributes);
  const kernel = backend.kernels.get(op.name);
  if (!kernel) {
    throw new BackendError(
      `Cannot ${op.name} on ${backend.name}: it has no kernel for it; registerKernel("${backend.name}", "${op.name}", …)`,
    );
  }
  kernel(inputs, output, attributes);
}

function commonBackend<A>(op: Primitive<A>, inputs: readonly Tensor[], attributes: A): Backend {
  const backend = inputs[0].backend;
  for (let i = 1; i < inputs.length; i++) {
    if (inputs[i].backend !== backend) throw twoBackends(labelOf(op, attributes), inputs[i].backend, backend);
  }
  return backend;
}

/** What an op says of operands on two backends, one of which may have been lost. */
export function twoBackends(op: string, one: Backend, other: Backend): BackendError {
  const lost = one.lost ?? other.lost;
  if (lost !== undefined) {
    return new DeviceLostError(
      `Cannot ${op} tensors of which one was on a device that was lost (${lost}): load what was saved before`,
    );
  }
  return new BackendError(
    `Cannot ${op} tensors on ${other.name} and ${one.name}: move one with to("${other.name}")`,
  );
}
