/** Where every kernel starts. */
import { BackendError, DeviceLostError, MissingKernelError } from "../base/errors.ts";
import type { Backend, View } from "../device/backend.ts";
import { context } from "../device/context.ts";
import { observed } from "../device/observe.ts";
import { timed } from "../device/profile.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { labelOf, type Primitive, type Rules } from "./op.ts";

/** Runs an op on views of one backend, which write all elements of the outputs. */
export function launch<A>(
  op: Rules<A>,
  backend: Backend,
  inputs: readonly View[],
  outputs: readonly View[],
  attributes: A,
): void {
  if (observed) launchObserved(op, backend, inputs, outputs, attributes);
  else runKernel(op, backend, inputs, outputs, attributes);
}

// Apart from the rest, since a function that makes another one keeps its arguments on the heap.
function launchObserved<A>(
  op: Rules<A>,
  backend: Backend,
  inputs: readonly View[],
  outputs: readonly View[],
  attributes: A,
): void {
  const run = () => runKernel(op, backend, inputs, outputs, attributes);
  timed(labelOf(op, attributes), backend, [...inputs, ...outputs], run);
  context.recorder?.launched(op, inputs, outputs, attributes);
}

/**
 * Runs the kernel of an op, or what it is composed of, within a launch of this op or another: what an op without
 * a kernel of its own is composed with.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { apply, e, map, type Primitive, runKernel, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const triple: Primitive<null> = {
 *   name: "triple",
 *   infer: ([x]) => x,
 *   compose: (backend, inputs, outputs) =>
 *     runKernel(map, backend, inputs, outputs, { name: "triple", exprs: [e.mul(3, e.input(0))] }),
 *   batch: (inputs, axes) => ({ outputs: [apply(triple, inputs, null)], axes }),
 * };
 * assertEquals(await apply(triple, [tensor([1, 2])], null).array(), [3, 6]);
 * ```
 */
export function runKernel<A>(
  op: Rules<A>,
  backend: Backend,
  inputs: readonly View[],
  outputs: readonly View[],
  attributes: A,
): void {
  runSeen(op, backend, seenBy(op, inputs, outputs, attributes), outputs, attributes);
}

/** What the kernel of an op sees of its inputs. */
export function seenBy<A>(
  op: Rules<A>,
  inputs: readonly View[],
  outputs: readonly View[],
  attributes: A,
): readonly View[] {
  const { views } = op as Primitive<A>;
  return views === undefined ? inputs : views(inputs, outputs, attributes);
}

/** Runs the kernel of an op, or what it is composed of, on what it sees. */
export function runSeen<A>(
  op: Rules<A>,
  backend: Backend,
  seen: readonly View[],
  outputs: readonly View[],
  attributes: A,
): void {
  const { compose } = op as Primitive<A>;
  const kernel = backend.kernels.get(op.name);
  if (kernel !== undefined) return kernel(seen, outputs, attributes as never);
  if (compose === undefined) throw new MissingKernelError(op.name, backend.name);
  compose(backend, seen, outputs, attributes);
}

/** Whether a backend has a kernel of an op's name. */
export function hasKernel(backend: Backend, op: string): boolean {
  return backend.kernels.has(op);
}

/** The backend that all inputs are on. */
export function commonBackend<A>(op: Rules<A>, inputs: readonly Tensor[], attributes: A): Backend {
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
