/** Whole Jacobians and Hessians, and products with them. */
import { listOf } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { filled } from "../tensor/constants.ts";
import { reshape } from "../ops/shape.ts";
import { stack } from "../ops/joining.ts";
import { hostArray, isFloating } from "../base/dtype.ts";
import { TapeError } from "../base/errors.ts";
import { fromArray, zeros } from "../ops/creation.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { leavesOf, mapTree, withLeaves } from "../tensor/tree.ts";
import { jvp } from "./forward.ts";
import { grad, linearize } from "./functional.ts";
import { synchronous } from "./synchronous.ts";

/** A unit vector in the shape of `like`. */
function unit(like: Tensor, at: number): Tensor {
  const data = hostArray(like.dtype, like.size);
  data[at] = 1;
  return fromArray(data, like.shape, { dtype: like.dtype, backend: like.backend });
}

/** The structure of a result with that of an argument in place of each tensor. */
export type Jacobian<Result, Argument> = Result extends Tensor ? Argument
  : Result extends object ? { [K in keyof Result]: Jacobian<Result[K], Argument> }
  : Result;

/** How {@link jacobian} works. */
export interface JacobianOptions {
  /** Row by row or column by column; the one with fewer passes unless said. */
  readonly mode?: "reverse" | "forward";
}

/**
 * The function that gives all partial derivatives of `fn` with respect to its first argument. For a
 * tensor of shape I to a tensor of shape O they are a tensor of shape `[...O, ...I]`; for trees, the
 * structure of the result with that of the argument in place of each tensor.
 *
 * @example
 * ```ts
 * import { jacobian, tensor, type Tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const j = jacobian((x: Tensor) => x.mul(x))(tensor([1, 2, 3]));
 * assertEquals(await j.array(), [[2, 0, 0], [0, 4, 0], [0, 0, 6]]);
 * ```
 */
export function jacobian<A extends readonly unknown[], T>(
  fn: (...args: A) => T,
  options: JacobianOptions = {},
): (...args: A) => Jacobian<T, A[0]> {
  const { mode } = options;
  if (mode !== undefined && mode !== "reverse" && mode !== "forward") {
    throw new TypeError(`Cannot take the jacobian in mode ${described(mode)}: choose reverse or forward`);
  }
  return (...args) => {
    const inputs = leavesOf(args[0]);
    if (!inputs.every((x) => isFloating(x.dtype)) || inputs.length === 0) {
      throw new TapeError(
        "Cannot take the jacobian with respect to an argument without floating tensors only: pass f32 or f64",
      );
    }
    let structure: unknown;
    const run = (leaves: Tensor[]): readonly Tensor[] => {
      const result = fn(...args.with(0, withLeaves(args[0], leaves)) as unknown as A);
      structure = synchronous("take the jacobian of", result);
      return leavesOf(structure);
    };
    const blocks = mode === "forward" ? columns(run, inputs) : chosen(run, inputs, mode);
    let i = 0;
    return mapTree(structure, () => withLeaves(args[0], blocks[i++])) as Jacobian<T, A[0]>;
  };
}

type Run = (leaves: Tensor[]) => readonly Tensor[];

function count(tensors: readonly Tensor[]): number {
  return tensors.reduce((n, t) => n + t.size, 0);
}

// The sizes of the results are known only after a run, which reverse mode can use.
function chosen(run: Run, inputs: readonly Tensor[], mode: "reverse" | undefined): Tensor[][] {
  const { outputs, pull } = linearize(run, inputs);
  if (mode !== "reverse" && count(inputs) <= count(outputs)) return columns(run, inputs);
  return outputs.map((y, k) => {
    const rows = Array.from(
      { length: y.size },
      (_, at) => pull(outputs.map((o, i) => i === k ? unit(o, at) : filled(0, o.shape, o)), true),
    );
    return inputs.map((x, i) => assemble(rows.map((row) => row[i]), [...y.shape, ...x.shape], x, 0));
  });
}

function columns(run: Run, inputs: readonly Tensor[]): Tensor[][] {
  const byInput = inputs.map((x, i) =>
    Array.from({ length: x.size }, (_, at) => {
      const directions = inputs.map((t, k) => k === i ? unit(t, at) : filled(0, t.shape, t));
      return jvp((...leaves: Tensor[]) => run(leaves), [...inputs], directions)[1];
    })
  );
  const outputs = byInput.find((c) => c.length > 0)?.[0] ?? run([...inputs]);
  return outputs.map((y, k) =>
    inputs.map((x, i) => assemble(byInput[i].map((column) => column[k]), [...y.shape, ...x.shape], y, y.rank))
  );
}

function assemble(parts: readonly Tensor[], shape: readonly number[], like: Tensor, axis: number): Tensor {
  if (parts.length === 0) return zeros(shape, { dtype: like.dtype, backend: like.backend });
  return reshape(stack(parts, axis), shape);
}

/**
 * The function that gives all second derivatives of `fn`, which returns one number, with respect to
 * its first argument of shape I: a tensor of shape `[...I, ...I]`, or for trees the structure of the
 * argument twice over.
 *
 * @example
 * ```ts
 * import { hessian, tensor, type Tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const h = hessian((x: Tensor) => x.pow(3).sum())(tensor([1, 2]));
 * assertEquals(await h.array(), [[6, 0], [0, 12]]);
 * ```
 */
export function hessian<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor,
): (...args: A) => Jacobian<A[0], A[0]> {
  return jacobian(grad(fn), { mode: "forward" });
}

/**
 * The product of the Hessian of `fn` at `args[0]` with a vector of the same structure, without the
 * Hessian: forward over reverse, at a few times the cost of `fn`.
 *
 * @example
 * ```ts
 * import { hvp, tensor, type Tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const v = hvp((x: Tensor) => x.pow(3).sum(), [tensor([1, 2])], tensor([1, 1]));
 * assertEquals(await v.array(), [6, 12]);
 * ```
 */
export function hvp<A extends readonly unknown[]>(fn: (...args: A) => Tensor, args: A, vector: A[0]): A[0] {
  const all = listOf("take the hvp at", "arguments", args as readonly unknown[]);
  const gradient = (first: A[0]): A[0] => grad(fn)(...all.with(0, first) as unknown as A);
  return jvp(gradient, [args[0]], [vector])[1];
}
