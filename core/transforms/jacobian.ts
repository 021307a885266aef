/** Whole Jacobians and Hessians, and products with them. */
import { checkFunction } from "../base/settings.ts";
import { isFloating } from "../base/dtype.ts";
import { TapeError } from "../base/errors.ts";
import { checkOptions } from "../base/settings.ts";
import { listOf } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { isRecording, withRecording } from "../call/record.ts";
import { sub } from "../ops/arithmetic.ts";
import { equal } from "../ops/comparison.ts";
import { to } from "../ops/convert.ts";
import { zeros } from "../ops/creation.ts";
import { cast, narrow, positions, reshape } from "../primitives/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isPlain, leavesOf, mapTree, withLeaves } from "../tensor/tree.ts";
import { checkCurried } from "./calls.ts";
import { jvp } from "./forward.ts";
import { grad, linearize } from "./functional.ts";
import { synchronous } from "./synchronous.ts";
import { vmap, type VmapOptions } from "./vmap.ts";

/**
 * The structure of a result with that of an argument in place of each tensor.
 *
 * @category Transforms
 */
export type Jacobian<Result, Argument> = Result extends Tensor ? Argument
  : Result extends object ? { [K in keyof Result]: Jacobian<Result[K], Argument> }
  : Result;

/**
 * How {@link jacobian} works.
 *
 * @category Transforms
 */
export interface JacobianOptions {
  /** Row by row or column by column; the one with fewer passes unless said. */
  readonly mode?: "reverse" | "forward";
  /** How many rows or columns are computed at once, to bound memory; all unless said. */
  readonly chunk?: number;
}

/**
 * The function that gives all partial derivatives of `fn` with respect to its first argument. For a
 * tensor of shape I to a tensor of shape O they are a tensor of shape `[...O, ...I]`; for trees, the
 * structure of the result with that of the argument in place of each tensor.
 *
 * @category Transforms
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
  checkCurried("jacobian", options);
  checkFunction("take the jacobian of", fn);
  checkOptions("take the jacobian", options, ["mode", "chunk"]);
  const { mode, chunk = Infinity } = options;
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
    const blocks = mode === "forward" ? columns(run, inputs, chunk) : chosen(run, inputs, { mode, chunk });
    let i = 0;
    return mapTree(structure, () => withLeaves(args[0], blocks[i++])) as Jacobian<T, A[0]>;
  };
}

type Run = (leaves: Tensor[]) => readonly Tensor[];

function count(tensors: readonly Tensor[]): number {
  return tensors.reduce((n, t) => n + t.size, 0);
}

/** The unit vector at a position in the space of some tensors, taken apart into them. */
function unitAt(position: Tensor, tensors: readonly Tensor[]): Tensor[] {
  let before = 0;
  return tensors.map((x) => {
    const within = sub(to(position, x.backend.name), before);
    before += x.size;
    return reshape(cast(equal(positions([x.size], 0, x), within), x.dtype), x.shape);
  });
}

/** A batch over all positions, taken apart by the tensors that these are positions in. */
function partsOf(batch: Tensor, tensors: readonly Tensor[], axis: number): Tensor[] {
  let before = 0;
  return tensors.map((x) => {
    const part = narrow(batch, axis, before, x.size);
    before += x.size;
    return reshape(part, part.shape.toSpliced(axis, 1, ...x.shape));
  });
}

// At each position in the space of some tensors, which are not all empty.
function atEach(
  tensors: readonly Tensor[],
  fn: (unit: Tensor[]) => Tensor[],
  options: VmapOptions,
): Tensor[] {
  const all = positions([count(tensors)], 0, tensors[0]);
  return vmap((position: Tensor) => fn(unitAt(position, tensors)), { ...options, randomness: "same" })(all);
}

// The sizes of the results are known only after a run, which reverse mode can use.
function chosen(
  run: Run,
  inputs: readonly Tensor[],
  { mode, chunk = Infinity }: JacobianOptions,
): Tensor[][] {
  const { outputs, pull, nests } = linearize(run, inputs);
  if (mode !== "reverse" && count(inputs) <= count(outputs)) return columns(run, inputs, chunk);
  const rows = () =>
    count(outputs) === 0 ? inputs.map(noRows) : atEach(outputs, (cts) => pull(cts, true), { chunk });
  // What was saved is on the tape, where this goes only if someone differentiates it.
  const gradients = withRecording(isRecording() && nests, rows);
  const blocks = gradients.map((gradient) => partsOf(gradient, outputs, 0));
  return outputs.map((_, k) => blocks.map((parts) => parts[k]));
}

function columns(run: Run, inputs: readonly Tensor[], chunk: number): Tensor[][] {
  const push = (tangents: Tensor[]) =>
    jvp((...leaves: Tensor[]) => [...run(leaves)], [...inputs], tangents)[1];
  const tangents = count(inputs) === 0
    ? run([...inputs]).map(noColumns)
    : atEach(inputs, push, { chunk, outAxes: -1 });
  return tangents.map((tangent) => partsOf(tangent, inputs, tangent.rank - 1));
}

function noRows({ shape, dtype, backend }: Tensor): Tensor {
  return zeros([0, ...shape], { dtype, backend });
}

function noColumns({ shape, dtype, backend }: Tensor): Tensor {
  return zeros([...shape, 0], { dtype, backend });
}

/**
 * The function that gives all second derivatives of `fn`, which returns one number, with respect to
 * its first argument of shape I: a tensor of shape `[...I, ...I]`, or for trees the structure of the
 * argument twice over.
 *
 * @category Transforms
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
  options: Pick<JacobianOptions, "chunk"> = {},
): (...args: A) => Jacobian<A[0], A[0]> {
  checkCurried("hessian", options);
  checkOptions("take the hessian", options, ["chunk"]);
  return jacobian(grad(fn), { mode: "forward", ...options });
}

/**
 * What {@link hvp} is taken along: of the structure of all arguments or of the first, in a list or by itself.
 *
 * @category Transforms
 */
export type HvpVectors<A extends readonly unknown[]> = A | readonly [A[0]] | A[0];

/**
 * The product of the Hessian of `fn` at `args`, to the first argument, with a vector of its structure, without the
 * Hessian: forward over reverse, at a few times the cost of `fn`. It is called as {@link jvp} is; with a vector for
 * each argument it is how the gradient to the first changes where all of them do.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { hvp, tensor, type Tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const v = hvp((x: Tensor) => x.pow(3).sum(), [tensor([1, 2])], [tensor([1, 1])]);
 * assertEquals(await v.array(), [6, 12]);
 * ```
 */
export function hvp<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor,
  args: A,
  vectors: HvpVectors<A>,
): A[0] {
  const all = listOf("take the hvp at", "arguments", args as readonly unknown[], "hvp(f, [x], [v])");
  leavesOf([all, vectors]); // which refuses what has no end
  const outlines = [all, [all[0]]].map(outline), given = outline(vectors);
  if (outlines[0] === given) return jvp(grad(fn), args, vectors as A)[1];
  const vector = outlines[1] === given ? (vectors as readonly [A[0]])[0] : vectors;
  const gradient = (first: A[0]): A[0] => grad(fn)(...all.with(0, first) as unknown as A);
  return jvp(gradient, [args[0]], [vector])[1];
}

// What arrays and objects a tree is made of, whatever they hold.
function outline(tree: unknown): string {
  if (Array.isArray(tree)) return `[${tree.map(outline).join()}]`;
  if (!isPlain(tree)) return "";
  return `{${Object.entries(tree).map(([key, part]) => `${JSON.stringify(key)}:${outline(part)}`).join()}}`;
}
