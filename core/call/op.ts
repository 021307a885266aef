import type { Backend, View } from "../device/backend.ts";
import type { DType } from "../base/dtype.ts";
import type { Layout, Shape } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What an op gives back before it has run. */
export interface Signature {
  /** Shape of the result. */
  readonly shape: Shape;
  /** Dtype of the result. */
  readonly dtype: DType;
}

/** What a gradient rule may read: values only where {@link Primitive.needs} asked for them. */
export interface Saved<A> {
  /** The inputs; one that was not asked for has a shape and a dtype but no value. */
  readonly inputs: readonly Tensor[];
  /** The output, under the same condition. */
  readonly output: Tensor;
  /** The attributes of the call. */
  readonly attributes: A;
}

/**
 * The bit of {@link Primitive.needs} that asks for the output.
 *
 * @example
 * ```ts
 * import { apply, e, OUTPUT, type Primitive, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const grow: Primitive<null> = {
 *   name: "grow",
 *   infer: ([{ shape, dtype }]) => ({ shape, dtype }),
 *   run: (backend, inputs, output) => backend.map(e.exp(e.input(0)), inputs, output),
 *   vjp: (ct, { output }) => ct.mul(output), // reads the output and not the input
 *   needs: () => OUTPUT,
 * };
 * const x = variable([0]);
 * apply(grow, [x], null).backward();
 * assertEquals(await x.grad!.array(), [1]);
 * ```
 */
export const OUTPUT = 1 << 30;

/**
 * An op that backends implement: its rules in one place. Rules are written with the public tensor
 * functions, so they are differentiable themselves and gradients of any order follow.
 */
export interface Primitive<A = unknown> {
  /** Unique name. */
  readonly name: string;
  /** Checks the inputs and gives shape and dtype of the result. */
  infer(inputs: readonly Tensor[], attributes: A): Signature;
  /** Where the elements of a view lie; an op that has this runs no kernel. */
  layout?(input: Tensor, attributes: A): Layout;
  /** Where an op without inputs runs; on the backend in use unless said. */
  backend?(attributes: A): Backend;
  /** Computes the result with tensor functions, off the tape, instead of a kernel. */
  compute?(inputs: readonly Tensor[], attributes: A): Tensor;
  /** Runs the kernel; without it, the backend's kernel registered under {@link Primitive.name}. */
  run?(backend: Backend, inputs: readonly View[], output: View, attributes: A): void;
  /** The gradient to input `i` from the cotangent of the output; `null` where it is zero. */
  vjp?(ct: Tensor, saved: Saved<A>, i: number): Tensor | null;
  /** Which values {@link Primitive.vjp} reads for input `i`: bit k for input k, {@link OUTPUT} for the output. */
  needs?(attributes: A, i: number): number;
  /** Whether the output is linear in all its floating inputs together: its tangent is then the op itself. */
  readonly linear?: boolean;
  /** The tangent of the output, where two VJPs would be wasteful; `null` means zero, `undefined` two VJPs after all. */
  jvp?(tangents: readonly (Tensor | null)[], saved: Saved<A>): Tensor | null | undefined;
  /** What errors call a use of it, where that says more than the name. */
  label?(attributes: A): string;
}

/** The name of one use of a primitive, for errors and traces. */
export function labelOf<A>(op: Primitive<A>, attributes: A): string {
  return op.label?.(attributes) ?? op.name;
}
