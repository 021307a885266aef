/** Reverse mode as functions of functions. */
import { isRecording, withRecording } from "../call/record.ts";
import { filled } from "../tensor/constants.ts";
import { isFloating } from "../base/dtype.ts";
import { DtypeError, ShapeError, showShape, TapeError } from "../base/errors.ts";
import { checkFunction, checkOptions } from "../base/settings.ts";
import { described } from "../base/text.ts";
import { checkShape, sameShape } from "../base/shape.ts";
import { type Root, walk } from "../tape/backward.ts";
import { graphOf, nodesOf } from "../tape/graph.ts";
import { standIn } from "../tape/stand_in.ts";
import { offTape } from "../primitives/functions.ts";
import type { Scalar } from "../tensor/scalar.ts";
import { Tensor } from "../tensor/tensor.ts";
import { leavesOf, withLeaves } from "../tensor/tree.ts";
import { checkCurried } from "./calls.ts";
import { synchronous } from "./synchronous.ts";
import { nodeOf } from "../tensor/internals.ts";

/** A function that was run once, ready to carry cotangents back to its inputs. */
export interface Linearized {
  /** What it returned. */
  readonly outputs: readonly Tensor[];
  /** Cotangents of the inputs from cotangents of the outputs; can be called again if `retain` was asked for. */
  pull(cotangents: readonly Tensor[], retain: boolean): Tensor[];
  /** Whether what {@link Linearized.pull} does is recorded: for derivatives of it by what is around the function. */
  readonly nests: boolean;
  /** Outputs as the caller may keep them: on the tape only if something outside the function is. */
  readonly released: readonly Tensor[];
}

/**
 * Runs `fn` on stand-ins for `inputs` that carry gradients of their own, so that calls nest to any
 * order and do not disturb each other.
 */
export function linearize(
  fn: (inputs: Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
): Linearized {
  const outer = isRecording();
  const stands = inputs.map((x) => standIn(x, outer));
  const outputs = withRecording(true, () => fn(stands));
  const graph = graphOf(outputs, nodesOf(stands));
  const nests = outer && graph.hasOthers;
  return {
    outputs,
    nests,
    released: nests ? outputs : outputs.map(offTape),
    pull(cotangents, retain): Tensor[] {
      const from: Root[] = [];
      for (let i = 0; i < outputs.length; i++) if (nodeOf(outputs[i])) from.push([outputs[i], cotangents[i]]);
      const record = isRecording() && (nests || cotangents.some((ct) => ct.requiresGrad));
      const arrived = walk(from, graph, { retainGraph: retain || record, createGraph: record });
      return stands.map((x) => arrived.get(nodeOf(x)!) ?? filled(0, x.shape, x));
    },
  };
}

/**
 * What the gradient to an argument is: of its structure, and a tensor where a number or cell would do as well.
 *
 * @category Transforms
 */
export type GradientOf<T> = Exclude<T, Scalar | number | boolean | undefined>;

/**
 * Which argument a transform differentiates with respect to.
 *
 * @category Transforms
 */
export interface ArgumentOptions<I extends number = number> {
  /** Its position; 0 unless said. */
  readonly argument?: I;
}

/**
 * The function that gives the value of `fn`, which returns one number, and its gradient to its first
 * argument (or `options.argument`): a tensor, or tensors nested in arrays and objects, in whose
 * structure the gradient comes. Calls nest to any order.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { tensor, type Tensor, valueAndGrad } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const [value, gradient] = valueAndGrad((p: { w: Tensor }) => p.w.mul(p.w).sum())({ w: tensor([1, 2]) });
 * assertEquals(await value.item(), 5);
 * assertEquals(await gradient.w.array(), [2, 4]);
 * ```
 */
export function valueAndGrad<A extends readonly unknown[], I extends number = 0>(
  fn: (...args: A) => Tensor,
  options: ArgumentOptions<I> = {},
): (...args: A) => [Tensor, GradientOf<A[I]>] {
  checkCurried("valueAndGrad", options);
  checkFunction("grad", fn);
  checkOptions("grad", options, { argument: 0 });
  const at = options.argument ?? 0;
  checkShape("grad with respect to argument", [at]);
  return (...args) => {
    const inputs = leavesOf(args[at]);
    checkInputs("grad", inputs);
    const run = (leaves: Tensor[]) => [
      checkScalar(fn(...args.with(at, withLeaves(args[at], leaves)) as unknown as A)),
    ];
    const { outputs: [value], released: [result], pull } = linearize(run, inputs);
    return [result, withLeaves(args[at], pull([filled(1, value.shape, value)], false)) as GradientOf<A[I]>];
  };
}

function checkInputs(op: string, inputs: readonly Tensor[]): void {
  if (inputs.some((t) => isFloating(t.dtype))) return;
  throw new TapeError(
    `Cannot ${op} with respect to an argument without floating tensors: pass tensors, alone or nested`,
  );
}

function checkScalar(result: unknown): Tensor {
  const value = synchronous("grad", result);
  if (!(value instanceof Tensor)) {
    throw new TypeError(
      `Cannot grad a function that returns ${described(value)}: it must return a tensor of one element`,
    );
  }
  if (!isFloating(value.dtype)) {
    throw new DtypeError(`Cannot grad a function that returns ${value.dtype}: only floats have gradients`, {
      op: "grad",
      dtypes: [value.dtype],
    });
  }
  if (value.size === 1) return value;
  throw new ShapeError(
    `Cannot grad a function that returns ${showShape(value.shape)}: it must return one element; ` +
      "sum() it, or use vjp() or jacobian()",
    { op: "grad", shapes: [value.shape] },
  );
}

/**
 * The function that gives the gradient of `fn`, which returns one number; see {@link valueAndGrad}.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { grad, tensor, type Tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const cube = (x: Tensor) => x.pow(3);
 * assertEquals(await grad(grad(cube))(tensor(2)).item(), 12);
 * ```
 */
export function grad<A extends readonly unknown[], I extends number = 0>(
  fn: (...args: A) => Tensor,
  options: ArgumentOptions<I> = {},
): (...args: A) => GradientOf<A[I]> {
  checkCurried("grad", options);
  const both = valueAndGrad(fn, options);
  return (...args) => both(...args)[1];
}

/**
 * Runs `fn` and gives its result with a function that carries a cotangent of the result, of its
 * structure and shapes, back to all arguments; it can be called more than once.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { tensor, type Tensor, vjp } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const [y, pull] = vjp((x: Tensor) => x.mul(x), tensor([1, 2]));
 * const [gradient] = pull(tensor([1, 10]));
 * assertEquals(await y.array(), [1, 4]);
 * assertEquals(await gradient.array(), [2, 40]);
 * ```
 */
export function vjp<A extends readonly unknown[], T>(
  fn: (...args: A) => T,
  ...args: A
): [T, (cotangent: T) => A] {
  let structure: T | undefined;
  checkFunction("take the vjp of", fn);
  const { outputs, released, pull } = linearize((leaves) => {
    structure = synchronous("take the vjp of", fn(...withLeaves(args, leaves) as A));
    return leavesOf(structure);
  }, leavesOf(args));
  const pullback = (cotangent: T): A => {
    const cotangents = leavesOf(cotangent);
    checkCotangents(cotangents, outputs);
    return withLeaves(args, pull(cotangents.map((ct, i) => ct.to(outputs[i].dtype)), true)) as A;
  };
  return [withLeaves(structure!, released), pullback];
}

function checkCotangents(cotangents: readonly Tensor[], outputs: readonly Tensor[]): void {
  const fits = cotangents.length === outputs.length &&
    cotangents.every((t, i) => sameShape(t.shape, outputs[i].shape));
  if (fits) return;
  throw new ShapeError(
    `Cannot pull back cotangents of ${cotangents.map((t) => showShape(t.shape)).join(", ")}: ` +
      `the function returned ${outputs.map((t) => showShape(t.shape)).join(", ")}`,
    { op: "vjp", shapes: [...cotangents, ...outputs].map((t) => t.shape) },
  );
}
